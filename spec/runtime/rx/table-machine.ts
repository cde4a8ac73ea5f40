import type { FiredEvent, TimerEffect, UntimerEffect } from '../../../lib/core/machine.ts'
import type { EmitEffect, Stepper } from '../../../lib/runtime/rx/machine.ts'
import { seededRandom } from '../../support/marbles.ts'

export type Event = { _: string } | FiredEvent
export type Effect = EmitEffect<string> | TimerEffect | UntimerEffect | { _: 'do'; what: string }

export const random: (length: number) => Uint8Array = seededRandom()
export const letters = { a: { _: 'a' }, b: { _: 'b' }, c: { _: 'c' }, d: { _: 'd' } } as const

export function emit(value: string): Effect {
  return { _: 'emit', value }
}

export function order(what: string): Effect {
  return { _: 'do', what }
}

/** A machine that answers each event from a table of functions. */
export function table(
  rows: Record<string, (event: Event, now: number) => Effect[]>,
  begin: Effect[] = [],
): () => Stepper<Event, Effect> {
  return () => ({
    begin,
    step: (event, env) => rows[event._ === 'fired' ? (event as FiredEvent).key : event._]?.(event, env.elapsed) ?? [],
  })
}

export function ignore(): void {}
