// A second process for the specs of the lock: opens and closes the file of its argument as it is told on stdin, and
// says on stdout what came of it, a line each.
import { createInterface } from 'node:readline'
import type { Subscription } from 'rxjs'
import { systemClock } from '../../../lib/runtime/rx/clock.ts'
import { fileStorage } from '../../../lib/runtime/storage/file.node.ts'
import { fileLock } from '../../../lib/runtime/storage/file-lock.node.ts'

const [path, place] = process.argv.slice(2) as [string, string | undefined]
let subscription: Subscription | undefined
let release = () => {}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

const told: Readonly<Record<string, () => void>> = {
  open() {
    const error = (refused: Error) => say(`refused: ${refused.message}`)
    if (place !== 'kernel') {
      subscription = fileStorage(path)
        .open()
        .subscribe({ next: () => say('open'), error })
      return
    }
    subscription = fileLock(path, { clock: systemClock, place }).subscribe({
      next(lock) {
        release = () => lock.release()
        say('open')
      },
      error,
    })
  },
  close() {
    subscription?.unsubscribe()
    release()
    say('closed')
  },
}

createInterface({ input: process.stdin }).on('line', (line) => told[line]?.())
say(`ready ${process.pid}`)
