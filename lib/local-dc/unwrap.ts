/**
 * Wrappers around a call: generic functions whose last field is the call itself. They come in any order, and any level
 * may be packed. https://core.telegram.org/api/invoking
 */
import { readInputClientProxy, readJSONValue, readMessageRange } from '../api/codec.ts'
import { DecodeError } from '../core/errors.ts'
import { constructorOf, isGzipPacked, MAX_UNPACKED, ungzip } from '../core/protocol/pack.ts'
import { decodePrefix, readInt, readLong, readString, readUint, readVector } from '../core/tl/reader.ts'

/** A call without its wrappers, and what these said. */
export interface Call {
  /** `invokeWithLayer`; the innermost counts, if there are several. */
  readonly layer: number | undefined
  readonly init: Init | undefined
  readonly withoutUpdates: boolean
  /** Calls that must have been answered before: ids of their messages. */
  readonly after: readonly bigint[]
  /** A wrapper that stands for something that was never given out, and so can only be refused. */
  readonly refused: string | undefined
  /** The constructor id of the call, signed. */
  readonly method: number
  /** The call, boxed. */
  readonly query: Uint8Array
}

/** What a client says about itself: `initConnection`. */
export interface Init {
  readonly apiId: number
  readonly deviceModel: string
  readonly systemVersion: string
  readonly appVersion: string
  readonly langCode: string
}

/** More wrappers than that are no honest call. */
const MAX_WRAPPERS = 16
/** Calls that one call may wait for. */
const MAX_AFTER = 1024

type Draft = { -readonly [Key in keyof Omit<Call, 'method' | 'query'>]: Call[Key] }

/** Reads the fields of one wrapper, up to its call, into the draft. */
type ReadWrapper = (draft: Draft) => unknown

const WRAPPERS: ReadonlyMap<number, ReadWrapper> = new Map<number, ReadWrapper>([
  // invokeAfterMsg msg_id:long query:!X
  [0xcb9f372d | 0, (draft) => addAfter(draft, [readLong()])],
  // invokeAfterMsgs msg_ids:Vector<long> query:!X
  [0x3dc4b4f0, (draft) => addAfter(draft, readVector(readLong, 8))],
  // initConnection flags:# ... query:!X
  [0xc1cd5ea9 | 0, (draft) => Object.assign(draft, { init: readInit() })],
  // invokeWithLayer layer:int query:!X
  [0xda9b0d0d | 0, (draft) => Object.assign(draft, { layer: readInt() })],
  // invokeWithoutUpdates query:!X
  [0xbf9459b7 | 0, (draft) => Object.assign(draft, { withoutUpdates: true })],
  // invokeWithMessagesRange range:MessageRange query:!X
  [0x365275f2, () => readMessageRange()],
  // invokeWithTakeout takeout_id:long query:!X: none was ever begun
  [0xaca9fd2e | 0, (draft) => refuseAfter(draft, 'TAKEOUT_INVALID', readLong())],
  // invokeWithBusinessConnection connection_id:string query:!X: nor any connection made
  [0xdd289f8e | 0, (draft) => refuseAfter(draft, 'CONNECTION_ID_INVALID', readString())],
  // invokeWithGooglePlayIntegrity nonce:string token:string query:!X
  [0x1df92984, () => [readString(), readString()]],
  // invokeWithApnsSecret nonce:string secret:string query:!X
  [0x0dae54f8, () => [readString(), readString()]],
  // invokeWithReCaptcha token:string query:!X
  [0xadbb0f94 | 0, () => readString()],
])

/** Takes the wrappers off a call. A DecodeError when they can't be read. */
export function unwrap(body: Uint8Array, limit: number = MAX_UNPACKED): Call | DecodeError {
  const draft: Draft = { layer: undefined, init: undefined, withoutUpdates: false, after: [], refused: undefined }
  try {
    let query = body
    for (let level = 0; level <= MAX_WRAPPERS; level++) {
      if (isGzipPacked(query)) query = ungzip(query, limit)
      const method = constructorOf(query)
      if (method === undefined) throw new DecodeError('expected a call, got nothing')
      const read = WRAPPERS.get(method)
      if (read === undefined) return { ...draft, method, query }
      const fields = query.subarray(4)
      query = fields.subarray(decodePrefix(fields, () => read(draft)).length)
    }
    throw new DecodeError(`expected at most ${MAX_WRAPPERS} wrappers around a call, got more`)
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

function addAfter(draft: Draft, ids: readonly bigint[]): void {
  if (draft.after.length + ids.length > MAX_AFTER)
    throw new DecodeError(`expected at most ${MAX_AFTER} calls to wait for`)
  draft.after = [...draft.after, ...ids]
}

function refuseAfter(draft: Draft, refusal: string, _field: unknown): void {
  draft.refused = refusal
}

/** `initConnection`, without its id and up to its query. */
function readInit(): Init {
  const flags = readUint()
  const apiId = readInt()
  const [deviceModel, systemVersion, appVersion] = [readString(), readString(), readString()]
  readString()
  readString()
  const langCode = readString()
  if ((flags & 1) !== 0) readInputClientProxy()
  if ((flags & 2) !== 0) readJSONValue()
  return { apiId, deviceModel, systemVersion, appVersion, langCode }
}
