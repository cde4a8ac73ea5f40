/** Runs machines: to a machine what `scan` is to an accumulator. Knows no Telegram. */
import { type OperatorFunction, Subscription, type TeardownLogic } from 'rxjs'
import type { Env, FiredEvent, TimerEffect, UntimerEffect } from '../../core/machine.ts'
import { type Clock, environment } from './clock.ts'
import { cold } from './cold.ts'

interface Named {
  readonly _: string
}

/** Order: this value goes downstream. */
export interface EmitEffect<Value> {
  readonly _: 'emit'
  readonly value: Value
}

/** A machine with its state inside. It must not throw, wait, or keep what it returns. */
export interface Stepper<Event, Effect> {
  /** Orders given before the first event. */
  readonly begin?: readonly Effect[] | undefined
  step(event: Event, env: Env): readonly Effect[]
}

/** The effects that are left to `perform`. */
export type Order<Effect> = Exclude<Effect, { readonly _: 'timer' | 'untimer' | 'emit' }>

/** What a machine emits by itself. */
export type Emitted<Effect> = Extract<Effect, EmitEffect<unknown>>['value']

/** What `perform` may do. */
export interface Tools<Event, Output> {
  /** Puts a fact or a wish into the mailbox. It is handled at once, or after what is in hand. */
  readonly dispatch: (event: Event) => void
  readonly emit: (value: Output) => void
  /** Ties work to the life of the machine; the result ends it sooner. */
  readonly own: (work: Exclude<TeardownLogic, void>) => Subscription
  readonly complete: () => void
  readonly error: (error: unknown) => void
}

/** The ambient things that a machine is given. */
export interface Ambient {
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
}

/** More events than this waiting at once mean that a machine feeds itself: the stream errors. */
const MAILBOX_LIMIT = 1_000_000

/** The longest delay that platforms can time; longer ones are timed again. */
const LONGEST_DELAY = 2 ** 31 - 1

function isEmit<Value>(effect: Named): effect is EmitEffect<Value> {
  return effect._ === 'emit'
}

function isTimer(effect: Named): effect is TimerEffect {
  return effect._ === 'timer'
}

function isUntimer(effect: Named): effect is UntimerEffect {
  return effect._ === 'untimer'
}

/**
 * Runs a machine over a stream of events. Every event, from the source, from a timer or from `perform`, goes through
 * one mailbox: nothing re-enters, and the order is the order of arrival. `timer`, `untimer` and `emit` are done here;
 * every other effect is handed to `perform`.
 *
 * Starts: makes a new machine on subscribe, then subscribes the source; orders of `begin` come first.
 * Emits: the values of `emit` effects, and what `perform` emits.
 * Errors: what the source errors with; an Error when the machine or `perform` throws, which is a bug.
 * Unsubscribe: clears the timers and ends everything that was handed to `own`.
 * Completes with the source, once the mailbox is empty, or when `perform` says so.
 *
 *     source:           -a-----b-----------c--|
 *     timer effect:      t(5 ms)
 *     machine steps:    -a-----(b)-fired---c--
 *     emit effects:     -x---------y-------z--|
 */
export function machine<Event extends Named, Effect extends Named, Output = Emitted<Effect>>(
  create: (env: Env) => Stepper<Event, Effect>,
  perform: (effect: Order<Effect>, tools: Tools<Event, Output>) => void,
  { clock, random }: Ambient,
): OperatorFunction<Event, Output> {
  return (source) =>
    cold<Output>((subscriber) => {
      const env = environment(clock, random)
      const owned = new Subscription()
      let stepper: Stepper<Event, Effect> | undefined
      let ending: (() => void) | undefined

      const guarded = (where: () => string, work: () => void) => {
        try {
          work()
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause)
          subscriber.error(new Error(`a machine must not throw, but did at ${where()}: ${reason}`, { cause }))
        }
      }
      const obey = (effects: readonly Effect[]) => {
        for (const effect of effects) {
          if (subscriber.closed) return
          if (isEmit<Output>(effect)) subscriber.next(effect.value)
          else if (!isTimer(effect) && !isUntimer(effect)) perform(effect as Order<Effect>, tools)
        }
        if (subscriber.closed) return
        // Last: what was sent is on its way meanwhile, and none can fire before this returns.
        for (const effect of effects) {
          if (isTimer(effect)) timers.set(effect)
          else if (isUntimer(effect)) timers.forget(effect.key)
        }
      }
      const step = (event: Event) => {
        if (!subscriber.closed && stepper !== undefined) obey(stepper.step(event, env))
      }
      const mailbox = createMailbox<Event>({
        handle: (event) =>
          guarded(
            () => `event ${event._}`,
            () => step(event),
          ),
        emptied: () => ending?.(),
        overfull: ({ _ }) =>
          subscriber.error(new Error(`a machine must not feed itself without end, but did with ${_}`)),
      })
      const timers = createTimers(clock, (fired: FiredEvent) => mailbox.post(fired as unknown as Event))
      const tools: Tools<Event, Output> = {
        dispatch: mailbox.post,
        emit: (value) => subscriber.next(value),
        own: (work) => own(owned, work),
        complete: () => subscriber.complete(),
        error: (error) => subscriber.error(error),
      }
      const end = (then: () => void) => {
        ending = then
        if (!mailbox.busy) then()
      }

      subscriber.add(() => {
        timers.clear()
        owned.unsubscribe()
      })
      guarded(
        () => 'its making',
        () => {
          stepper = create(env)
        },
      )
      if (stepper === undefined) return
      // The source comes before the first orders, so that what they set in motion already finds the way in.
      subscriber.add(
        source.subscribe({
          next: mailbox.post,
          error: (error: unknown) => end(() => subscriber.error(error)),
          complete: () => end(() => subscriber.complete()),
        }),
      )
      guarded(
        () => 'its first orders',
        () => obey(stepper?.begin ?? []),
      )
      mailbox.open()
    })
}

