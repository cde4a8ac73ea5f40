import { expect } from 'chai'
import { defer, map, switchMap, take, tap, timer } from 'rxjs'
import { getNearestDc } from '../../lib/api/help.ts'
import type { Client } from '../../lib/client.ts'
import { TransportError } from '../../lib/core/errors.ts'
import { refuse } from '../../lib/local-dc/refuse.ts'
import { memoryStorage } from '../../lib/runtime/storage/memory.ts'
import { memory } from '../../lib/runtime/transport/memory.ts'
import { getMe } from '../../lib/telegram/auth/get-me.ts'
import { newMessages } from '../../lib/telegram/messages/new-messages.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import { ANN, BEN, beside, bot, check, failing, flow, person, steps } from '../telegram/flow.ts'

const texts = (tg: Client) => newMessages(tg).pipe(map((message) => message.message))
const names = (tg: Client) => tg.state$.pipe(map(({ _ }) => _))

describe('client/connections', () => {
  describe('the connection', () => {
    it(
      'is shown as it comes to be, and as it ends',
      flow(({ client, dc, clock }) => {
        const tg = client({ transport: memory(dc.accept, { clock, latency: 20 }) })
        const states = beside(names(tg))
        return steps(
          bot(tg, dc),
          defer(() => tg.close()),
          check(() => {
            const expected = ['connecting', 'handshake', 'ready', 'syncing', 'ready', 'closed']
            expect(states.values).to.deep.equal(expected)
            expect(states.run.closed).to.equal(true)
          }),
        )
      }),
    )

    it(
      'comes back after a cut, and with it the answers and what was missed',
      flow(
        ({ client, clock, cut, refuse: close, events, faults }) => {
          const [ann, ben] = [client(), client()]
          const states: string[] = []
          const heard = beside(texts(ben))
          const late = beside(getNearestDc(ann))
          return steps(
            person(ann, ANN),
            person(ben, BEN),
            check(() => beside(names(ben).pipe(tap((each) => states.push(each))))),
            // The call is in flight when all links break, and both are away for a while.
            clock.after(100),
            check(() => {
              close(new TransportError('no route', 'unsent'))
              cut()
            }),
            clock.after(3000),
            check(() => close(undefined)),
            sendText(ann, BEN, 'are you there?'),
            clock.after(60_000),
            check(() => {
              expect(late.values).to.have.nested.property('[0]._', 'nearestDc')
              expect(heard.values).to.deep.equal(['are you there?'])
              expect(states).to.include('offline')
              expect(states.at(-1)).to.equal('ready')
              // The key is kept: nobody signs in again.
              expect(events.filter((each) => each.event === 'signedIn')).to.have.length(2)
              expect(faults.filter(({ at }) => at !== 'session')).to.deep.equal([])
            }),
          )
        },
        {
          methods: {
            'help.getNearestDc': () =>
              timer(1500).pipe(map(() => ({ _: 'nearestDc', country: '', thisDc: 1, nearestDc: 1 }))),
          },
        },
      ),
    )
  })

  describe('moving home', () => {
    it(
      'follows the account to its data centre, and stays there',
      flow(
        ({ client, dc, events, clock }) => {
          const storage = memoryStorage()
          const tg = client({ storage })
          const opened = () => events.flatMap((each) => (each.event === 'opened' ? [each.dc] : []))
          return steps(
            bot(tg, dc),
            clock.after(1000),
            defer(() => tg.close()),
            check(() => expect(opened()).to.deep.equal([1, 2])),
            defer(() => getMe(client({ storage }))),
            check(() => expect(opened()).to.deep.equal([1, 2, 2])),
          )
        },
        {
          dcs: 2,
          methods: {
            'auth.importBotAuthorization': (_, context) => {
              if (context.dc === 1) return refuse(303, 'USER_MIGRATE_2')
              const account = [...context.world.accounts.values()].find((each) => each.bot !== undefined)!
              context.signIn(account)
              const user = {
                _: 'user',
                id: account.id,
                bot: true,
                botInfoVersion: 1,
                accessHash: 1n,
                firstName: 'E',
              } as const
              return { _: 'auth.authorization', user }
            },
          },
        },
      ),
    )

    it(
      'fails where there is no such data centre',
      flow(({ client, dc }) => failing(bot(client(), dc), /expected one of the data centres 1, got 7/), {
        methods: { 'auth.importBotAuthorization': () => refuse(303, 'USER_MIGRATE_7') },
      }),
    )
  })

  describe('addresses', () => {
    it(
      'are learnt from the server, where they are Telegram’s own',
      flow(({ client, clock, dc }) => {
        const storage = memoryStorage()
        const tg = client({ storage, dcs: undefined, publicKeys: [dc.publicKeyPem], homeDc: 1 })
        const kept: unknown[] = []
        return steps(
          clock.after(1000),
          defer(() => tg.close()),
          storage.open().pipe(
            switchMap((opened) => opened.list('endpoints')),
            tap((list) => kept.push(...list)),
            take(1),
          ),
          check(() => expect(kept).to.deep.equal([['1', [{ host: '127.0.0.1', port: 1 }]]])),
        )
      }),
    )
  })
})
