/** The stage that makes a session of keyed links: the machine of core/protocol/session, and what it moves. */
import {
  catchError,
  map,
  merge,
  NEVER,
  type Observable,
  type OperatorFunction,
  ReplaySubject,
  Subject,
  type Subscriber,
} from 'rxjs'
import { ClosedError, RpcError, type TelegramError, TransportError } from '../../core/errors.ts'
import type { Invoker, Request } from '../../core/invoker.ts'
import { Passing } from '../../core/passing.ts'
import type { Pack } from '../../core/protocol/pack.ts'
import { createSession } from '../../core/protocol/session.ts'
import type {
  NetworkChange,
  SessionEffect,
  SessionEvent,
  SessionFact,
  SessionState,
} from '../../core/protocol/session-events.ts'
import { decode } from '../../core/tl/reader.ts'
import { encodeRequest } from '../../core/tl/writer.ts'
import type { SessionTrace } from '../../core/trace.ts'
import { systemClock, systemRandom } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'
import { type Ambient, machine, type Order, type Tools } from '../rx/machine.ts'
import { tellReceived, wishing } from './delivery.ts'
import type { Exchanging, KeyedLink } from './handshake.ts'
import { watch } from './watch.ts'
import { wire } from './wire.ts'

export type { NetworkChange, SessionFact, SessionState }

/** One MTProto session, over as many links as it takes. Its streams complete when it is closed, and never error. */
export interface Session extends Invoker {
  /** Hot: boxed `Updates`, undecoded, in the order in which they came. */
  readonly updates$: Observable<Uint8Array>
  /** Hot: what must be kept, and what must be begun again. */
  readonly facts$: Observable<SessionFact>
  /** The state at once, and then whenever it changes. */
  readonly state$: Observable<SessionState>
  /** Hot: what went wrong beside the calls. */
  readonly faults$: Observable<TelegramError>
  /** Hot: what it does, step by step. Free while nobody watches; the first observer is told how the link is. */
  readonly trace$: Observable<SessionTrace>
}

export interface SessionOptions extends Partial<Ambient> {
  /**
   * Whether running a call twice is like running it once: only such a call is sent again when nobody knows whether it
   * ran. None is, if not given.
   */
  readonly isRepeatable?: ((request: Request<unknown>) => boolean) | undefined
  /**
   * Hints about the network: after `changed` and `online` a link is opened, or asked for a sign of life, at once; after
   * `offline` none is opened until another hint. They do not keep the session alive, and their errors are as their end.
   */
  readonly network$?: Observable<NetworkChange> | undefined
  /** Makes calls shorter before they travel: `gzipCall`. They travel as they are, if not given. */
  readonly pack?: Pack | undefined
}

/**
 * So many bytes may wait at the link for the platform to take them. The policy beyond that: a call fails as unsent, and
 * whoever made it may do so again later; what was sent already stays, and goes on. Nothing else can hold back calls:
 * who subscribes is not told to wait.
 */
export const MAX_BUFFERED: number = 16 * 1024 * 1024

interface Decided extends Ambient, Pick<SessionOptions, 'pack'> {
  readonly network$: Observable<NetworkChange>
  isRepeatable(request: Request<unknown>): boolean
}

/** A call that waits for its answer. */
interface Waiting {
  readonly request: Request<unknown>
  readonly caller: Subscriber<unknown>
}

/**
 * Makes one session of a source of keyed links. The source is subscribed for each link: at once, and again, after a
 * pause, when a link is lost. The calls outlive it. A call that finds more than 16 MiB at the link that the platform has
 * not taken yet fails with a TransportError, `unsent`.
 *
 * Starts: subscribes the source on subscribe.
 * Emits: the session, once and at once, before there is a link; then it lives until it is unsubscribed.
 * Errors: never, but for a bug.
 * Unsubscribe: closes the session: calls end with ClosedError, streams complete, the link is closed.
 *
 *     source:    --K----x                  x: the link is lost
 *     again:             (1 s) --K---
 *     session:   S----------------------!
 *     state$:    c-r----o------c-r------|  connecting, ready, offline
 *
 * @example
 * opened(endpoint, { connect: tcp() }).pipe(keyed({ dc: 2, publicKeys }), session())
 */
export function session(options: SessionOptions = {}): OperatorFunction<KeyedLink | Exchanging, Session> {
  const { clock = systemClock, random = systemRandom, isRepeatable = () => false, network$ = NEVER, pack } = options
  return (source) => cold((subscriber) => run(source, { clock, random, isRepeatable, network$, pack }, subscriber))
}

