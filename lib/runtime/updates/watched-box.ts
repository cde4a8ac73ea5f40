/** A box, with its gaps told to whoever watches. What the box does is seen from what it orders: it knows of nobody. */
import type { Env } from '../../core/machine.ts'
import type { BoxTrace, Tracer } from '../../core/trace.ts'
import type { BoxEffect, BoxEvent, BoxOrder } from './box-order.ts'

type Box = Pick<BoxOrder, 'begin' | 'step' | 'held'>

/** The same box. While nobody watches, nothing is looked at. */
export function watchedBox(box: Box, trace: Tracer | undefined): Pick<Box, 'begin' | 'step'> {
  if (trace === undefined) return box
  const tell = (effects: readonly BoxEffect[]): readonly BoxEffect[] => {
    const what = trace.observed ? doing(effects) : undefined
    if (what !== undefined) trace.tell({ _: 'box', box: 'common', what, waiting: box.held })
    return effects
  }
  return {
    get begin() {
      return tell(box.begin)
    },
    step: (event: BoxEvent, env: Env) => tell(box.step(event, env)),
  }
}

/** At most one thing in a step: whoever asks has given up waiting. */
function doing(effects: readonly BoxEffect[]): BoxTrace['what'] | undefined {
  const has = (is: (effect: BoxEffect) => boolean): boolean => effects.some(is)
  if (has(({ _ }) => _ === 'fetch')) return 'difference'
  if (has((effect) => effect._ === 'timer' && effect.key === 'gap')) return 'gap'
  if (has((effect) => effect._ === 'untimer' && effect.key === 'gap')) return 'healed'
  return has((effect) => effect._ === 'syncing' && !effect.syncing) ? 'healed' : undefined
}
