/**
 * Every message of MTProto that comes or goes, as an event: which it is and whose answer, never what it says. The
 * messages are seen by the hooks of faults.ts, around those that were given: without a wish for events nothing is looked at.
 */
import { DecodeError } from '../core/errors.ts'
import {
  constructorOf,
  isRpcResult,
  type Message,
  readPacked,
  readRequestId,
  readRpcResult,
} from '../core/protocol/pack.ts'
import { isServiceId, readServiceObject, type ServiceObject } from '../core/protocol/service.ts'
import { refusalText } from '../core/refusal-text.ts'
import { idText } from '../core/tl/ids.ts'
import { decode } from '../core/tl/reader.ts'
import type { LocalDcEvent } from './events.ts'
import type { Faults, Place } from './faults.ts'
import { unwrap } from './unwrap.ts'

type MessageEvent = Extract<LocalDcEvent, { readonly event: 'message' }>

export interface MessageEventsOptions {
  tell(event: MessageEvent): void
  /** The TL name of what these bytes begin as. */
  named(bytes: Uint8Array): string | undefined
}

/** The same hooks, with every message told. Of what they bend, that is told which really comes or goes. */
export function messageEvents(faults: Faults | undefined, { tell, named }: MessageEventsOptions): Faults {
  const event = (from: MessageEvent['from'], { link, session }: Place, { messageId, body }: Message, more: object) =>
    tell({
      event: 'message',
      from,
      connection: link,
      session,
      message: messageId.toString(),
      ...about(body, named),
      ...more,
    })
  return {
    ...passed(faults),
    received(message, place) {
      const fate = faults?.received?.(message, place) ?? 'take'
      // The messages in a container are asked about one by one.
      if (message.as !== 'container') event('client', place, message, fate === 'take' ? {} : { fate: String(fate) })
      return fate
    },
    outgoing(message, place) {
      const all = faults?.outgoing?.(message, place) ?? [message]
      for (const each of all)
        for (const inner of contained(each)) event('server', place, inner, methodOf(inner.body, place))
      return all
    },
  }
}

/** The hooks that are of no interest here. Those that are missing stay missing. */
function passed(faults: Faults = {}): Faults {
  const { incoming, leaving, packet } = faults
  return {
    ...(incoming && { incoming: incoming.bind(faults) }),
    ...(leaving && { leaving: leaving.bind(faults) }),
    ...(packet && { packet: packet.bind(faults) }),
  }
}

function contained(message: Message): readonly Message[] {
  const unpacked = readPacked(message)
  return unpacked instanceof DecodeError ? [message] : unpacked.messages
}

/** What a message is, and how big. */
function about(
  body: Uint8Array,
  named: MessageEventsOptions['named'],
): Pick<MessageEvent, 'what' | 'bytes' | 'of' | 'error'> {
  const bytes = body.length
  const id = constructorOf(body)
  if (id === undefined) return { what: 'nothing', bytes }
  if (isRpcResult(body)) {
    const of = readRequestId(body)
    return { what: 'rpc_result', bytes, ...(of instanceof DecodeError ? {} : { of: of.toString() }), ...refusal(body) }
  }
  if (isServiceId(id)) return { what: service(body)?._ ?? idText(id), bytes }
  const call = unwrap(body)
  const name = call instanceof DecodeError ? undefined : named(call.query)
  return { what: name ?? idText(call instanceof DecodeError ? id : call.method), bytes }
}

function methodOf(body: Uint8Array, place: Place): Pick<MessageEvent, 'method'> {
  const of = isRpcResult(body) ? readRequestId(body) : undefined
  const method = typeof of === 'bigint' ? place.method(of) : undefined
  return method === undefined ? {} : { method }
}

function refusal(body: Uint8Array): Pick<MessageEvent, 'error'> {
  const answer = readRpcResult(body)
  const result = answer instanceof DecodeError ? answer : answer.result
  const object = result instanceof DecodeError ? undefined : service(result)
  return object?._ === 'rpc_error' ? { error: refusalText(object.errorCode, object.errorMessage) } : {}
}

function service(body: Uint8Array): ServiceObject | undefined {
  const id = constructorOf(body)
  if (id === undefined || !isServiceId(id)) return undefined
  try {
    return decode(body, readServiceObject)
  } catch {
    return undefined
  }
}
