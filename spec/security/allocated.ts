import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What some work took. */
export interface Allocated {
  /** Bytes that were asked for by `new Uint8Array(n)` and `new ArrayBuffer(n)`, whether or not they were ever touched. */
  readonly asked: number
  /** The longest array that was asked for by `new Array(n)`. */
  readonly longest: number
  /** By how much the process grew, heap and buffers. Garbage counts, so far as it was not collected meanwhile. */
  readonly grown: number
}

/** Does the work and tells what it took. Synchronous work only. */
export function allocated(work: () => void): Allocated {
  const { Uint8Array: Bytes, ArrayBuffer: Memory, Array: List } = globalThis
  let asked = 0
  let longest = 0
  const counting = <Made extends object>(
    made: Made & (new (...args: never[]) => object),
    count: (length: number) => void,
  ): Made =>
    new Proxy(made, {
      construct(target, args: unknown[], newTarget) {
        if (typeof args[0] === 'number') count(args[0])
        return Reflect.construct(target, args, newTarget) as object
      },
    })
  const bytes = (length: number) => {
    asked += length
  }
  const before = inUse()
  globalThis.Uint8Array = counting(Bytes, bytes)
  globalThis.ArrayBuffer = counting(Memory, bytes)
  globalThis.Array = counting(List, (length) => {
    longest = Math.max(longest, length)
  })
  try {
    work()
  } finally {
    globalThis.Uint8Array = Bytes
    globalThis.ArrayBuffer = Memory
    globalThis.Array = List
  }
  return { asked, longest, grown: inUse() - before }
}

/** Does the work and tells what is still held when it is over, and garbage was collected. */
export function kept(work: () => void): number {
  collect()
  const before = inUse()
  work()
  collect()
  return inUse() - before
}

function inUse(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
