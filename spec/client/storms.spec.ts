import { expect } from 'chai'
import { catchError, concatMap, from, map, merge, mergeMap, of, range, switchMap, take, tap, timer } from 'rxjs'
import { getNearestDc } from '../../lib/api/help.ts'
import type { Update } from '../../lib/api/types.ts'
import { startLocalDc } from '../../lib/local-dc/start-local-dc.node.ts'
import { getMe } from '../../lib/telegram/auth/get-me.ts'
import { handle } from '../../lib/telegram/handle.ts'
import { incoming } from '../../lib/telegram/messages/incoming.ts'
import { newMessages } from '../../lib/telegram/messages/new-messages.ts'
import { reply } from '../../lib/telegram/messages/reply.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import { seededRandom } from '../support/marbles.ts'
import { ANN, BEN, beside, bot, check, flow, person, privateKey, steps } from '../telegram/flow.ts'

const all = (count: number) => Array.from({ length: count }, (_, at) => `m${at}`)

describe('a client in rough weather', () => {
  for (const seed of [1, 2, 3, 4, 5])
    it(
      `gives every message once and in order, whatever breaks (${seed})`,
      flow(({ client, clock, cut }) => {
        const [ann, ben] = [client(), client()]
        const heard = beside(newMessages(ben).pipe(map(({ message }) => message)))
        const draw = seededRandom(seed)
        const pause = (most: number) => clock.after((draw(1)[0]! / 256) * most)
        const talk$ = from(all(40)).pipe(
          concatMap((word) => pause(300).pipe(switchMap(() => sendText(ann, BEN, word)))),
        )
        const storm$ = range(0, 12).pipe(
          concatMap(() => pause(1500)),
          tap(cut),
        )
        return steps(
          person(ann, ANN),
          person(ben, BEN),
          merge(talk$, storm$),
          clock.after(120_000),
          check(() => expect(heard.values).to.deep.equal(all(40))),
        )
      }),
    )

  it(
    'keeps the order of each chat when a bot answers a crowd',
    flow(
      ({ client, dc, clock, faults }) => {
        const tg = client()
        const people = dc.users.map(() => client())
        beside(
          newMessages(tg).pipe(
            incoming(),
            handle(tg, (message) =>
              timer(message.message.length * 7).pipe(switchMap(() => reply(tg, message, message.message))),
            ),
          ),
        )
        const heard = people.map((tg) =>
          beside(
            newMessages(tg).pipe(
              incoming(),
              map(({ message }) => message),
            ),
          ),
        )
        const words = all(12).map((word, at) => word.padEnd(20 - at))
        return steps(
          bot(tg, dc),
          ...people.map((each, at) => person(each, dc.users[at]!.phone)),
          merge(...people.map((each) => from(words).pipe(mergeMap((word) => sendText(each, '@echo_bot', word), 1)))),
          clock.after(60_000),
          check(() => {
            for (const { values } of heard) expect(values).to.deep.equal(words)
            expect(faults).to.deep.equal([])
          }),
        )
      },
      { users: [0, 1, 2, 3, 4].map((n) => ({ phone: `+999661000${n}`, firstName: `P${n}` })) },
    ),
  )

  it(
    'shows an account’s own messages on its other devices',
    flow(({ client, clock }) => {
      const [phone, laptop] = [client(), client()]
      const seen = beside(newMessages(laptop))
      return steps(
        person(phone, ANN),
        person(laptop, ANN),
        sendText(phone, BEN, 'hello'),
        clock.after(100),
        check(() => expect(seen.values.map(({ out, message }) => [out, message])).to.deep.equal([[true, 'hello']])),
      )
    }),
  )

  it('brings messages of channels too', () => {
    const channel = {
      _: 'channel',
      id: 8,
      accessHash: 88n,
      title: 't',
      photo: { _: 'chatPhotoEmpty' },
      date: 1,
    } as const
    const message = {
      _: 'message',
      id: 1,
      peerId: { _: 'peerChannel', channelId: 8 },
      date: 1,
      message: 'news',
    } as const
    const update: Update = { _: 'updateNewChannelMessage', message, pts: 5, ptsCount: 1 }
    return flow(
      ({ client, clock }) => {
        const [ann, laptop] = [client(), client()]
        const heard = beside(newMessages(laptop).pipe(incoming()))
        return steps(
          person(ann, ANN),
          person(laptop, ANN),
          getNearestDc(ann),
          clock.after(100),
          check(() => expect(heard.values).to.have.nested.property('[0].message', 'news')),
        )
      },
      {
        methods: {
          'help.getNearestDc': (_, context) => {
            context.push(context.user!, [update], [])
            return { _: 'nearestDc', country: channel.title, thisDc: 1, nearestDc: 1 }
          },
        },
      },
    )()
  })

  it(
    'is signed out when the server has lost its key',
    flow(({ client, clock, cut, goTo }) => {
      const other$ = startLocalDc({ privateKey, listen: false, clock, random: seededRandom(77) })
      const tg = client()
      const accounts = beside(tg.account$)
      const errors: unknown[] = []
      return steps(
        person(tg, ANN),
        clock.after(1000),
        other$.pipe(
          tap((other) => {
            goTo(other)
            cut()
          }),
          switchMap(() => getMe(tg)),
          catchError((error: Error) => of(errors.push(error.message))),
          take(1),
        ),
        check(() => {
          expect(errors).to.deep.equal(['users.getUsers: 401 AUTH_KEY_UNREGISTERED'])
          expect(accounts.values.at(-1)).to.deep.equal({ _: 'signedOut', why: 'keyLost' })
        }),
      )
    }),
  )
})
