import { expect } from 'chai'
import {
  catchError,
  concat,
  defer,
  EMPTY,
  endWith,
  forkJoin,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs'
import { logOut } from '../lib/api/auth.ts'
import { search } from '../lib/api/contacts.ts'
import { getNearestDc, getNearestDcRequest } from '../lib/api/help.ts'
import { type Client, openClient } from '../lib/client.ts'
import { StorageError, TransportError } from '../lib/core/errors.ts'
import { refuse } from '../lib/local-dc/refuse.ts'
import { within } from '../lib/runtime/rpc/within.ts'
import { memoryStorage } from '../lib/runtime/storage/memory.ts'
import type { Change, Storage } from '../lib/runtime/storage/storage.ts'
import { memory } from '../lib/runtime/transport/memory.ts'
import { getMe } from '../lib/telegram/auth/get-me.ts'
import { signInBot } from '../lib/telegram/auth/sign-in-bot.ts'
import { handle } from '../lib/telegram/handle.ts'
import { incoming } from '../lib/telegram/messages/incoming.ts'
import { newMessages } from '../lib/telegram/messages/new-messages.ts'
import { reply } from '../lib/telegram/messages/reply.ts'
import { sendText } from '../lib/telegram/messages/send-text.ts'
import { on } from '../lib/telegram/on.ts'
import { ANN, BEN, beside, bot, check, flow, person, steps } from './telegram/flow.ts'

const texts = (tg: Client) => newMessages(tg).pipe(map((message) => message.message))
/** An answer that takes its time. */
const slow = (delay: number) =>
  timer(delay).pipe(map(() => ({ _: 'nearestDc', country: '', thisDc: 1, nearestDc: 1 }) as const))
/** The call errors, and like this. */
const failing = (call: Observable<unknown>, expected: RegExp) =>
  call.pipe(
    tap(() => expect.fail('an answer')),
    catchError((error: Error) => check(() => expect(error.message).to.match(expected))),
    endWith('failed'),
  )
const store = (storage: Storage, changes: readonly Change[]) =>
  storage.open().pipe(
    switchMap((opened) => concat(opened.write(changes), of('written'))),
    take(1),
  )
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

  describe('the stored session', () => {
    it(
      'saves the handshake, the login and the place in the updates',
      flow(({ client, dc, clock, calls, events }) => {
        const [ann, storage] = [client(), memoryStorage()]
        const first = client({ storage })
        const again: { tg?: Client; states?: readonly string[]; heard?: readonly string[] } = {}
        return steps(
          bot(first, dc),
          person(ann, ANN),
          sendText(ann, '@echo_bot', 'before'),
          check(() => beside(texts(first))),
          clock.after(100),
          defer(() => first.close()),
          sendText(ann, '@echo_bot', 'one'),
          sendText(ann, '@echo_bot', 'two'),
          check(() => {
            const tg = client({ storage })
            Object.assign(again, { tg, states: beside(names(tg)).values, heard: beside(texts(tg)).values })
          }),
          clock.after(1000),
          check(() => {
            expect(again.heard).to.deep.equal(['one', 'two'])
            expect(again.states).to.not.include('handshake')
            expect(again.tg?.context.account()).to.deep.include({ _: 'signedIn', bot: true })
            expect(events.filter((each) => each.event === 'signedIn')).to.have.length(2)
            expect(calls().filter((each) => each === 'updates.getDifference')).to.have.length(1)
          }),
        )
      }),
    )

    it(
      'signs the same bot in without a login, and no other account',
      flow(({ client, dc, calls }) => {
        const storage = memoryStorage()
        const first = client({ storage })
        const logins = () => calls().filter((each) => each === 'auth.importBotAuthorization').length
        return steps(
          bot(first, dc),
          defer(() => first.close()),
          defer(() => {
            const second = client({ storage })
            return steps(
              bot(second, dc),
              check(() => expect(logins()).to.equal(1)),
              failing(
                signInBot(second, '5:other'),
                /expected a stored session of bot 5 or a fresh one, got that of bot \d+/,
              ),
            )
          }),
        )
      }),
    )

    it(
      'is not believed when the server knows better',
      flow(({ client, dc, calls }) => {
        const storage = memoryStorage()
        const first = client({ storage })
        return steps(
          bot(first, dc),
          logOut(first),
          // As if the session had been ended from elsewhere, and the store did not know.
          defer(() => first.close()),
          store(storage, [{ kind: 'self', key: 'self', value: { id: dc.bots[0]!.id, bot: true, dc: 1 } }]),
          defer(() => bot(client({ storage }), dc)),
          check(() => expect(calls().filter((each) => each === 'auth.importBotAuthorization')).to.have.length(2)),
        )
      }),
    )

    it(
      'keeps nothing of an account that left',
      flow(({ client, dc }) => {
        const storage = memoryStorage()
        const tg = client({ storage })
        const accounts = beside(tg.account$)
        const left: unknown[] = []
        return steps(
          bot(tg, dc),
          sendText(tg, 'me', 'x').pipe(catchError(() => EMPTY)),
          logOut(tg),
          failing(getMe(tg), /AUTH_KEY_UNREGISTERED/),
          defer(() => tg.close()),
          storage.open().pipe(
            switchMap((opened) =>
              forkJoin([opened.list('self'), opened.list('box'), opened.list('peer'), opened.list('authKey')]),
            ),
            tap((lists) => left.push(...lists.map((each) => each.length))),
            take(1),
          ),
          check(() => {
            expect(left).to.deep.equal([0, 0, 0, 1])
            expect(accounts.values.map(({ _ }) => _)).to.deep.equal(['signedOut', 'signedIn', 'signedOut'])
            expect(accounts.values.at(-1)).to.deep.equal({ _: 'signedOut', why: 'loggedOut' })
          }),
        )
      }),
    )

    it(
      'that can not be opened is the error of every call, and no error of the streams',
      flow(({ client, faults }) => {
        const broken: Storage = { open: () => throwError(() => new StorageError('the disk is gone')) }
        const tg = client({ storage: broken })
        const accounts = beside(tg.account$)
        return steps(
          failing(getNearestDc(tg), /the disk is gone/),
          failing(signInBot(tg, '5:x'), /the disk is gone/),
          failing(sendText(tg, '@x_bot', 'x'), /the disk is gone/),
          check(() => {
            expect(faults.map(({ at }) => at)).to.include('storage')
            expect(accounts.values).to.deep.equal([{ _: 'unknown' }])
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

  describe('updates', () => {
    it(
      'wait for the first listener',
      flow(({ client, clock }) => {
        const [ann, ben] = [client(), client()]
        const heard: string[] = []
        return steps(
          person(ann, ANN),
          person(ben, BEN),
          sendText(ann, BEN, 'early'),
          sendText(ann, BEN, 'bird'),
          clock.after(5000),
          check(() => beside(texts(ben).pipe(tap((text) => heard.push(text))))),
          clock.after(10),
          check(() => expect(heard).to.deep.equal(['early', 'bird'])),
        )
      }),
    )

    it(
      'come to whoever listens, raw or not',
      flow(({ client, clock }) => {
        const [ann, ben] = [client(), client()]
        const raw = beside(on(ben, 'updateNewMessage'))
        const batches = beside(ben.updates$)
        return steps(
          person(ann, ANN),
          person(ben, BEN),
          sendText(ann, BEN, 'hello'),
          clock.after(10),
          check(() => {
            expect(raw.values).to.have.length(1)
            expect(batches.values).to.have.length(1)
            expect(batches.values[0]!.users.map((user) => user.id)).to.have.length(2)
          }),
        )
      }),
    )
  })
})
