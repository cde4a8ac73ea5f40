import { expect } from 'chai'
import { type AuthKey, authKey } from '../../lib/core/crypto/message-key.ts'
import { ProtocolError } from '../../lib/core/errors.ts'
import type { Env } from '../../lib/core/machine.ts'
import { open, seal } from '../../lib/core/protocol/envelope.ts'
import { MessageIds } from '../../lib/core/protocol/message-id.ts'
import { constructorOf, isContainer, readPacked, writeContainer, writeRpcResult } from '../../lib/core/protocol/pack.ts'
import {
  isServiceId,
  readServiceObject,
  type ServiceObject,
  writeServiceObject,
} from '../../lib/core/protocol/service.ts'
import { decode } from '../../lib/core/tl/reader.ts'
import { encode } from '../../lib/core/tl/writer.ts'
import { seededRandom } from './marbles.ts'

/** A message of the client, as the server reads it. */
export interface Heard {
  readonly messageId: bigint
  readonly seqNo: number
  readonly body: Uint8Array
  /** Undefined: it is a call. */
  readonly service: ServiceObject | undefined
  /** The id of the outer message: the container's, or its own. */
  readonly packetId: bigint
}

/** A packet of the client. */
export interface HeardPacket {
  readonly salt: bigint
  readonly sessionId: bigint
  readonly messageId: bigint
  readonly seqNo: number
  readonly contained: boolean
  readonly messages: readonly Heard[]
}

/** Something that the server says: an object, or the bytes of one. */
export type Said = ServiceObject | Uint8Array

/** How it says it. What is not given is right. */
export interface Manner {
  readonly sessionId?: bigint
  readonly messageId?: bigint
  readonly seqNo?: number
  /** Parity of the number, per message: whether it wants to be acked. */
  readonly content?: boolean
  readonly key?: AuthKey
}

/** A key that every run has. */
export const FAKE_KEY: AuthKey = authKey(seededRandom(7)(256))

/** Any other. */
export const OTHER_KEY: AuthKey = authKey(seededRandom(8)(256))

/** Service messages that a server wants to be acked (description, "Content-related Message"). */
const CONTENT: ReadonlySet<string> = new Set(['new_session_created', 'msgs_state_req', 'msg_resend_req'])

/**
 * A server that only seals and opens: a spec says what is said. It learns the session from what it hears.
 *
 * @example
 * const [packet] = server.hear(session.send(event))
 * session.send(server.says(server.result(packet.messages[0].messageId, bytes)))
 */
export class FakeServer {
  key: AuthKey
  readonly ids: MessageIds
  readonly #env: Env
  readonly #random = seededRandom(9)
  sessionId = 0n
  link = 1

  /** `env`: the server's clock, which may be another than the client's. */
  constructor(env: Env, key: AuthKey = FAKE_KEY) {
    this.#env = env
    this.key = key
    this.ids = new MessageIds()
  }

  /** The id of its next message. */
  nextId(): bigint {
    return this.ids.nextAnswer(this.#env)
  }

  /** Opens what was written among those effects. */
  hear(effects: readonly { readonly _: string }[]): readonly HeardPacket[] {
    return effects.flatMap((effect) => ('packet' in effect ? [this.openPacket(effect.packet as Uint8Array)] : []))
  }

  /** All messages of what was written, without regard to packets. */
  messages(effects: readonly { readonly _: string }[]): readonly Heard[] {
    return this.hear(effects).flatMap(({ messages }) => messages)
  }

  /** Opens one packet. */
  openPacket(packet: Uint8Array): HeardPacket {
    const outer = open({ key: this.key, from: 'client', packet })
    if (outer instanceof ProtocolError) throw outer
    const unpacked = readPacked(outer)
    if (unpacked instanceof Error) throw unpacked
    expect(unpacked.bad).to.deep.equal([])
    this.sessionId = outer.sessionId
    const messages = unpacked.messages.map((message) => {
      const id = constructorOf(message.body)
      const service = id !== undefined && isServiceId(id) ? decode(message.body, readServiceObject) : undefined
      return { ...message, service, packetId: outer.messageId }
    })
    const { salt, sessionId, messageId, seqNo } = outer
    return { salt, sessionId, messageId, seqNo, contained: isContainer(outer.body), messages }
  }

  /** One packet with one message. */
  packet(said: Said, manner: Manner = {}): Uint8Array {
    const body = said instanceof Uint8Array ? said : encode(said, writeServiceObject)
    const content = manner.content ?? (said instanceof Uint8Array || CONTENT.has(said._))
    return seal({
      key: manner.key ?? this.key,
      from: 'server',
      salt: 0n,
      sessionId: manner.sessionId ?? this.sessionId,
      messageId: manner.messageId ?? this.ids.nextAnswer(this.#env),
      seqNo: manner.seqNo ?? this.ids.nextSeqNo(content),
      body,
      random: this.#random,
    })
  }

  /** One packet with a container. */
  container(all: readonly Said[], manners: readonly Manner[] = []): Uint8Array {
    const messages = all.map((said, index) => {
      const { content, messageId, seqNo } = manners[index] ?? {}
      const body = said instanceof Uint8Array ? said : encode(said, writeServiceObject)
      const counts = content ?? (said instanceof Uint8Array || CONTENT.has(said._))
      return {
        messageId: messageId ?? this.ids.nextAnswer(this.#env),
        seqNo: seqNo ?? this.ids.nextSeqNo(counts),
        body,
      }
    })
    return this.packet(writeContainer(messages), { content: false })
  }

  /** `packet` as the event of a session. */
  says(said: Said, manner: Manner = {}): { _: 'received'; link: number; packet: Uint8Array } {
    return { _: 'received', link: this.link, packet: this.packet(said, manner) }
  }

  /** `container` as the event of a session. */
  saysAll(...all: readonly Said[]): { _: 'received'; link: number; packet: Uint8Array } {
    return { _: 'received', link: this.link, packet: this.container(all) }
  }

  /** The answer to a call. */
  result(requestId: bigint, body: Uint8Array): Uint8Array {
    return writeRpcResult(requestId, body)
  }

  /** The refusal of a call. */
  refusal(requestId: bigint, errorCode: number, errorMessage: string): Uint8Array {
    return writeRpcResult(requestId, encode({ _: 'rpc_error', errorCode, errorMessage }, writeServiceObject))
  }
}
