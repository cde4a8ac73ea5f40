/** A stored session in one file. */
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { defer, finalize, mergeMap, type Observable } from 'rxjs'
import { StorageError } from '../../core/errors.ts'
import { type Clock, systemClock } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'
import { durableFile, type FileSystem } from './durable-file.node.ts'
import { type FileLock, fileLock } from './file-lock.node.ts'
import { fileStore } from './file-store.ts'
import { DamagedText, textToTable } from './file-text.ts'
import { MAX_STORE, RecordTable } from './record-table.ts'
import type { Storage, Store } from './storage.ts'
import { codeOf, storageFailure } from './storage-failure.node.ts'

export interface FileStorageOptions {
  /** For the patience with other processes; the platform's if not given. */
  readonly clock?: Clock | undefined
  /**
   * Is told of what went wrong and is no error of any call: a damaged file that was set aside, a write that failed
   * after its caller left. A warning of the process if not given.
   */
  readonly onFault?: ((fault: StorageError) => void) | undefined
  /** For tests of what disks do. */
  readonly fileSystem?: FileSystem | undefined
}

/** The files that this process has open, by their real paths. */
const openHere = new Set<string>()

const OWNER_ONLY = 0o600
const OWNER_ONLY_FOLDER = 0o700
/** As many symbolic links as Linux follows. */
const MAX_LINKS = 40
const MAX_DAMAGED = 1_000
/** JSON escapes make a text longer than what it says. */
const MAX_FILE = 4 * MAX_STORE

/**
 * A place in a file: one file, always replaced as a whole and brought to the disk, readable by its owner alone, open in
 * one process at a time. The folder is made if it does not exist. A symbolic link is followed, and stays.
 *
 * A damaged file is set aside as `NAME.damaged-1` (2, 3, ...), the store begins empty, and `onFault` is told. A file
 * of a newer version is left alone, and is an error.
 */
export function fileStorage(path: string, options: FileStorageOptions = {}): Storage {
  const { clock = systemClock, onFault = warn } = options
  return {
    open: () =>
      defer(() => {
        const real = realPath(path)
        if (openHere.has(real)) {
          throw new StorageError(`expected a session file that is free, got ${real} that this process has open`)
        }
        openHere.add(real)
        return fileLock(real, { clock }).pipe(
          mergeMap((lock) => openStore(real, lock, onFault, options.fileSystem)),
          finalize(() => openHere.delete(real)),
        )
      }),
  }
}

function openStore(
  path: string,
  lock: FileLock,
  onFault: (fault: StorageError) => void,
  fileSystem: FileSystem | undefined,
): Observable<Store> {
  return cold((subscriber) => {
    const file = durableFile(path, fileSystem)
    let close = () => {}
    subscriber.add(() => {
      close()
      lock.release()
    })
    try {
      file.sweep()
      const opened = fileStore(load(path, onFault), file, {
        onFault,
        failure: (error) => storageFailure('write', path, error),
      })
      close = () => opened.close()
      subscriber.next(opened.store)
    } catch (error) {
      subscriber.error(storageFailure('open', path, error))
    }
  })
}

/** Follows symbolic links by hand, since the file at their end need not exist yet. */
function realPath(path: string): string {
  try {
    let at = resolve(path)
    for (let links = 0; links <= MAX_LINKS; links++) {
      mkdirSync(dirname(at), { recursive: true, mode: OWNER_ONLY_FOLDER })
      at = join(realpathSync(dirname(at)), basename(at))
      const found = lstatSync(at, { throwIfNoEntry: false })
      if (found === undefined || found.isFile()) return at
      if (!found.isSymbolicLink()) throw new StorageError(`expected a file, got ${at} that is none`)
      at = resolve(dirname(at), readlinkSync(at))
    }
    throw new StorageError(`expected at most ${MAX_LINKS} symbolic links, got more at ${path}`)
  } catch (error) {
    throw storageFailure('open', path, error)
  }
}

function load(path: string, onFault: (fault: StorageError) => void): RecordTable {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return new RecordTable()
  if (found.size > MAX_FILE) {
    throw new StorageError(`expected a session file of at most ${MAX_FILE} bytes, got ${found.size} at ${path}`)
  }
  closeToOthers(path, found, onFault)
  const bytes = readFileSync(path)
  try {
    return textToTable(textOf(bytes))
  } catch (error) {
    if (!(error instanceof DamagedText)) throw inFile(error, path)
    const aside = setAside(path)
    const outcome = `it was set aside as ${aside}, and a new one begins empty`
    onFault(new StorageError(`the session file ${path} is damaged (${error.message}): ${outcome}`))
    return new RecordTable()
  }
}

function inFile(error: unknown, path: string): unknown {
  return error instanceof StorageError ? new StorageError(`${error.message}, at ${path}`) : error
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new DamagedText('expected UTF-8')
  }
}

/** Under a name that is free. A link and an unlink, because a rename would replace what has the name. */
function setAside(path: string): string {
  for (let n = 1; n <= MAX_DAMAGED; n++) {
    const aside = `${path}.damaged-${n}`
    try {
      linkSync(path, aside)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue
      throw error
    }
    unlinkSync(path)
    return aside
  }
  throw new StorageError(`expected a free name among ${path}.damaged-1 to ${MAX_DAMAGED}, got none`)
}

function closeToOthers(path: string, found: Stats, onFault: (fault: StorageError) => void): void {
  if (process.platform === 'win32' || (found.mode & 0o077) === 0) return
  try {
    chmodSync(path, OWNER_ONLY)
  } catch (error) {
    onFault(storageFailure('close to other users', path, error))
  }
}

function warn(fault: StorageError): void {
  process.emitWarning(fault.message, 'RxgramStorageWarning')
}
