import { MessageIds } from '../../../lib/core/protocol/message-id.ts'
import {
  constructorOf,
  type Message,
  readPacked,
  readRpcResult,
  writeContainer,
} from '../../../lib/core/protocol/pack.ts'
import {
  isServiceId,
  readServiceObject,
  type ServiceObject,
  writeServiceObject,
} from '../../../lib/core/protocol/service.ts'
import { decode } from '../../../lib/core/tl/reader.ts'
import { encode, writeInt } from '../../../lib/core/tl/writer.ts'
import { ServerSalts } from '../../../lib/local-dc/server-salts.ts'
import { ServerSession } from '../../../lib/local-dc/session/server-session.ts'
import type { SessionEffect, SessionEvent } from '../../../lib/local-dc/session/session-events.ts'
import { writeService } from '../../../lib/local-dc/session/write-service.ts'
import { type FakeEnv, type Fold, fakeEnv, foldMachine } from '../../support/machine.ts'

export const SALT = 77n
export const SESSION = 5n

/** What the session said: messages, containers taken apart. */
export interface Heard extends Message {
  readonly link: number
  /** The id of the packet's own message. */
  readonly packetId: bigint
  /** The service message, or `{ _: 'rpc_result' }`, or `{ _: 'body' }` for anything else. */
  readonly object:
    | ServiceObject
    | { readonly _: 'rpc_result'; readonly to: bigint; readonly result: Uint8Array }
    | { readonly _: 'body' }
}

/** A session with a client who can do anything. */
export interface Talk {
  readonly env: FakeEnv
  readonly fold: Fold<SessionEvent, SessionEffect>
  readonly ids: MessageIds
  /** A message of the client; bytes are a call and odd, service messages are even. */
  message(said: ServiceObject | Uint8Array, given?: Partial<Message>): Message
  /** Messages in one packet: several in a container. Returns all effects, the flush included. */
  say(
    messages: readonly Message[],
    given?: {
      readonly link?: number
      readonly salt?: bigint
      readonly quickAck?: boolean
      readonly outer?: Partial<Message>
    },
  ): readonly SessionEffect[]
  /** Any event, and the flush if one is wanted. */
  event(event: SessionEvent): readonly SessionEffect[]
}

/** The bytes of a call to a method that the session knows nothing of. */
export function aCall(method = 0x11111111): Uint8Array {
  return encode(method, writeInt)
}

/** Around the bytes of a call: invokeAfterMsgs. */
export function waitsFor(ids: readonly bigint[], call: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(12 + 8 * ids.length))
  head.setInt32(0, 0x3dc4b4f0, true)
  head.setInt32(4, 0x1cb5c415, true)
  head.setInt32(8, ids.length, true)
  for (const [at, id] of ids.entries()) head.setBigInt64(12 + 8 * at, id, true)
  return Uint8Array.from([...new Uint8Array(head.buffer), ...call])
}

export function talk(): Talk {
  const env = fakeEnv()
  const ids = new MessageIds()
  const fold = foldMachine<SessionEvent, SessionEffect>((given) => new ServerSession(new ServerSalts(SALT, given)), env)
  const event = (each: SessionEvent): readonly SessionEffect[] => {
    const effects = fold.send(each)
    return effects.some(({ _ }) => _ === 'flushSoon') ? [...effects, ...fold.send({ _: 'flush' })] : effects
  }
  const message: Talk['message'] = (said, given = {}) => {
    const isCall = said instanceof Uint8Array
    const body = isCall ? said : encode(said, writeServiceObject)
    return {
      messageId: given.messageId ?? ids.next(env),
      seqNo: given.seqNo ?? ids.nextSeqNo(isCall),
      body: given.body ?? body,
    }
  }
  return {
    env,
    fold,
    ids,
    message,
    event,
    say(messages, { link = 1, salt = SALT, quickAck = false, outer = {} } = {}) {
      const only = messages.length === 1 ? messages[0] : undefined
      const made = only ?? message(writeContainer(messages), { seqNo: ids.nextSeqNo(false) })
      const opened = { salt, sessionId: SESSION, quickAckToken: 0x80000001, ...made, ...outer }
      return event({ _: 'packet', link, quickAck, opened })
    },
  }
}

/** Everything that effects send. */
export function heardIn(effects: readonly SessionEffect[]): readonly Heard[] {
  return effects.flatMap((effect) => {
    if (effect._ !== 'write') return []
    const unpacked = readPacked(effect.message)
    if (unpacked instanceof Error) throw unpacked
    return unpacked.messages.map((each) => ({
      ...each,
      link: effect.link,
      packetId: effect.message.messageId,
      object: objectOf(each),
    }))
  })
}

/** The objects alone, without what opens a session. */
export function objectsIn(effects: readonly SessionEffect[]): readonly Heard['object'][] {
  return heardIn(effects)
    .map(({ object }) => object)
    .filter(({ _ }) => _ !== 'new_session_created')
}

function objectOf({ body }: Message): Heard['object'] {
  const id = constructorOf(body)
  if (id !== undefined && isServiceId(id)) return decode(body, readServiceObject)
  const answer = readRpcResult(body)
  if (answer instanceof Error) return { _: 'body' }
  if (answer.result instanceof Error) throw answer.result
  return { _: 'rpc_result', to: answer.requestId, result: answer.result }
}

/** The service object that is the result of a call: rpc_error, or what answers rpc_drop_answer. */
export function resultIn(object: Heard['object'] | undefined): ServiceObject | undefined {
  return object?._ === 'rpc_result' ? decode(object.result, readServiceObject) : undefined
}

export const PING = { _: 'ping', pingId: 9n } as const

/** What a call is answered with. */
export const RESULT: Uint8Array = writeService({ _: 'destroy_auth_key_ok' })

/** The calls that were handed out. */
export function callsIn(effects: readonly SessionEffect[]): readonly bigint[] {
  return effects.flatMap((effect) => (effect._ === 'call' ? [effect.query] : []))
}

/** A session in which something was said already. */
export function begun(): Talk {
  const talking = talk()
  talking.say([talking.message(PING)])
  return talking
}
