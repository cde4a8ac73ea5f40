/** Failures of the file system in words. */
import { StorageError } from '../../core/errors.ts'

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'not permitted',
  EDQUOT: 'the quota is used up',
  EIO: 'the device failed',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of the path is no folder',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
}

/** The error's code, as Node gives it: `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code
}

/** A failure of Node as ours: `could not write /x: no space is left on the device (ENOSPC)`; `cause` keeps the code. */
export function storageFailure(what: string, path: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const code = codeOf(error)
  const reason = code === undefined ? String(error) : `${REASONS[code] ?? 'it failed'} (${code})`
  return new StorageError(`could not ${what} ${path}: ${reason}`, { cause: error })
}
