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
  dispatch(event: Event): void
  emit(value: Output): void
  /** Ties work to the life of the machine; the result ends it sooner. */
  own(work: Exclude<TeardownLogic, void>): Subscription
  complete(): void
  error(error: unknown): void
}

/** The ambient things that a machine is given. */
export interface Ambient {
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
}

/** More than this many events waiting at once means that the machine feeds itself: the stream errors. */
const MAILBOX_LIMIT = 1_000_000

/** The longest delay that platforms can time; longer ones are timed again. */
const LONGEST_DELAY = 2 ** 31 - 1

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
      const timers = new Map<string, Subscription>()
      const owned = new Subscription()
      let mailbox: Event[] = []
      let busy = true
      let ending: (() => void) | undefined

      subscriber.add(() => {
        mailbox = []
        for (const timer of timers.values()) timer.unsubscribe()
        timers.clear()
        owned.unsubscribe()
      })

      const broken = (at: string, cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause)
        subscriber.error(new Error(`a machine must not throw, but did at ${at}: ${reason}`, { cause }))
      }

      const arm = ({ key, at }: TimerEffect) => {
        timers.get(key)?.unsubscribe()
        const timer = new Subscription()
        timers.set(key, timer)
        const delay = Math.max(0, at - clock.elapsed())
        const fire = () => {
          const late = clock.elapsed() - at
          // Platforms round delays, and can't time the longest: a millisecond early is in time.
          if (late < -1) return arm({ _: 'timer', key, at })
          timers.delete(key)
          dispatch({ _: 'fired', key, late: Math.max(0, late) } satisfies FiredEvent as unknown as Event)
        }
        timer.add(
          clock
            .after(Math.min(delay, LONGEST_DELAY))
            .subscribe({ next: fire, error: (e) => broken(`timer ${key}`, e) }),
        )
      }

      const disarm = ({ key }: UntimerEffect) => {
        timers.get(key)?.unsubscribe()
        timers.delete(key)
      }

      const tools: Tools<Event, Output> = {
        dispatch: (event) => dispatch(event),
        emit: (value) => subscriber.next(value),
        own: (work) => {
          const handle = new Subscription()
          handle.add(work)
          owned.add(handle)
          // Work that ends by itself must not be held until the machine ends.
          if (work instanceof Subscription) work.add(handle)
          return handle
        },
        complete: () => subscriber.complete(),
        error: (error) => subscriber.error(error),
      }

      const obey = (effects: readonly Effect[]) => {
        for (const effect of effects) {
          if (subscriber.closed) return
          if (effect._ === 'emit') subscriber.next((effect as unknown as EmitEffect<Output>).value)
          else if (effect._ === 'timer') arm(effect as unknown as TimerEffect)
          else if (effect._ === 'untimer') disarm(effect as unknown as UntimerEffect)
          else perform(effect as Order<Effect>, tools)
        }
      }

      const drain = () => {
        busy = true
        let at = 0
        let event: Event | undefined
        try {
          while (at < mailbox.length && !subscriber.closed) {
            event = mailbox[at++]!
            // Handled events are let go now and then, so that a long run does not hold them all.
            if (at === 1024) {
              mailbox = mailbox.slice(at)
              at = 0
            }
            obey(stepper.step(event, env))
          }
        } catch (cause) {
          broken(`event ${event?._}`, cause)
        }
        mailbox = []
        busy = false
        if (!subscriber.closed) ending?.()
      }
      const dispatch = (event: Event) => {
        if (subscriber.closed) return
        mailbox.push(event)
        if (mailbox.length > MAILBOX_LIMIT) broken(`event ${event._}`, new Error('it feeds itself without end'))
        else if (!busy) drain()
      }

      let stepper: Stepper<Event, Effect>
      try {
        stepper = create(env)
      } catch (cause) {
        return broken('its making', cause)
      }
      const end = (then: () => void) => {
        ending = then
        if (!busy) then()
      }
      // The source comes first, so that what the first orders set in motion already finds the way in.
      subscriber.add(
        source.subscribe({
          next: dispatch,
          error: (error) => end(() => subscriber.error(error)),
          complete: () => end(() => subscriber.complete()),
        }),
      )
      try {
        obey(stepper.begin ?? [])
      } catch (cause) {
        return broken('its first orders', cause)
      }
      drain()
    })
}
