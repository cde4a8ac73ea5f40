/** Prints the milliseconds that the WebAssembly module takes from its text to its first use. Run by load.ts. */
import { arena } from '../lib/core/crypto/arena.ts'

const start = performance.now()
if (arena() === undefined) throw new Error('expected WebAssembly, found none')
console.log(performance.now() - start)
