import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StorageError } from '../../../lib/core/errors.ts'
import type { FileSystem } from '../../../lib/runtime/storage/durable-file.node.ts'
import { type FileStorageOptions, fileStorage } from '../../../lib/runtime/storage/file.node.ts'
import type { Storage } from '../../../lib/runtime/storage/storage.ts'
import { removeFolder } from '../../support/remove-folder.ts'

/** A folder of its own for each test, and a session file in it. */
export interface SessionFolder {
  readonly folder: string
  /** Of the session file; a test may choose another. */
  path: string
  /** What was told to `onFault`. */
  readonly faults: readonly StorageError[]
  storage(options?: FileStorageOptions): Storage
  /** The files in the folder, locks aside. */
  names(): readonly string[]
}

/** To be called inside a `describe`. */
export function sessionFolder(): SessionFolder {
  let folder: string
  let path: string
  let faults: StorageError[]

  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'rxgram-'))
    path = join(folder, 'bot.session')
    faults = []
  })
  // A write that was given up when its store was closed may still make its file, and removes it.
  afterEach(() => removeFolder(folder))

  return {
    get folder() {
      return folder
    },
    get path() {
      return path
    },
    set path(other) {
      path = other
    },
    get faults() {
      return faults
    },
    storage: (options = {}) => fileStorage(path, { onFault: (fault) => faults.push(fault), ...options }),
    names: () => fs.readdirSync(folder).filter((name) => !name.includes('.lock-')),
  }
}

/** Node's file system, with some of it replaced. */
export function withFaults(replaced: Partial<FileSystem>): FileSystem {
  return { ...fs, ...replaced } satisfies FileSystem
}

export function systemError(code: string): Error & { code: string } {
  return Object.assign(new Error(`${code}: as a test wants it`), { code })
}
