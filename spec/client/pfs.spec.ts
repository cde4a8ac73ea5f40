import { expect } from 'chai'
import {
  concatMap,
  defer,
  from,
  map,
  merge,
  mergeMap,
  type Observable,
  range,
  switchMap,
  take,
  tap,
  timer,
  toArray,
} from 'rxjs'
import { dropTempAuthKeys } from '../../lib/api/auth.ts'
import { block } from '../../lib/api/contacts.ts'
import { getNearestDc } from '../../lib/api/help.ts'
import type { Client } from '../../lib/client.ts'
import type { TransportError } from '../../lib/core/errors.ts'
import { bindTempAuthKey } from '../../lib/local-dc/methods/bind-temp-auth-key.ts'
import type { LocalDc } from '../../lib/local-dc/options.ts'
import { refuse } from '../../lib/local-dc/refuse.ts'
import { within } from '../../lib/runtime/rpc/within.ts'
import { memoryStorage } from '../../lib/runtime/storage/memory.ts'
import type { RecordKind, Records, Storage } from '../../lib/runtime/storage/storage.ts'
import { memory } from '../../lib/runtime/transport/memory.ts'
import { getMe } from '../../lib/telegram/auth/get-me.ts'
import { newMessages } from '../../lib/telegram/messages/new-messages.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import type { Fault } from '../../lib/telegram/telegram.ts'
import { seededRandom } from '../support/marbles.ts'
import { ANN, BEN, beside, bot, check, failing, flow, person, type Stage, steps } from '../telegram/flow.ts'

const HOUR = 3_600_000
const names = (tg: Client) => tg.state$.pipe(map(({ _ }) => _))
const temporary = (dc: LocalDc) => dc.keys().filter((key) => key.temporary)
const permanent = (dc: LocalDc) => dc.keys().filter((key) => !key.temporary)
const binds = ({ calls }: Stage) => calls().filter((each) => each === 'auth.bindTempAuthKey').length
const codes = (faults: readonly Fault[]) => faults.map(({ error }) => (error as { code?: number }).code)
const nearest = { _: 'nearestDc', country: '', thisDc: 1, nearestDc: 1 } as const

/** The records of a kind in a storage that nobody has open. */
function recordsIn<Kind extends RecordKind>(
  storage: Storage,
  kind: Kind,
): Observable<readonly (readonly [string, Records[Kind]])[]> {
  return storage.open().pipe(
    switchMap((store) => store.list(kind)),
    take(1),
  )
}