function run(source: Observable<KeyedLink | Exchanging>, ambient: Decided, subscriber: Subscriber<Session>): void {
  const inlet = new Subject<SessionEvent>()
  const updates = new Subject<Uint8Array>()
  const facts = new Subject<SessionFact>()
  const faults = new Subject<TelegramError>()
  const state = new ReplaySubject<SessionState>(1)
  const answers = new Passing<number, Waiting>()
  const links = wire(source)
  const watched = watch({
    clock: ambient.clock,
    observe: (on) => inlet.next({ _: 'observe', on }),
    open: () => [...answers.keys()].map((id) => [id, answers.get(id)!.request.method] as const),
  })
  const wishes = wishing(ambient.isRepeatable)
  let calls = 0
  let announced = false
  let shown: SessionState['_'] | undefined
  let over = false

  const invoke = <Result>(request: Request<Result>) =>
    cold<Result>((caller) => {
      if (over) {
        caller.error(new ClosedError('the session is closed'))
        return
      }
      const { buffered } = links
      if (buffered > MAX_BUFFERED) {
        caller.error(full(buffered))
        return
      }
      const body = encoded(request, caller)
      if (body === undefined) return
      const id = ++calls
      // All is ready for the answer before the call leaves: it may come before this returns.
      answers.set(id, { request, caller })
      watched.begin(id, request.method)
      caller.add(() => {
        if (answers.take(id) !== undefined) inlet.next({ _: 'cancel', id })
      })
      inlet.next({ _: 'invoke', id, body, ...wishes(request, id) })
    })

  const opened: Session = {
    updates$: updates.asObservable(),
    facts$: facts.asObservable(),
    faults$: faults.asObservable(),
    trace$: watched.trace$,
    state$: state.asObservable(),
    invoke,
  }

  const perform = (effect: Order<SessionEffect>, tools: Tools<SessionEvent, Session>) => {
    switch (effect._) {
      case 'write':
        links.write(effect.link, effect.packet, effect.quickAck)
        return
      case 'received': {
        const waiting = answers.get(effect.id)
        if (waiting !== undefined) tellReceived(waiting.request, waiting.caller)
        return
      }
      case 'answer':
        answer(answers.take(effect.id), effect.body)
        return
      case 'refuse': {
        const refused = answers.take(effect.id)
        refused?.caller.error(new RpcError(effect.code, effect.text, refused.request.method))
        return
      }
      case 'fail':
        answers.take(effect.id)?.caller.error(effect.error)
        return
      case 'update':
        updates.next(effect.body)
        return
      case 'fact':
        facts.next(effect.fact)
        return
      case 'fault':
        faults.next(effect.error)
        return
      case 'trace':
        watched.tell(effect.event)
        return
      case 'view':
        // A link whose key is made, and then bound, is in one handshake.
        if (effect.state._ !== shown || shown === 'offline') state.next(effect.state)
        shown = effect.state._
        // The first order of all. From here on whoever has the session misses nothing.
        if (!announced) tools.emit(opened)
        announced = true
        return
      case 'open':
        links.open(effect.link, tools)
        return
      case 'drop':
        links.drop(effect.link)
        return
      case 'end':
        tools.complete()
        return
    }
  }

  const end = (error: unknown) => {
    over = true
    inlet.complete()
    for (const id of answers.keys()) answers.take(id)?.caller.error(error)
    for (const stream of [updates, facts, faults, state]) stream.complete()
    watched.close()
  }

  // Not a subscription of the subscriber: closing is an event, and the machine ends itself once that is done.
  const hints$ = ambient.network$.pipe(
    map((change): SessionEvent => ({ _: 'network', change })),
    catchError(() => NEVER),
  )
  merge(inlet, hints$)
    .pipe(machine(createSession(ambient.pack), perform, ambient))
    .subscribe({
      next: (session) => subscriber.next(session),
      error: (bug: unknown) => {
        end(bug)
        subscriber.error(bug)
      },
      complete: () => {
        end(new ClosedError('the session was closed'))
        subscriber.complete()
      },
    })
  subscriber.add(() => inlet.next({ _: 'close' }))
}

function full(buffered: number): TransportError {
  const expected = `expected at most ${MAX_BUFFERED} bytes that the link still has to send, got ${buffered}`
  return new TransportError(`${expected}: the call was not sent`, 'unsent')
}

/** The request as it travels; a bad value in it is the error of the call. */
function encoded(request: Request<unknown>, caller: Subscriber<unknown>): Uint8Array | undefined {
  try {
    return encodeRequest(request)
  } catch (error) {
    caller.error(error)
    return undefined
  }
}

/** A result that can't be read is the error of this call, and of no other. */
function answer(waiting: Waiting | undefined, body: Uint8Array): void {
  if (waiting === undefined) return
  const { request, caller } = waiting
  let result: unknown
  try {
    result = decode(body, () => request.read())
  } catch (error) {
    caller.error(error)
    return
  }
  caller.next(result)
  caller.complete()
}
