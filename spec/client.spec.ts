import { expect } from 'chai'
import {
  catchError,
  defer,
  endWith,
  map,
  merge,
  NEVER,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs'
import { search } from '../lib/api/contacts.ts'
import { getNearestDc, getNearestDcRequest } from '../lib/api/help.ts'
import { type Client, openClient } from '../lib/client.ts'
import { TransportError } from '../lib/core/errors.ts'
import { refuse } from '../lib/local-dc/refuse.ts'
import { within } from '../lib/runtime/rpc/within.ts'
import { getMe } from '../lib/telegram/auth/get-me.ts'
import { handle } from '../lib/telegram/handle.ts'
import { incoming } from '../lib/telegram/messages/incoming.ts'
import { newMessages } from '../lib/telegram/messages/new-messages.ts'
import { reply } from '../lib/telegram/messages/reply.ts'
import { sendText } from '../lib/telegram/messages/send-text.ts'
import { ANN, BEN, beside, bot, check, failing, flow, person, steps } from './telegram/flow.ts'

/** An answer that takes its time. */
const slow = (delay: number) =>
  timer(delay).pipe(map(() => ({ _: 'nearestDc', country: '', thisDc: 1, nearestDc: 1 }) as const))
const names = (tg: Client) => tg.state$.pipe(map(({ _ }) => _))

describe('client', () => {
  describe('a conversation', () => {
    it(
      'goes from one person to the other',
      flow(({ client, clock }) => {
        const [ann, ben] = [client(), client()]
        const received = newMessages(ben).pipe(incoming(), take(1))
        const sent = clock.after(10).pipe(switchMap(() => sendText(ann, BEN, 'hello')))
        return steps(
          person(ann, ANN),
          person(ben, BEN),
          merge(received, sent).pipe(
            toArray(),
            tap((messages) => expect(messages.map((each) => each.message)).to.deep.equal(['hello', 'hello'])),
            tap((messages) => expect(messages.map((each) => each.out)).to.have.members([false, true])),
          ),
        )
      }),
    )

    it(
      'has the bot answer every message in order, as a reply, and tells everyone of it once',
      flow(({ client, dc, clock, faults, calls }) => {
        const [tg, ann] = [client(), client()]
        beside(
          newMessages(tg).pipe(
            incoming(),
            handle(tg, (message) => reply(tg, message, `${message.message}!`)),
          ),
        )
        const heard = beside(newMessages(ann))
        const words = ['one', 'two', 'three']
        return steps(
          bot(tg, dc),
          person(ann, ANN),
          ...words.map((word) => sendText(ann, '@echo_bot', word)),
          clock.after(1000),
          check(() => {
            expect(heard.values.filter((each) => each.out).map((each) => each.message)).to.deep.equal(words)
            const answers = heard.values.filter((each) => !each.out)
            expect(answers.map((each) => each.message)).to.deep.equal(['one!', 'two!', 'three!'])
            expect(answers.every((each) => each.replyTo?._ === 'messageReplyHeader')).to.equal(true)
            expect(faults).to.deep.equal([])
            // The name was resolved once, and no gap was ever felt.
            expect(calls().filter((each) => each === 'contacts.resolveUsername')).to.have.length(1)
            expect(calls()).to.not.include('updates.getDifference')
          }),
        )
      }),
    )

    it(
      'survives structuredClone, in all that it hands out',
      flow(({ client, clock }) => {
        const ann = client()
        const [batches, messages, accounts, states] = [
          beside(ann.updates$),
          beside(newMessages(ann)),
          beside(ann.account$),
          beside(ann.state$),
        ]
        return steps(
          person(ann, ANN).pipe(tap((user) => expect(structuredClone(user)).to.deep.equal(user))),
          sendText(ann, 'me', 'note').pipe(tap((sent) => expect(structuredClone(sent)).to.deep.equal(sent))),
          clock.after(10),
          check(() => {
            for (const { values } of [batches, messages, accounts, states]) {
              expect(values).to.not.deep.equal([])
              expect(structuredClone(values)).to.deep.equal(values)
            }
            expect(Object.keys(batches.values[0]!)).to.deep.equal(['updates', 'users', 'chats'])
          }),
        )
      }),
    )
  })

  describe('calls', () => {
    it(
      'are cold: each subscription is one request',
      flow(({ client, calls }) => {
        const call = getNearestDc(client())
        return steps(
          check(() => expect(calls()).to.deep.equal([])),
          call,
          call,
          check(() => expect(calls()).to.deep.equal(['help.getNearestDc', 'help.getNearestDc'])),
        )
      }),
    )

    it(
      'are dropped at the server when their caller leaves',
      flow(
        ({ client, clock, events }) => {
          const ann = client()
          return steps(
            person(ann, ANN),
            check(() => beside(search(ann, { q: 'a', limit: 5 })).run.unsubscribe()),
            search(ann, { q: 'ab', limit: 5 }).pipe(takeUntil(clock.after(500))),
            clock.after(500),
            check(() => {
              const searches = events.flatMap((each) =>
                (each.event === 'call' || each.event === 'dropped') && each.method === 'contacts.search' ? [each] : [],
              )
              expect(searches.map(({ event }) => event)).to.deep.equal(['dropped'])
            }),
          )
        },
        { methods: { 'contacts.search': () => NEVER } },
      ),
    )

    it(
      'go by within: a deadline, a patience, another lane',
      flow(
        ({ client, clock, events }) => {
          const tg = client()
          const errors = beside(within(tg, { timeout: 50 }).invoke(getNearestDcRequest()))
          return steps(
            clock.after(100),
            check(() => expect(errors.values).to.have.nested.property('[0].name', 'TimeoutError')),
            clock.after(1000),
            getNearestDc(within(tg, { priority: 'low' })),
            check(() => expect(events.filter((each) => each.event === 'opened')).to.have.length(2)),
          )
        },
        {
          methods: {
            'help.getNearestDc': (_, { now }) =>
              timer(500).pipe(map(() => ({ _: 'nearestDc', country: `${now}`, thisDc: 1, nearestDc: 1 }))),
          },
        },
      ),
    )

    it('wait out a flood and are repeated', () => {
      let asked = 0
      return flow(
        ({ client, clock }) => {
          const begin = clock.elapsed()
          return steps(
            getNearestDc(client()),
            check(() => expect([asked, Math.round((clock.elapsed() - begin) / 1000)]).to.deep.equal([2, 3])),
          )
        },
        {
          methods: {
            'help.getNearestDc': () =>
              ++asked === 1 ? refuse(420, 'FLOOD_WAIT_3') : { _: 'nearestDc', country: '', thisDc: 1, nearestDc: 1 },
          },
        },
      )()
    })

    it(
      'pass the interceptors: the application’s outermost, those of attempts within the repeats',
      flow(({ client }) => {
        const log: string[] = []
        let isFirst = true
        const tg = client({
          interceptors: [
            (request, next) => {
              log.push(`call ${request.method}`)
              return next.invoke(request)
            },
          ],
          attempt: [
            (request, next) => {
              log.push(`attempt ${request.method}`)
              if (!isFirst) return next.invoke(request)
              isFirst = false
              return throwError(() => new TransportError('no way', 'unsent'))
            },
          ],
        })
        return steps(
          getNearestDc(tg),
          check(() => {
            const attempts = ['attempt help.getNearestDc', 'attempt help.getNearestDc']
            expect(log).to.deep.equal(['call help.getNearestDc', ...attempts])
          }),
        )
      }),
    )
  })

  describe('closing', () => {
    it(
      'ends open calls, and refuses new ones',
      flow(
        ({ client, clock }) => {
          const tg = client()
          const [open, late] = [beside(getNearestDc(tg)), beside(tg.account$)]
          return steps(
            clock.after(100),
            defer(() => tg.close()),
            failing(getNearestDc(tg), /the client is closed/),
            failing(sendText(tg, 'me', 'x'), /closed/),
            check(() => {
              expect(open.values).to.have.nested.property('[0].name', 'ClosedError')
              expect(late.run.closed).to.equal(true)
              expect(beside(newMessages(tg)).run.closed).to.equal(true)
            }),
          )
        },
        { methods: { 'help.getNearestDc': () => NEVER } },
      ),
    )

    it(
      'lets open calls end, if it is asked to, for so long',
      flow(
        ({ client, clock }) => {
          const [patient, hasty] = [client(), client()]
          const [answered, failed] = [beside(getNearestDc(patient)), beside(getNearestDc(hasty))]
          return steps(
            clock.after(100),
            merge(
              defer(() => patient.close({ drain: 5_000 })),
              defer(() => hasty.close({ drain: 200 })),
            ),
            check(() => {
              expect(answered.values).to.have.nested.property('[0]._', 'nearestDc')
              expect(failed.values).to.have.nested.property('[0].name', 'ClosedError')
            }),
          )
        },
        { methods: { 'help.getNearestDc': () => slow(1000) } },
      ),
    )

    const closes: readonly (readonly [how: string, drain: number | undefined, answers: number])[] = [
      ['at once', undefined, 0],
      ['after a drain that is too short', 200, 0],
      ['after a drain that is long enough', 5_000, 1],
    ]
    for (const [how, drain, answers] of closes)
      it(
        `is no fault of a handler at work, ${how}`,
        flow(
          ({ client, dc, clock, faults }) => {
            const [tg, ann] = [client(), client()]
            const work = beside(
              newMessages(tg).pipe(
                incoming(),
                handle(tg, () => getNearestDc(tg), { retry: 3 }),
              ),
            )
            return steps(
              bot(tg, dc),
              person(ann, ANN),
              sendText(ann, '@echo_bot', 'one'),
              clock.after(100),
              defer(() => tg.close({ drain })),
              check(() => {
                expect(faults).to.deep.equal([])
                expect(work.values).to.have.length(answers)
                expect(work.run.closed).to.equal(true)
              }),
            )
          },
          { methods: { 'help.getNearestDc': () => slow(1000) } },
        ),
      )

    it(
      'can be asked for twice, and in the middle of anything',
      flow(({ client, dc, clock }) => {
        const times = [0, 1, 2, 5, 20]
        return steps(
          ...times.map((delay) => {
            const tg = client()
            const login = beside(bot(tg, dc))
            return steps(
              clock.after(delay),
              defer(() => merge(tg.close(), tg.close())),
              check(() => expect(login.run.closed).to.equal(true)),
            )
          }),
        )
      }),
    )

    it(
      'may come with the end of a call, and lets nothing linger then',
      flow(({ client }) => {
        // The timers that are left are counted when the flow is over.
        const [one, two] = [client(), client()]
        return steps(
          getNearestDc(one).pipe(tap(() => one.close())),
          getMe(two).pipe(
            catchError(() => two.close()),
            endWith('refused'),
          ),
        )
      }),
    )

    it(
      'comes with the end of openClient',
      flow(({ client, dc }) => {
        const states: string[] = []
        // The stage makes options for us: a client that is not used gives them.
        const opened$ = openClient({
          apiId: dc.apiId,
          apiHash: dc.apiHash,
          dcs: dc.dcs,
          publicKeys: [dc.publicKeyPem],
          transport: dc.connect,
          clock: client().context.clock,
        })
        return steps(
          opened$.pipe(
            tap((tg) => beside(names(tg).pipe(tap((state) => states.push(state))))),
            switchMap((tg) => bot(tg, dc)),
            take(1),
          ),
          check(() => expect(states.at(-1)).to.equal('closed')),
        )
      }),
    )
  })
})
