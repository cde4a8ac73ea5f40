/**
 * Every error class of the library, by who is to blame.
 * None of their messages carries a secret: no key, code, password, token or message text.
 */

/** What every error of this library is. */
export abstract class TelegramError extends Error {
  abstract override readonly name: string
}

/** The server refused the call: `rpc_error` (https://core.telegram.org/api/errors). */
export class RpcError extends TelegramError {
  override readonly name = 'RpcError'
  /** The class of the error, as in HTTP: 303, 400, 401, 403, 404, 406, 420, 500, -503. */
  readonly code: number
  /** The error's name with its number cut out: `FLOOD_WAIT` of `FLOOD_WAIT_31`. */
  readonly type: string
  /** The number that was cut out, or undefined. */
  readonly value: number | undefined
  /** The error exactly as the server wrote it. */
  readonly text: string
  /** The TL name of the method that was called. */
  readonly method: string

  constructor(code: number, text: string, method: string) {
    super(`${method}: ${code} ${text}`)
    this.code = code
    this.text = text
    this.method = method
    const parsed = parseErrorText(text)
    this.type = parsed.type
    this.value = parsed.value
  }
}

/**
 * Cuts the number out of an error's text. Names that begin with a digit keep it (`2FA_CONFIRM_WAIT`), and a
 * number that is part of a word stays (`WAIT_5MIN`).
 */
export function parseErrorText(text: string): { readonly type: string; readonly value: number | undefined } {
  const found = /_(\d+)(?=_|$)/.exec(text)
  if (found === null) return { type: text, value: undefined }
  const value = Number(found[1])
  return { type: text.slice(0, found.index) + text.slice(found.index + found[0].length), value }
}

/**
 * Whether `error` is the server's refusal, and of that name.
 *
 * @example
 * catchError((error) => (isRpcError(error, 'PEER_FLOOD') ? EMPTY : throwError(() => error)))
 */
export function isRpcError(error: unknown, type?: string): error is RpcError {
  return error instanceof RpcError && (type === undefined || error.type === type)
}

/** The connection failed. `outcome` answers what a caller must know: may the call be sent again? */
export class TransportError extends TelegramError {
  override readonly name = 'TransportError'
  /** `unsent`: the server surely did not get it. `unknown`: it may have run. */
  readonly outcome: 'unsent' | 'unknown'
  /** The negative code of a transport error frame (-404, -429, -444), or undefined. */
  readonly code: number | undefined

  constructor(message: string, outcome: 'unsent' | 'unknown', options?: { code?: number; cause?: unknown }) {
    super(message, { cause: options?.cause })
    this.outcome = outcome
    this.code = options?.code
  }
}

/** The other side broke MTProto: a check of the key exchange or of a message failed. */
export class ProtocolError extends TelegramError {
  override readonly name = 'ProtocolError'
}

/** Bytes that are not the TL they were said to be. `path` leads to the bad field. */
export class DecodeError extends TelegramError {
  override readonly name = 'DecodeError'
  /** From the outside in: `messages.messages`, `messages`, `[3]`, `message`, `date`. */
  readonly path: readonly string[]
  readonly reason: string

  constructor(reason: string, path: readonly string[] = []) {
    super(path.length === 0 ? reason : `${reason} at ${path.join('.').replaceAll('.[', '[')}`)
    this.reason = reason
    this.path = path
  }
}

/** No answer in the time that was asked for. */
export class TimeoutError extends TelegramError {
  override readonly name = 'TimeoutError'
}

/** The client was closed while the call was open. */
export class ClosedError extends TelegramError {
  override readonly name = 'ClosedError'
}

/** The caller's own mistake: thrown where it was made, or the error of the call. */
export class UsageError extends TelegramError {
  override readonly name = 'UsageError'
}

/** The stored session can't be read, written or locked. */
export class StorageError extends TelegramError {
  override readonly name = 'StorageError'
}
