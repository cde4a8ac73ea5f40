import { expect } from 'chai'
import {
  catchError,
  concat,
  delay,
  map,
  merge,
  NEVER,
  Observable,
  of,
  switchMap,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs'
import { ClosedError, DecodeError, type RpcError, TransportError, UsageError } from '../../../lib/core/errors.ts'
import type { Invoker } from '../../../lib/core/invoker.ts'
import type { Clock } from '../../../lib/runtime/rx/clock.ts'
import type { KeyedLink } from '../../../lib/runtime/session/handshake.ts'
import { MAX_BUFFERED, type NetworkChange, type Session, session } from '../../../lib/runtime/session/session.ts'
import { marbles } from '../../support/marbles.ts'
import { callBody } from '../../support/session-table.ts'
import { echo, FakeDc } from './fake-link.ts'

/** No jitter: a pause is exactly 1, 2, 4 ... seconds. */
const random = (length: number) => new Uint8Array(length)

const run = (links: Observable<KeyedLink>, clock: Clock) => links.pipe(session({ clock, random }))
const call = (id: number) => switchMap((opened: Invoker) => opened.invoke(echo(id)))
const numbers = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [String(n), n]))

describe('runtime/session session', () => {
  it(
    'is there at once, and subscribes its source for as long as it lives',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const links = cold<KeyedLink>('--k', { k: new FakeDc(clock).link() })
      const ready = run(links, clock).pipe(
        switchMap(({ state$ }) => state$),
        switchMap(({ _ }) => of(_[0])),
      )
      expectObservable(ready, '^--------!').toBe('c-r', { c: 'c', r: 'r' })
      expectSubscriptions(links.subscriptions).toBe('^--------!')
    }),
  )

  it(
    'carries a call: asked when the link is there, answered once, completed',
    marbles(({ cold, clock, note, expectNotes, expectObservable, expectSubscriptions }) => {
      const dc = new FakeDc(clock, { latency: 3, note })
      const links = cold<KeyedLink>('--k', { k: dc.link() })
      const answer = run(links, clock).pipe(call(7), take(1))
      expectObservable(answer).toBe('-----(7|)', numbers)
      expectSubscriptions(links.subscriptions).toBe('^----!')
      expectNotes(['2 7'])
    }),
  )

  it(
    'is one request for each subscription of a call',
    marbles(({ cold, clock, expectObservable, finally: last }) => {
      const dc = new FakeDc(clock)
      const twice = run(cold('k', { k: dc.link() }), clock).pipe(
        switchMap((opened) => {
          const asked = opened.invoke(echo(4))
          return concat(asked, asked)
        }),
      )
      expectObservable(twice, '^--------!').toBe('--4-4', numbers)
      last(() => expect(dc.heard).to.deep.equal(['4', '4']))
    }),
  )

  it(
    'sends the calls of one turn together, also those made inside an answer',
    marbles(({ cold, clock, expectObservable, finally: last }) => {
      const dc = new FakeDc(clock)
      const all = run(cold('-k', { k: dc.link() }), clock).pipe(
        switchMap((opened) => {
          const next = (id: number) => opened.invoke(echo(id))
          return merge(next(1).pipe(switchMap(() => merge(next(3), next(4)))), next(2))
        }),
      )
      expectObservable(all, '^----------!').toBe('---2-(34)', numbers)
      last(() => expect(dc.heard).to.deep.equal(['1 2', '3 4']))
    }),
  )

  it(
    'tells the server to drop the answer of a call that is unsubscribed',
    marbles(({ cold, clock, note, expectNotes, expectObservable }) => {
      const dc = new FakeDc(clock, { latency: 50, note })
      const opened = run(cold('k', { k: dc.link() }), clock)
      const searching = opened.pipe(
        switchMap((tg) => cold('1---2---3', numbers).pipe(switchMap((id) => tg.invoke(echo(id))))),
      )
      expectObservable(searching, '^ 150ms !').toBe('58ms 3', numbers)
      expectNotes(['0 1', '4 2 drop', '8 3 drop'])
    }),
  )

  it(
    'sends no drop for a call that was answered, or not sent',
    marbles(({ cold, clock, note, expectNotes, expectObservable }) => {
      const dc = new FakeDc(clock, { note })
      const opened = run(cold('-----k', { k: dc.link() }), clock)
      const early = opened.pipe(switchMap((tg) => merge(tg.invoke(echo(1)).pipe(takeFor(3)), tg.invoke(echo(2)))))
      expectObservable(early, '^ 400ms !').toBe('-------2', numbers)
      expectNotes(['5 2'])
    }),
  )

  it(
    'opens the next link when one is lost, and the calls go on',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const dc = new FakeDc(clock)
      dc.silent.add(1)
      const first = cold<KeyedLink>('-k--|', { k: dc.link() })
      const second = cold<KeyedLink>('-k', { k: dc.link() })
      let links: Observable<KeyedLink> = first
      const source = new Observable<KeyedLink>((subscriber) => {
        const link = links.subscribe(subscriber)
        links = second
        return link
      })
      const states = run(source, clock).pipe(
        switchMap(({ state$ }) => state$),
        switchMap((state) => of(state._[0]!)),
      )
      expectObservable(states, '^ 1500ms !').toBe('cr--o 999ms cr')
      expectSubscriptions(first.subscriptions).toBe('^---!')
      expectSubscriptions(second.subscriptions).toBe('1004ms ^ 496ms !')
    }),
  )

  it(
    'closes a link that breaks in its packets, whatever its source thinks',
    marbles(({ cold, clock, expectObservable, expectSubscriptions, finally: last }) => {
      const dc = new FakeDc(clock)
      const links = cold<KeyedLink>('k', { k: dc.link() })
      const faults = run(links, clock).pipe(
        tap(() =>
          timer(3).subscribe({ next: () => dc.ends(new TransportError('reset', 'unknown')), error: expect.fail }),
        ),
        switchMap(({ faults$ }) => faults$),
        switchMap(({ message }) => of(message)),
      )
      expectObservable(faults, '^-----!').toBe('---f', { f: 'reset' })
      expectSubscriptions(links.subscriptions).toBe('^--!')
      last(() => expect(dc.heard).to.deep.equal([]))
    }),
  )

  it(
    'gives updates in order to whoever listens, and completes when it is closed',
    marbles(({ hot, cold, clock, expectObservable, finally: last }) => {
      const dc = new FakeDc(clock)
      let opened: Session | undefined
      const alive = run(cold('k', { k: dc.link() }), clock).pipe(tap((it) => (opened = it)))
      expectObservable(alive.pipe(map(() => 's')), '^-----!').toBe('s')
      hot('--a-b').subscribe({ next: (letter) => dc.says(callBody(letter.charCodeAt(0))), error: expect.fail })
      const seen: string[] = []
      timer(0).subscribe({
        error: expect.fail,
        next: () => {
          opened!.updates$.subscribe({
            next: (body) => seen.push(String.fromCharCode(body[4]!)),
            error: expect.fail,
            complete: () => seen.push(`end at ${clock.elapsed()}`),
          })
          for (const stream of [opened!.facts$, opened!.faults$, opened!.state$]) {
            ;(stream as Observable<unknown>).subscribe({ error: expect.fail, complete: () => seen.push('end') })
          }
        },
      })
      last(() => expect(seen).to.deep.equal(['a', 'b', 'end at 6', 'end', 'end', 'end']))
    }),
  )

  it(
    'tells facts: what to keep, and that a session began',
    marbles(({ cold, clock, expectObservable }) => {
      const dc = new FakeDc(clock)
      const facts = run(cold('k', { k: dc.link() }), clock).pipe(
        tap(() =>
          timer(3).subscribe({
            error: expect.fail,
            next: () => dc.says({ _: 'new_session_created', firstMsgId: 4n, uniqueId: 1n, serverSalt: 2n }),
          }),
        ),
        switchMap(({ facts$ }) => facts$),
        map(({ _ }) => _[0]!),
      )
      expectObservable(facts, '^-----!').toBe('---(sn)')
    }),
  )

  it(
    'ends its calls with ClosedError when it is closed, and later ones too',
    marbles(({ cold, clock, finally: last }) => {
      const dc = new FakeDc(clock, { latency: 50 })
      const ends: unknown[] = []
      const watch = (asked: Observable<number>) =>
        asked.subscribe({ next: (value) => ends.push(value), error: (error) => ends.push(error) })
      let opened: Session | undefined
      const life = run(cold('k', { k: dc.link() }), clock).subscribe({
        error: expect.fail,
        next: (it) => {
          opened = it
          watch(it.invoke(echo(1)))
        },
      })
      timer(5).subscribe({ next: () => life.unsubscribe(), error: expect.fail })
      timer(9).subscribe({ next: () => watch(opened!.invoke(echo(2))), error: expect.fail })
      last(() => {
        expect(ends).to.have.length(2)
        for (const end of ends) expect(end).to.be.instanceOf(ClosedError)
        expect(dc.heard).to.deep.equal(['1'])
        let state: string | undefined
        opened!.state$.subscribe({ next: ({ _ }) => (state = _), error: expect.fail })
        expect(state).to.equal('closed')
      })
    }),
  )

  it(
    'can be closed from within an answer',
    marbles(({ cold, clock, expectObservable, expectSubscriptions, finally: last }) => {
      const dc = new FakeDc(clock)
      dc.silent.add(2)
      const links = cold<KeyedLink>('k', { k: dc.link() })
      const errors: unknown[] = []
      const both = run(links, clock).pipe(
        switchMap((opened) => {
          opened.invoke(echo(2)).subscribe({ error: (error) => errors.push(error) })
          return opened.invoke(echo(1))
        }),
        take(1),
      )
      expectObservable(both).toBe('--(1|)', numbers)
      expectSubscriptions(links.subscriptions).toBe('^-!')
      last(() => expect(errors.map((error) => (error as Error).name)).to.deep.equal(['ClosedError']))
    }),
  )

  describe('a call', () => {
    const outcome = (prepare: (dc: FakeDc) => void, expected: (error: Error) => void) =>
      marbles(({ cold, clock, expectObservable, finally: last }) => {
        const dc = new FakeDc(clock)
        prepare(dc)
        let caught: Error | undefined
        const both = run(cold('k', { k: dc.link() }), clock).pipe(
          switchMap((opened) =>
            concat(
              opened.invoke(echo(1)).pipe(
                catchError((error: Error) => {
                  caught = error
                  return of(9)
                }),
              ),
              opened.invoke(echo(2)),
            ),
          ),
        )
        expectObservable(both, '^------!').toBe('--9-2', numbers)
        last(() => expected(caught!))
      })

    it(
      'that is refused has an RpcError with the name of its method',
      outcome(
        (dc) => dc.answers.set(1, ({ messageId }) => dc.server.refusal(messageId, 420, 'FLOOD_WAIT_31')),
        (error) =>
          expect(error).to.include({
            type: 'FLOOD_WAIT',
            value: 31,
            code: 420,
            method: 'test.echo',
          } satisfies Partial<RpcError>),
      ),
    )

    it(
      'whose answer can not be read has a DecodeError, and no other call',
      outcome(
        (dc) => dc.answers.set(1, ({ messageId }) => dc.server.result(messageId, new Uint8Array(4))),
        (error) => expect(error).to.be.instanceOf(DecodeError),
      ),
    )

    it(
      'whose answer is longer than it should be has one too',
      outcome(
        (dc) => dc.answers.set(1, ({ messageId }) => dc.server.result(messageId, callBody(1, 12))),
        (error) => expect(error).to.be.instanceOf(DecodeError),
      ),
    )

    it(
      'with a bad value fails at once, and nothing is sent',
      marbles(({ cold, clock, expectObservable, finally: last }) => {
        const dc = new FakeDc(clock)
        const bad = { ...echo(1), write: () => void new Uint8Array(-1) }
        const failed = run(cold('k', { k: dc.link() }), clock).pipe(
          switchMap((opened) =>
            opened.invoke({ ...bad, write: () => thrown(new UsageError('peer: expected a number')) }),
          ),
          catchError((error: Error) => of(error.message)),
        )
        expectObservable(failed, '^---!').toBe('(e|)', { e: 'peer: expected a number' })
        last(() => expect(dc.heard).to.deep.equal([]))
      }),
    )

    // What the link still has to send when the call is made, in bytes over the bound; the call has number 1.
    const loads: readonly (readonly [over: number, result: string, heard: readonly string[]])[] = [
      [-MAX_BUFFERED, '---1', ['1']],
      [0, '---1', ['1']],
      [1, '-e', []],
    ]
    for (const [over, result, heard] of loads)
      it(
        `is ${heard.length > 0 ? 'sent' : 'not sent'} with ${MAX_BUFFERED + over} bytes before it at the link`,
        marbles(({ cold, clock, expectObservable, finally: last }) => {
          const dc = new FakeDc(clock)
          dc.buffered = MAX_BUFFERED + over
          let caught: unknown
          const asked = run(cold('k', { k: dc.link() }), clock).pipe(
            // A turn later, when the link is there.
            delay(1),
            call(1),
            catchError((error: unknown) => {
              caught = error
              return concat(of('e'), NEVER)
            }),
          )
          expectObservable(asked, '^----!').toBe(result, { ...numbers, e: 'e' })
          last(() => {
            expect(dc.heard).to.deep.equal(heard)
            if (over <= 0) return
            expect(caught).to.be.instanceOf(TransportError).with.property('outcome', 'unsent')
            expect((caught as Error).message).to.equal(
              'expected at most 16777216 bytes that the link still has to send, got 16777217: the call was not sent',
            )
          })
        }),
      )

    it(
      'is sent once the link has room again; one without a link waits for it',
      marbles(({ cold, clock, note, expectNotes, expectObservable }) => {
        const dc = new FakeDc(clock, { note })
        dc.buffered = MAX_BUFFERED + 1
        const opened = run(cold('---k', { k: dc.link() }), clock)
        const asked = opened.pipe(
          switchMap((tg) => {
            const ask = (id: number) => tg.invoke(echo(id)).pipe(catchError(() => of('e')))
            return merge(...[0, 4, 6].map((at, index) => timer(at).pipe(switchMap(() => ask(index + 1)))))
          }),
        )
        timer(5).subscribe({ next: () => (dc.buffered = 0), error: expect.fail })
        expectObservable(asked, '^---------!').toBe('----e1--3', { ...numbers, e: 'e' })
        expectNotes(['3 1', '6 3'])
      }),
    )

    it(
      'may be answered before its sending returns',
      marbles(({ cold, clock, expectObservable }) => {
        const dc = new FakeDc(clock, { latency: 0 })
        expectObservable(run(cold('k', { k: dc.link() }), clock).pipe(call(1)), '^--!').toBe('1', numbers)
      }),
    )
  })

  it(
    'never errors for the errors of its source: they are faults',
    marbles(({ clock, expectObservable }) => {
      const source = throwError(() => new TransportError('refused', 'unsent'))
      const faults = run(source, clock).pipe(
        switchMap(({ faults$ }) => faults$),
        switchMap(({ message }) => of(message)),
      )
      expectObservable(faults, '^ 3500ms !').toBe('f 999ms f 1999ms f', { f: 'refused' })
    }),
  )

  it(
    'opens its link at once when the network changed, and none while there is no network',
    marbles(({ cold, hot, clock, expectObservable, expectSubscriptions }) => {
      const source = cold<KeyedLink>('#', {}, new TransportError('refused', 'unsent'))
      const hints$ = hot('  1500ms f 4999ms n 1003ms c', { f: 'offline', n: 'online', c: 'changed' })
      const network$ = hints$ as Observable<NetworkChange>
      const states = source.pipe(
        session({ clock, random, network$ }),
        switchMap(({ state$ }) => state$),
        map(({ _ }) => _[0]!),
      )
      expectObservable(states, '^ 8000ms !').toBe('(co) 996ms (co) 496ms o 4999ms (co) 996ms (co) (co)')
      expectSubscriptions(hints$.subscriptions).toBe('^ 8000ms !')
    }),
  )

  it('errors for a bug', () => {
    const bug = () => thrown(new Error('no randomness'))
    let caught: Error | undefined
    NEVER.pipe(session({ random: bug })).subscribe({ error: (error: Error) => (caught = error) })
    expect(caught?.message).to.contain('no randomness')
  })
})

function thrown(error: Error): never {
  throw error
}

/** As takeUntil, by time. */
function takeFor<Value>(milliseconds: number) {
  return (source: Observable<Value>) =>
    new Observable<Value>((subscriber) => {
      subscriber.add(source.subscribe(subscriber))
      subscriber.add(timer(milliseconds).subscribe({ next: () => subscriber.complete(), error: expect.fail }))
    })
}