interface Mailbox<Event> {
  /** Handles the event, at once or after those that are there. */
  readonly post: (event: Event) => void
  /** Until this, everything waits. */
  open(): void
  readonly busy: boolean
}

interface MailboxOptions<Event> {
  readonly handle: (event: Event) => void
  /** Told whenever nothing waits any more. */
  readonly emptied: () => void
  /** Told of each event that is one too many. */
  readonly overfull: (event: Event) => void
}

/** One event at a time, in the order of arrival. */
function createMailbox<Event>({ handle, emptied, overfull }: MailboxOptions<Event>): Mailbox<Event> {
  let waiting: Event[] = []
  let busy = true

  const drain = (first?: Event) => {
    busy = true
    if (first !== undefined) handle(first)
    for (let at = 0; at < waiting.length; ) {
      const event = waiting[at++]!
      // Handled events are let go now and then, so that a long run does not hold them all.
      if (at >= 1024 && at * 2 >= waiting.length) {
        waiting = waiting.slice(at)
        at = 0
      }
      handle(event)
    }
    if (waiting.length > 0) waiting = []
    busy = false
    emptied()
  }

  return {
    post(event) {
      if (!busy) drain(event)
      else if (waiting.push(event) > MAILBOX_LIMIT) overfull(event)
    },
    open: () => drain(),
    get busy() {
      return busy
    },
  }
}

interface Timers {
  set(timer: TimerEffect): void
  forget(key: string): void
  clear(): void
}

/** A timer as it was ordered, and the platform's that stands for it: that one may be early. */
interface Armed {
  at: number
  readonly until: number
  readonly run: Subscription
}

/**
 * Timers by key. They fire at an absolute time, and tell how late they are. One that is put off, as many are with every
 * packet, leaves the platform's to run and looks at it when it is over: that costs a tenth of a new one.
 */
function createTimers(clock: Clock, fired: (event: FiredEvent) => void): Timers {
  const timers = new Map<string, Armed>()

  const arm = (key: string, at: number): void => {
    const delay = Math.min(Math.max(0, at - clock.elapsed()), LONGEST_DELAY)
    const armed: Armed = { at, until: at, run: new Subscription() }
    timers.set(key, armed)
    const over = () => fire(key, armed)
    armed.run.add(clock.after(delay).subscribe({ next: over, error: over }))
  }
  const fire = (key: string, { at }: Armed): void => {
    timers.delete(key)
    const late = clock.elapsed() - at
    // Platforms round delays, and can't time the longest: a millisecond early is in time.
    if (late < -1) arm(key, at)
    else fired({ _: 'fired', key, late: Math.max(0, late) })
  }

  return {
    set({ key, at }) {
      const armed = timers.get(key)
      if (armed !== undefined && armed.until <= at) {
        armed.at = at
        return
      }
      armed?.run.unsubscribe()
      arm(key, at)
    },
    forget(key) {
      timers.get(key)?.run.unsubscribe()
      timers.delete(key)
    },
    clear() {
      for (const { run } of timers.values()) run.unsubscribe()
      timers.clear()
    },
  }
}

function own(owner: Subscription, work: Exclude<TeardownLogic, void>): Subscription {
  const handle = new Subscription()
  handle.add(work)
  owner.add(handle)
  // Work that ends by itself must not be held until the machine ends.
  if (work instanceof Subscription) work.add(handle)
  return handle
}
