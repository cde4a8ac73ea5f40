/**
 * The lock of a file: one process has it, and it dies with that process however that dies.
 *
 * What can't outlive a process is a listening socket, so that is what a lock is. Each contender binds a Unix socket
 * under a name of its own beside the file, already listening when the name appears, and then looks at the others. One
 * that answers is alive: it has the lock, or is trying for it as well, and then the lesser name goes first. One that
 * does not is dead, and its name is removed, which is safe since no name is used twice. Of two contenders the one
 * whose name appeared later surely sees the other, so both can never have the lock.
 *
 * That holds between containers too, as far as they share the folder on one machine. It does not between machines
 * that share a network folder. Where a folder can't hold sockets, an abstract socket (Linux) or a named pipe (Windows)
 * of the path's hash serves, which the kernel gives to one holder at a time.
 */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, renameSync, unlinkSync } from 'node:fs'
import { createServer, type Server, Socket } from 'node:net'
import { basename, dirname, join } from 'node:path'
import {
  catchError,
  concatMap,
  defer,
  from,
  map,
  mergeMap,
  type Observable,
  of,
  race,
  take,
  throwError,
  toArray,
} from 'rxjs'
import { StorageError } from '../../core/errors.ts'
import { type Clock, systemRandom } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'
import { codeOf, storageFailure } from './storage-failure.node.ts'

/** A lock that is had. It belongs to who received it. */
export interface FileLock {
  /** Gives it back, at once. */
  release(): void
}

export interface FileLockOptions {
  readonly clock: Clock
  /** Where the socket goes: beside the file, or into the kernel's own names. Beside, if that can be, if not given. */
  readonly place?: 'beside' | 'kernel' | undefined
}

/** What answered under a name. */
interface Answer {
  readonly name: string
  readonly state: 'held' | 'trying' | 'dead' | 'gone'
  readonly pid: number | undefined
}

/** A socket that stands for this contender. */
interface Claim extends FileLock {
  readonly name: string
  /** From now on it answers that the lock is had. */
  hold(): FileLock
}

/** How long a living process may take to say who it is, in milliseconds. */
const PATIENCE = 1_000
/** How often to look again while another contender gives up, in milliseconds, and how many times. */
const PAUSE = 10
const LOOKS = 200
/** The path of a socket has this many bytes at most, on the systems with the smallest room for it. */
const MAX_SOCKET_PATH = 103
/** Longer names of files are hashed in the names of their sockets, so that these fit. */
const MAX_LABEL = 40
/** What binding answers where there can be no sockets in a folder. */
const NO_SOCKETS_HERE = ['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EINVAL', 'ENOSYS']

/**
 * Takes the lock of a file, whose folder exists.
 *
 * Starts: tries on subscribe.
 * Emits: the lock, once, then completes.
 * Errors: StorageError that names the process that has it.
 * Unsubscribe: stops trying. A lock that was emitted stays until it is released.
 */
export function fileLock(path: string, options: FileLockOptions): Observable<FileLock> {
  const { clock, place = process.platform === 'win32' ? 'kernel' : 'beside' } = options
  const lock$ = place === 'kernel' ? kernelLock(path, clock, LOOKS) : besideLock(path, clock)
  return lock$.pipe(
    catchError((error: unknown) => {
      const canDoWithout =
        place === 'beside' && process.platform === 'linux' && NO_SOCKETS_HERE.includes(codeOf(error) ?? '')
      return canDoWithout ? kernelLock(path, clock, LOOKS) : throwError(() => error)
    }),
    catchError((error: unknown) => throwError(() => storageFailure('lock', path, error))),
    take(1),
  )
}

function besideLock(path: string, clock: Clock): Observable<FileLock> {
  return defer(() => {
    const id = Buffer.from(systemRandom(6)).toString('hex')
    const name = join(dirname(path), `${label(path)}.lock-${id}`)
    return claimed(`${name}.new`, name).pipe(mergeMap((claim) => settled(path, claim, clock, LOOKS)))
  })
}

/** Looks at the others until it is clear who has the lock. */
function settled(path: string, claim: Claim, clock: Clock, looks: number): Observable<FileLock> {
  return defer(() => from(others(path, claim.name))).pipe(
    concatMap((name) => asked(name, clock)),
    toArray(),
    mergeMap((answers) => {
      for (const { name, state } of answers) if (state === 'dead') remove(name)
      const first = answers.find(({ state, name }) => state === 'held' || (state === 'trying' && name < claim.name))
      if (first !== undefined) throw taken(path, first.pid)
      const rival = answers.find(({ state }) => state === 'trying' || state === 'gone')
      if (rival === undefined) return of(claim.hold())
      if (looks === 0) throw taken(path, rival.pid)
      return clock.after(PAUSE).pipe(mergeMap(() => settled(path, claim, clock, looks - 1)))
    }),
  )
}

