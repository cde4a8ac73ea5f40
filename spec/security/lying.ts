import { concat, defer, ignoreElements, map, type Observable, switchMap, take } from 'rxjs'
import { platform } from '#crypto'
import { getNearestDc } from '../../lib/api/help.ts'
import type { Client } from '../../lib/client.ts'
import { type AuthKey, authKey } from '../../lib/core/crypto/message-key.ts'
import { open, sealPlaintext } from '../../lib/core/protocol/envelope.ts'
import { isRpcResult, readPacked, readRequestId, writeRpcResult } from '../../lib/core/protocol/pack.ts'
import { encode, writeInt, writeString } from '../../lib/core/tl/writer.ts'
import type { Faults, OutgoingMessage } from '../../lib/local-dc/faults.ts'
import { memoryStorage } from '../../lib/runtime/storage/memory.ts'
import type { Connect } from '../../lib/runtime/transport/link.ts'
import { seededRandom } from '../support/marbles.ts'
import { flow, type Stage } from '../telegram/flow.ts'

/** The key of the client's session: the spec has it too, and so can say anything in the server's name. */
export const KEY: AuthKey = authKey(seededRandom(77)(256))

/** How the local DC lies; a scenario sets it when it is time to. */
export interface Lies {
  /** In place of a message that answers a call: what is sealed and sent. */
  answer?: ((message: OutgoingMessage) => readonly OutgoingMessage[]) | undefined
  /** In place of a packet with an answer to a call. */
  packet?: ((sealed: Uint8Array) => readonly Uint8Array[]) | undefined
}

export interface LiedTo extends Stage {
  readonly tg: Client
  readonly lies: Lies
  /** Every packet that the client sent, after the introduction. */
  readonly sent: readonly Uint8Array[]
  /** A call whose true answer is always the same: the country that the client was told. */
  ask(): Observable<string>
}

/** What an honest local DC says. */
export const TRUE_COUNTRY = 'N'
/** And what is forged. */
export const FORGED_COUNTRY = 'FORGED'

const NEAREST_DC = 0x8e1a1775 | 0

/** A flow with one client that has talked to its local DC already. */
export function liedTo(scenario: (stage: LiedTo) => Observable<unknown>): () => void {
  const lies: Lies = {}
  const faults: Faults = {
    outgoing: (message) => (requestIn(message) === undefined ? [message] : (lies.answer?.(message) ?? [message])),
    packet: (sealed) => (hasAnswer(sealed) ? (lies.packet?.(sealed) ?? [sealed]) : [sealed]),
  }
  return flow(
    (stage) => {
      lies.answer = undefined
      lies.packet = undefined
      const sent: Uint8Array[] = []
      const storage = memoryStorage()
      const recorded: Connect = (endpoint) =>
        stage.dc.connect(endpoint).pipe(
          map((link) => ({
            incoming$: link.incoming$,
            send(packet: Uint8Array) {
              sent.push(packet.slice())
              link.send(packet)
            },
            buffered: 0,
          })),
        )
      stage.dc.orders.addKey({ key: KEY, salt: 1n })
      const stored$ = storage.open().pipe(
        switchMap((store) =>
          concat(
            store.write([{ kind: 'authKey', key: '1', value: { key: KEY.bytes, timeOffset: 0 } }]),
            defer(() => ['stored']),
          ),
        ),
        take(1),
        ignoreElements(),
      )
      const played$ = defer(() => {
        const tg = stage.client({ storage, transport: recorded })
        const ask = () => getNearestDc(tg).pipe(map(({ country }) => country))
        const rest$ = defer(() => {
          sent.length = 0
          return scenario({ ...stage, tg, lies, sent, ask })
        })
        return concat(ask(), stage.clock.after(1000), rest$)
      })
      return concat(stored$, played$)
    },
    {
      faults,
      methods: { 'help.getNearestDc': () => ({ _: 'nearestDc', country: TRUE_COUNTRY, thisDc: 1, nearestDc: 1 }) },
    },
  )
}

/** The call that a message, or one in it, answers. */
export function requestIn({ messageId, seqNo, body }: OutgoingMessage): bigint | undefined {
  const unpacked = readPacked({ messageId, seqNo, body })
  if (unpacked instanceof Error) return undefined
  const result = unpacked.messages.find((each) => isRpcResult(each.body))
  const request = result && readRequestId(result.body)
  return typeof request === 'bigint' ? request : undefined
}

function hasAnswer(sealed: Uint8Array): boolean {
  const opened = open({ key: KEY, from: 'server', packet: sealed })
  return !(opened instanceof Error) && requestIn(opened) !== undefined
}

/** The forged result, as TL. */
export function forgedResult(): Uint8Array {
  return encode(FORGED_COUNTRY, (country, position) =>
    writeInt(1, writeInt(1, writeString(country, writeInt(NEAREST_DC, position)))),
  )
}

/** The forged answer to the call that the message answers, in a message like it. */
export function forged(message: OutgoingMessage): OutgoingMessage {
  return { ...message, seqNo: message.seqNo | 1, body: writeRpcResult(requestIn(message)!, forgedResult()) }
}

/** A packet that says the same but for what `change` does to its plaintext, sealed with the right key. */
export function resealed(packet: Uint8Array, change: (plaintext: Uint8Array) => Uint8Array): Uint8Array {
  const opened = platform.messages.open(KEY, 'server', packet, false)
  if (opened === undefined) throw new Error('expected a packet of this key')
  return sealPlaintext(KEY, 'server', change(opened.plaintext.slice()))
}
