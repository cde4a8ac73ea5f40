/** One process of several: runs the seeds that it is given, and tells what came of each. */
import { run } from './run.ts'

// The parent hears of it too, and ends us.
process.on('SIGINT', () => {})
process.on('message', ({ from, count }: { readonly from: number; readonly count: number }) => {
  const outcomes = Array.from({ length: count }, (_, at) => run(from + at))
  process.send?.(outcomes)
})
