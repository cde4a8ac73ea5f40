/** The only door to time. */
import { asapScheduler, asyncScheduler, type Observable, type SchedulerLike } from 'rxjs'
import type { Env } from '../../core/machine.ts'
import { cold } from './cold.ts'

/** Time, given. Clients and local DCs of one simulation share the flow of `elapsed` and may differ in `now`. */
export interface Clock {
  /** Wall clock: milliseconds since the Unix epoch; may jump. */
  now(): number
  /** Milliseconds that never jump: for deadlines and round trips. */
  elapsed(): number
  /**
   * Starts: a timer of `delay` milliseconds on subscribe. Zero or less: as soon as the work in hand is done.
   * Emits: once, then completes.
   * Errors: never.
   * Unsubscribe: clears the timer.
   */
  after(delay: number): Observable<void>
}

/** The platform's clock. */
export const systemClock: Clock = {
  now: () => asyncScheduler.now(),
  elapsed: () => performance.now(),
  // Zero is a microtask: platforms round a zero timeout up to a millisecond or more, which every call would feel.
  after: (delay) => (delay > 0 ? scheduled(asyncScheduler, delay) : soon),
}

/** Without an operator: every packet of calls waits for one of these, and `timer` costs twice as much. */
function scheduled(scheduler: SchedulerLike, delay: number): Observable<void> {
  return cold((subscriber) =>
    scheduler.schedule(() => {
      subscriber.next()
      subscriber.complete()
    }, delay),
  )
}

const soon: Observable<void> = scheduled(asapScheduler, 0)

/** Random bytes from the platform's cryptographic source. */
export function systemRandom(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  // The platform refuses more than 65,536 bytes at a time.
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, length)))
  return bytes
}

/** What a machine may know of the world, read afresh at each look. */
export function environment(clock: Clock, random: (length: number) => Uint8Array): Env {
  return {
    get now() {
      return clock.now()
    },
    get elapsed() {
      return clock.elapsed()
    },
    random,
  }
}