/** The names of the other contenders, dead or alive. */
function others(path: string, mine: string): readonly string[] {
  const folder = dirname(path)
  const prefix = `${label(path)}.lock-`
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && /^[0-9a-f]{12}$/.test(name.slice(prefix.length)))
    .map((name) => join(folder, name))
    .filter((name) => name !== mine)
}

function kernelLock(path: string, clock: Clock, looks: number): Observable<FileLock> {
  const name = kernelName(path)
  return claimed(name, name).pipe(
    map((claim) => claim.hold()),
    catchError((error: unknown) => {
      if (codeOf(error) !== 'EADDRINUSE') throw error
      return asked(name, clock).pipe(
        mergeMap(({ state, pid }) => {
          // Gone between the two looks: there is room now.
          if ((state === 'dead' || state === 'gone') && looks > 0) return kernelLock(path, clock, looks - 1)
          throw taken(path, pid)
        }),
      )
    }),
  )
}

function kernelName(path: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\rxgram-${hash(path)}` : `\0rxgram-${hash(path)}`
}

function isKernelName(name: string): boolean {
  return name.startsWith('\0') || name.startsWith('\\\\.\\pipe\\')
}

/** The same for each contender: what depends on the working folder would not be. */
function label(path: string): string {
  const name = basename(path)
  return Buffer.byteLength(name) <= MAX_LABEL ? name : hash(name)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** Binds under the first name, listens, and then appears under the second. */
function claimed(bound: string, name: string): Observable<Claim> {
  return cold((subscriber) => {
    let state: 'trying' | 'held' = 'trying'
    let kept = false
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.end(`${state} ${process.pid}\n`)
    })
    // A lock alone must not keep a process from ending.
    server.unref()
    const release = () => withdraw(server, name)
    subscriber.add(() => {
      if (!kept) release()
    })
    server.on('error', (error) => subscriber.error(error))
    server.on('listening', () => {
      try {
        if (bound !== name) renameSync(bound, name)
      } catch (error) {
        subscriber.error(error)
        return
      }
      subscriber.next({
        name,
        release,
        hold() {
          state = 'held'
          kept = true
          return { release }
        },
      })
    })
    // Exclusive: the workers of a cluster must not share one socket.
    atAddress(bound, (path) => server.listen({ path, exclusive: true }))
  })
}

function withdraw(server: Server, name: string): void {
  if (!isKernelName(name)) remove(name)
  server.close()
}

/** Asks who listens under a name. One that is silent is alive all the same. */
function asked(name: string, clock: Clock): Observable<Answer> {
  const answer$ = cold<Answer>((subscriber) => {
    let text = ''
    const tell = (state: Answer['state']) => {
      const pid = /^(?:held|trying) (\d{1,10})\n/.exec(text)?.[1]
      subscriber.next({ name, state, pid: pid === undefined ? undefined : Number(pid) })
      subscriber.complete()
    }
    const socket = new Socket()
    subscriber.add(() => socket.destroy())
    socket.on('data', (data) => {
      text = (text + data.toString('latin1')).slice(0, 64)
    })
    socket.on('error', (error) => {
      const code = codeOf(error)
      // Reset: it closed while we stood in its queue. Anything else, as a missing permission, is someone alive.
      if (code === 'ECONNREFUSED') tell('dead')
      else tell(code === 'ENOENT' || code === 'ECONNRESET' ? 'gone' : 'held')
    })
    socket.on('close', () => tell(text === '' ? 'gone' : text.startsWith('trying') ? 'trying' : 'held'))
    atAddress(name, (path) => socket.connect({ path }))
  })
  const silent$ = clock.after(PATIENCE).pipe(map((): Answer => ({ name, state: 'held', pid: undefined })))
  return race(answer$, silent$)
}

/** Gives the socket's address to `use`, which is done with it when it returns. Long paths go by way of an open folder. */
function atAddress(name: string, use: (address: string) => void): void {
  if (isKernelName(name) || Buffer.byteLength(name) <= MAX_SOCKET_PATH) {
    use(name)
    return
  }
  if (process.platform !== 'linux') {
    throw Object.assign(new Error('the path is too long for a socket'), { code: 'ENAMETOOLONG' })
  }
  const fd = openSync(dirname(name), 'r')
  try {
    use(`/proc/self/fd/${fd}/${basename(name)}`)
  } finally {
    closeSync(fd)
  }
}

function remove(name: string): void {
  try {
    unlinkSync(name)
  } catch {
    // Another contender was faster.
  }
}

function taken(path: string, pid: number | undefined): StorageError {
  const who = pid === undefined ? 'another process' : `process ${pid}`
  return new StorageError(`expected a session file that is free, got ${path} that ${who} has open`)
}