describe('client with perfect forward secrecy', () => {
  it(
    'makes both keys over one link, binds them, and goes on as any other',
    flow((stage) => {
      const { client, dc, clock, calls, events, faults } = stage
      const tg = client({ pfs: true, transport: memory(dc.accept, { clock, latency: 20 }) })
      const states = beside(names(tg))
      return steps(
        person(tg, ANN),
        sendText(tg, BEN, 'hello'),
        check(() => {
          expect(calls()[0]).to.equal('auth.bindTempAuthKey')
          expect(binds(stage)).to.equal(1)
          expect(events.filter(({ event }) => event === 'opened')).to.have.length(1)
          expect(states.values).to.deep.equal(['connecting', 'handshake', 'ready', 'syncing', 'ready'])
          const [own] = permanent(dc)
          expect(own?.user).to.equal(dc.users[0]!.id)
          expect(dc.keys()).to.have.length(2)
          expect(temporary(dc)[0]?.boundTo).to.equal(own?.id)
          expect(faults).to.deep.equal([])
        }),
      )
    }),
  )

  it(
    'gets updates as any other, also after its temporary key was lost',
    flow(({ client, dc, clock }) => {
      const [ann, ben] = [client({ pfs: true }), client({ pfs: true })]
      const heard = beside(newMessages(ben).pipe(map(({ message }) => message)))
      return steps(
        person(ann, ANN),
        person(ben, BEN),
        sendText(ann, BEN, 'one'),
        clock.after(1000),
        check(() => {
          for (const { id } of temporary(dc)) dc.orders.forgetKey(id)
        }),
        sendText(ann, BEN, 'two'),
        clock.after(120_000),
        check(() => expect(heard.values).to.deep.equal(['one', 'two'])),
      )
    }),
  )

  describe('after a restart', () => {
    /** A storage of a client that was signed in and closed. */
    const used = ({ client, dc }: Stage, storage: Storage) => {
      const tg = client({ pfs: true, storage })
      return steps(
        bot(tg, dc),
        defer(() => tg.close()),
      )
    }

    it(
      'uses both keys again: nothing is made and nothing bound',
      flow((stage) => {
        const { client, dc, clock, faults } = stage
        const storage = memoryStorage()
        return steps(
          used(stage, storage),
          clock.after(20 * HOUR),
          defer(() => getMe(client({ pfs: true, storage }))),
          check(() => {
            expect(dc.keys()).to.have.length(2)
            expect(binds(stage)).to.equal(1)
            expect(faults).to.deep.equal([])
          }),
        )
      }),
    )

    it(
      'makes another temporary key where the old one would end soon, and forgets the old one',
      flow((stage) => {
        const { client, dc, clock, faults } = stage
        const storage = memoryStorage()
        const tg = () => client({ pfs: true, storage })
        const kept: string[][] = []
        const note = recordsIn(storage, 'tempKey').pipe(tap((list) => kept.push(list.map(([, { key }]) => key.join()))))
        return steps(
          used(stage, storage),
          note,
          clock.after(23 * HOUR),
          defer(() => {
            const after = tg()
            return steps(
              getMe(after),
              defer(() => after.close()),
            )
          }),
          note,
          recordsIn(storage, 'salts').pipe(tap((list) => expect(list.length).to.be.at.most(2))),
          check(() => {
            expect(permanent(dc)).to.have.length(1)
            expect(binds(stage)).to.equal(2)
            expect(faults).to.deep.equal([])
            expect(kept.map((each) => each.length)).to.deep.equal([1, 1])
            expect(kept[0]).to.not.deep.equal(kept[1])
          }),
        )
      }),
    )

    it(
      'makes another one also when the clock of the computer is wrong by days',
      flow((stage) => {
        const { client, dc, clock } = stage
        const storage = memoryStorage()
        const late = { ...clock, now: () => clock.now() - 5 * 24 * HOUR }
        const tg = () => client({ pfs: true, storage, clock: late })
        return steps(
          defer(() => {
            const before = tg()
            return steps(
              bot(before, dc),
              defer(() => before.close()),
            )
          }),
          clock.after(20 * HOUR),
          defer(() => {
            const between = tg()
            return steps(
              getMe(between),
              defer(() => between.close()),
            )
          }),
          check(() => expect(binds(stage)).to.equal(1)),
          clock.after(3 * HOUR),
          defer(() => getMe(tg())),
          check(() => expect(binds(stage)).to.equal(2)),
        )
      }),
    )

    it(
      'goes on without it under the permanent key, and the other way round',
      flow((stage) => {
        const { client, dc } = stage
        const storage = memoryStorage()
        const once = (pfs: boolean) =>
          defer(() => {
            const tg = client({ pfs, storage })
            return steps(
              getMe(tg),
              defer(() => tg.close()),
            )
          })
        return steps(
          used(stage, storage),
          once(false),
          once(true),
          once(false),
          check(() => expect(permanent(dc)).to.have.length(1)),
        )
      }),
    )
  })

  describe('whose temporary key is lost', () => {
    it(
      'repeats what may be repeated, and says of the rest that it may have run',
      flow(
        ({ client, dc, clock, faults }) => {
          const tg = client({ pfs: true })
          const accounts = beside(tg.account$)
          const outcomes: unknown[] = []
          const note = (what: unknown) => void outcomes.push(what)
          return steps(
            person(tg, ANN),
            check(() => {
              getNearestDc(tg).subscribe({ next: ({ _ }) => note(_), error: note })
              block(tg, { id: { _: 'inputPeerSelf' } }).subscribe({
                next: note,
                error: (error: TransportError) => note(error.outcome),
              })
            }),
            clock.after(100),
            check(() => dc.orders.forgetKey(temporary(dc)[0]!.id)),
            // The next packet tells.
            getMe(tg),
            clock.after(10_000),
            check(() => {
              expect(outcomes).to.deep.equal(['unknown', 'nearestDc'])
              expect(permanent(dc)).to.have.length(1)
              expect(temporary(dc)).to.have.length(1)
              expect(accounts.values.at(-1)).to.include({ _: 'signedIn' })
              expect(codes(faults)).to.deep.equal([-404])
            }),
          )
        },
        {
          methods: {
            'help.getNearestDc': () => timer(5_000).pipe(map(() => nearest)),
            'contacts.block': () => timer(5_000).pipe(map(() => true)),
          },
        },
      ),
    )

    it(
      'binds it again when another took its place, and loses no call',
      flow((stage) => {
        const { client, dc, clock, faults } = stage
        const tg = client({ pfs: true })
        return steps(
          person(tg, ANN),
          check(() => {
            const [key] = temporary(dc)
            expect(key?.boundTo).to.equal(permanent(dc)[0]!.id)
          }),
          dropTempAuthKeys(tg, { exceptAuthKeys: [] }),
          merge(...Array.from({ length: 20 }, () => getMe(tg))).pipe(
            toArray(),
            tap((all) => expect(all).to.have.length(20)),
          ),
          clock.after(5_000),
          check(() => {
            expect(binds(stage)).to.equal(2)
            expect(codes(faults)).to.deep.equal([-404])
          }),
        )
      }),
    )
  })

  describe('whose permanent key is lost', () => {
    it(
      'finds out, shows that nobody is signed in, and can sign in again',
      flow((stage) => {
        const { client, dc, clock } = stage
        const storage = memoryStorage()
        const tg = client({ pfs: true, storage })
        const accounts = beside(tg.account$)
        return steps(
          person(tg, ANN),
          check(() => dc.orders.forgetKey(permanent(dc)[0]!.id)),
          failing(getMe(tg), /AUTH_KEY_UNREGISTERED|does not know the auth key/),
          clock.after(60_000),
          check(() => expect(accounts.values.at(-1)).to.deep.equal({ _: 'signedOut', why: 'keyLost' })),
          person(tg, ANN),
          check(() => {
            expect(accounts.values.at(-1)).to.include({ _: 'signedIn' })
            expect(permanent(dc)).to.have.length(1)
          }),
          getMe(tg),
          defer(() => tg.close()),
          recordsIn(storage, 'authKey').pipe(tap((list) => expect(list).to.have.length(1))),
          recordsIn(storage, 'tempKey').pipe(tap((list) => expect(list).to.have.length(1))),
        )
      }),
    )

    it('does not take the word of some refusals for it', () => {
      let refusals = 0
      return flow(
        (stage) => {
          const { client, dc, clock } = stage
          const tg = client({ pfs: true })
          const accounts = beside(tg.account$)
          return steps(
            person(tg, ANN),
            check(() => {
              refusals = 4
              dc.orders.forgetKey(temporary(dc)[0]!.id)
            }),
            getMe(tg),
            check(() => {
              expect(refusals).to.be.at.most(0)
              expect(accounts.values.at(-1)).to.include({ _: 'signedIn' })
              expect(permanent(dc)).to.have.length(1)
            }),
            clock.after(1000),
          )
        },
        {
          methods: {
            'auth.bindTempAuthKey': (params, context) =>
              refusals-- > 0 ? refuse(400, 'ENCRYPTED_MESSAGE_INVALID') : bindTempAuthKey(params, context),
          },
        },
      )()
    })

    it(
      'is signed out in words of its own when the key was used elsewhere, and signs in under another',
      flow(
        (stage) => {
          const { client, dc } = stage
          const tg = client({ pfs: true })
          const accounts = beside(tg.account$)
          let before: readonly bigint[] = []
          return steps(
            person(tg, ANN),
            check(() => {
              before = dc.keys().map(({ id }) => id)
            }),
            failing(getNearestDc(tg), /AUTH_KEY_DUPLICATED/),
            check(() => expect(accounts.values.at(-1)).to.deep.equal({ _: 'keyInUse' })),
            person(tg, ANN),
            check(() => {
              expect(accounts.values.at(-1)).to.include({ _: 'signedIn' })
              const [own] = permanent(dc).filter(({ id }) => !before.includes(id))
              expect(own?.user).to.equal(dc.users[0]!.id)
            }),
          )
        },
        { methods: { 'help.getNearestDc': () => refuse(406, 'AUTH_KEY_DUPLICATED') } },
      ),
    )
  })

  it(
    'renews its temporary key under load, and neither loses nor repeats a call',
    flow(
      (stage) => {
        const { client, dc, clock, faults, events } = stage
        const tg = client({ pfs: true })
        const answers: unknown[] = []
        const load$ = range(0, 240).pipe(
          // Calls that may not be repeated, each under way for 40 s, one more every 10 s.
          concatMap(() => clock.after(10_000)),
          tap(() => {
            block(tg, { id: { _: 'inputPeerSelf' } }).subscribe({
              next: (answer) => answers.push(answer),
              error: (error) => answers.push(error),
            })
          }),
        )
        return steps(
          person(tg, ANN),
          clock.after(22.5 * HOUR),
          load$,
          clock.after(200_000),
          check(() => {
            expect(binds(stage)).to.equal(2)
            expect(permanent(dc)).to.have.length(1)
            expect(answers).to.have.length(240)
            expect(answers.filter((each) => each !== true)).to.deep.equal([])
            const ran = events.filter(
              (each) => each.event === 'call' && each.method === 'contacts.block' && each.error === undefined,
            )
            expect(ran).to.have.length(240)
            expect(faults).to.deep.equal([])
          }),
        )
      },
      { methods: { 'contacts.block': () => timer(40_000).pipe(map(() => true)) } },
    ),
  ).timeout(20_000)

  it(
    'has one temporary key for all connections to a data centre',
    flow((stage) => {
      const { client, dc, clock, faults } = stage
      const tg = client({ pfs: true })
      const side = within(tg, { priority: 'low' })
      return steps(
        person(tg, ANN),
        getMe(side),
        check(() => expect(binds(stage)).to.equal(1)),
        // Both lose it, and both find the same again.
        check(() => dc.orders.forgetKey(temporary(dc)[0]!.id)),
        merge(getMe(tg), getMe(side)),
        clock.after(10_000),
        merge(getMe(tg), getMe(side), getMe(tg), getMe(side)),
        check(() => {
          expect(temporary(dc).filter(({ boundTo }) => boundTo !== undefined)).to.have.length(1)
          expect(codes(faults).filter((code) => code !== -404)).to.deep.equal([])
        }),
      )
    }),
  )

  it(
    'renews it for all of them, each when it finds out',
    flow((stage) => {
      const { client, dc, clock, faults } = stage
      const [tg, ben] = [client({ pfs: true }), client()]
      const side = within(tg, { priority: 'low' })
      const heard = beside(newMessages(tg).pipe(map(({ message }) => message)))
      const words = Array.from({ length: 180 }, (_, at) => `m${at}`)
      let answered = 0
      const load$ = from(words).pipe(
        concatMap((word) => clock.after(10_000).pipe(map(() => word))),
        mergeMap((word) => merge(getMe(tg), getMe(side), sendText(ben, ANN, word))),
        tap(() => answered++),
      )
      return steps(
        person(tg, ANN),
        person(ben, BEN),
        clock.after(22.6 * HOUR),
        load$,
        clock.after(10_000),
        check(() => {
          expect(answered).to.equal(540)
          expect(heard.values).to.deep.equal(words)
          expect(binds(stage)).to.equal(2)
          expect(dc.keys()).to.have.length(4)
          expect(faults).to.deep.equal([])
        }),
      )
    }),
  ).timeout(20_000)

  it(
    'has keys of each data centre, and a lost one elsewhere is nobody’s sign-out',
    flow(
      (stage) => {
        const { client, dc, clock } = stage
        const tg = client({ pfs: true })
        const accounts = beside(tg.account$)
        const elsewhere = within(tg, { dc: 2 })
        return steps(
          person(tg, ANN),
          getNearestDc(elsewhere),
          check(() => {
            expect(dc.keys().map((key) => `${key.dc} ${key.temporary}`)).to.have.members([
              '1 false',
              '1 true',
              '2 false',
              '2 true',
            ])
            for (const { id } of dc.keys().filter((key) => key.dc === 2)) dc.orders.forgetKey(id)
          }),
          getNearestDc(elsewhere),
          clock.after(30_000),
          getMe(tg),
          check(() => {
            expect(accounts.values.map(({ _ }) => _)).to.deep.equal(['signedOut', 'signedIn'])
            expect(permanent(dc)).to.have.length(2)
            expect(temporary(dc).filter(({ boundTo }) => boundTo !== undefined)).to.have.length(2)
          }),
        )
      },
      { dcs: 2 },
    ),
  )

  /** Breaks what there is to break, a dozen times. */
  const storm = ({ dc, clock, cut }: Stage, seed: number): Observable<unknown> => {
    const draw = seededRandom(seed)
    const mishaps: readonly (() => void)[] = [
      cut,
      () => dc.orders.rotateSalts(),
      () => dc.orders.forgetSessions(),
      () => dc.orders.closeLinks(),
      ...[0, 1].map((at) => () => {
        const bound = temporary(dc).filter(({ boundTo }) => boundTo !== undefined)
        if (bound[at] !== undefined) dc.orders.forgetKey(bound[at].id)
      }),
    ]
    return range(0, 12).pipe(
      concatMap(() => clock.after(draw(1)[0]! * 10)),
      tap(() => mishaps[draw(1)[0]! % mishaps.length]!()),
    )
  }

  for (const seed of [1, 2, 3])
    it(
      `gives every message once and in order, whatever is cut or forgotten (${seed})`,
      flow((stage) => {
        const { client, dc, clock } = stage
        const [ann, ben] = [client({ pfs: true }), client({ pfs: true })]
        const heard = beside(newMessages(ben).pipe(map(({ message }) => message)))
        const words = Array.from({ length: 30 }, (_, at) => `m${at}`)
        const draw = seededRandom(seed + 1_000)
        const talk$ = from(words).pipe(
          concatMap((word) => clock.after(draw(1)[0]! * 4).pipe(switchMap(() => sendText(ann, BEN, word)))),
        )
        return steps(
          person(ann, ANN),
          person(ben, BEN),
          // What comes before the first look at where the account stands is no news.
          clock.after(1_000),
          merge(talk$, storm(stage, seed)),
          clock.after(120_000),
          check(() => {
            expect(heard.values).to.deep.equal(words)
            expect(permanent(dc)).to.have.length(2)
          }),
        )
      }),
    )

  for (const seed of [1, 2, 3])
    it(`runs no call twice that may not be repeated, and ends each one once (${seed})`, () => {
      const runs = new Map<number, number>()
      return flow(
        (stage) => {
          const { client, clock } = stage
          const tg = client({ pfs: true })
          const outcomes = new Map<number, string[]>()
          const note = (id: number, what: string) => void outcomes.set(id, [...(outcomes.get(id) ?? []), what])
          const draw = seededRandom(seed + 2_000)
          const load$ = range(1, 60).pipe(
            concatMap((id) => clock.after(draw(1)[0]! * 2).pipe(map(() => id))),
            tap((id) =>
              block(tg, { id: { _: 'inputPeerChat', chatId: id } }).subscribe({
                next: () => note(id, 'answered'),
                error: (error: TransportError) => note(id, error.outcome),
              }),
            ),
          )
          return steps(
            person(tg, ANN),
            merge(load$, storm(stage, seed)),
            clock.after(120_000),
            check(() => {
              expect(outcomes.size).to.equal(60)
              for (const [id, ends] of outcomes) {
                expect(ends, `ends of ${id}`).to.have.length(1)
                const most = ends[0] === 'unsent' ? 0 : 1
                expect(runs.get(id) ?? 0, `${id} ${ends[0]}`).to.be.within(ends[0] === 'answered' ? 1 : 0, most)
              }
            }),
          )
        },
        {
          methods: { 'contacts.block': () => timer(300).pipe(map(() => true)) },
          executed: ({ method, params }) => {
            if (method !== 'contacts.block') return
            const { chatId } = (params as { readonly id: { readonly chatId: number } }).id
            runs.set(chatId, (runs.get(chatId) ?? 0) + 1)
          },
        },
      )()
    })
})
