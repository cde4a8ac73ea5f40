/**
 * A small file that is only ever replaced as a whole: written beside, brought to the disk, then renamed. Whenever the
 * power goes, there is either the old text or the new one.
 */
import * as nodeFs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { systemRandom } from '../rx/clock.ts'

type Done = (error: NodeJS.ErrnoException | null) => void

/** What is needed of node:fs. */
export interface FileSystem {
  open(path: string, flags: string, mode: number, done: (error: NodeJS.ErrnoException | null, fd: number) => void): void
  openSync(path: string, flags: string, mode: number): number
  writeFile(fd: number, text: string, done: Done): void
  writeFileSync(fd: number, text: string): void
  fsync(fd: number, done: Done): void
  fsyncSync(fd: number): void
  close(fd: number, done: Done): void
  closeSync(fd: number): void
  renameSync(from: string, to: string): void
  unlink(path: string, done: Done): void
  unlinkSync(path: string): void
  readdirSync(path: string): readonly string[]
}

export interface DurableFile {
  /** Replaces the text; `done` is called when that is on the disk. One at a time. */
  replace(text: string, done: (error: unknown) => void): void
  /** The same at once. A replacement that is under way is given up, and its `done` never called. */
  replaceNow(text: string): void
  /** Removes what a crash may have left between writing and renaming. */
  sweep(): void
}

/** Only the owner may read: there are keys in it. */
const OWNER_ONLY = 0o600

export function durableFile(path: string, fs: FileSystem = nodeFs): DurableFile {
  const folder = dirname(path)
  const prefix = `${basename(path)}.new-`
  let round = 0

  function temporary(): string {
    return join(folder, prefix + Buffer.from(systemRandom(6)).toString('hex'))
  }

  function replace(text: string, done: (error: unknown) => void): void {
    const mine = ++round
    const beside = temporary()

    function finish(error: unknown): void {
      if (error !== null) fs.unlink(beside, () => {})
      if (mine === round) done(error)
    }

    function written(fd: number): void {
      fs.close(fd, (error) => {
        if (error !== null || mine !== round) return finish(error ?? 'given up')
        try {
          // Not awaited, so that it can't happen after a later `replaceNow`.
          fs.renameSync(beside, path)
        } catch (failure) {
          return finish(failure)
        }
        syncFolder(() => finish(null))
      })
    }

    fs.open(beside, 'wx', OWNER_ONLY, (notOpened, fd) => {
      if (notOpened !== null) return finish(notOpened)
      fs.writeFile(fd, text, (notWritten) => {
        if (notWritten !== null) return fs.close(fd, () => finish(notWritten))
        fs.fsync(fd, (notSynced) => {
          if (notSynced !== null) return fs.close(fd, () => finish(notSynced))
          written(fd)
        })
      })
    })
  }

  /** Brings the renaming to the disk. Not every system lets a folder be opened for that: then there is no more to do. */
  function syncFolder(done: () => void): void {
    fs.open(folder, 'r', 0, (notOpened, fd) => {
      if (notOpened !== null) return done()
      fs.fsync(fd, () => fs.close(fd, () => done()))
    })
  }

  function syncFolderNow(): void {
    try {
      const fd = fs.openSync(folder, 'r', 0)
      try {
        fs.fsyncSync(fd)
      } finally {
        fs.closeSync(fd)
      }
    } catch {
      // As above.
    }
  }

  function replaceNow(text: string): void {
    round++
    const beside = temporary()
    try {
      const fd = fs.openSync(beside, 'wx', OWNER_ONLY)
      try {
        fs.writeFileSync(fd, text)
        fs.fsyncSync(fd)
      } finally {
        fs.closeSync(fd)
      }
      fs.renameSync(beside, path)
    } catch (failure) {
      remove(beside)
      throw failure
    }
    syncFolderNow()
  }

  function remove(name: string): void {
    try {
      fs.unlinkSync(name)
    } catch {
      // It is gone, or will be swept next time.
    }
  }

  function sweep(): void {
    for (const name of fs.readdirSync(folder)) if (name.startsWith(prefix)) remove(join(folder, name))
  }

  return { replace, replaceNow, sweep }
}
