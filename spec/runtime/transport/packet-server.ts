import { concat as concatObservables, from, NEVER, type Observable, Subject } from 'rxjs'
import { concat } from '../../../lib/core/bytes.ts'
import { type Framing, frameDecoder, frameEncoder } from '../../../lib/core/protocol/frame.ts'
import { obfuscateServer } from '../../../lib/core/protocol/obfuscation.ts'
import { sniff } from '../../../lib/core/protocol/sniff.ts'
import type { Link } from '../../../lib/runtime/transport/link.ts'
import { seededRandom } from '../../support/marbles.ts'

/** The framings, as a table for specs. */
export const FRAMINGS: readonly Framing[] = ['abridged', 'intermediate', 'padded', 'full']

/** What a server knows of a connection once its first bytes are in. */
export interface Heard {
  framing?: Framing
  /** The DC of the obfuscation header. */
  dc?: number
  readonly packets: Uint8Array[]
  /** How the connection ended, if it did. */
  over?: 'closed' | 'broken'
}

/** A plain server on a link of bytes: tells the framing by the first bytes, notes packets, and answers by `answer`. */
export function packetServer(
  link: Link,
  answer: (packet: Uint8Array) => Uint8Array | undefined = (packet) => packet,
): Heard {
  const heard: Heard = { packets: [] }
  let head: Uint8Array = new Uint8Array(0)
  let feed: ((bytes: Uint8Array) => void) | undefined

  function plain(framing: Framing, encrypt: (bytes: Uint8Array) => Uint8Array): (bytes: Uint8Array) => void {
    heard.framing = framing
    const decode = frameDecoder(framing, 'server')
    const encode = frameEncoder(framing, seededRandom(7))
    return (bytes) => {
      for (const frame of decode(bytes)) {
        if (frame._ !== 'packet') continue
        heard.packets.push(Uint8Array.from(frame.bytes))
        const reply = answer(frame.bytes)
        if (reply !== undefined) link.send(encrypt(encode(reply)))
      }
    }
  }

  function begin(): void {
    const found = sniff(head)
    if (typeof found === 'object') {
      const tag = { abridged: 1, intermediate: 4, padded: 4, full: 0 }[found.framing]
      feed = plain(found.framing, (bytes) => bytes)
      feed(head.subarray(tag))
    } else if (found === 'obfuscated' && head.length >= 64) {
      const stream = obfuscateServer(head.slice(0, 64))!
      heard.dc = stream.dc
      const inner = plain(stream.framing, (bytes) => stream.encrypt(bytes))
      feed = (bytes) => inner(stream.decrypt(bytes))
      feed(head.slice(64))
    }
  }

  link.incoming$.subscribe({
    next(bytes) {
      if (feed !== undefined) return feed(bytes)
      head = concat(head, bytes)
      begin()
    },
    complete: () => {
      heard.over = 'closed'
    },
    error: () => {
      heard.over = 'broken'
    },
  })
  return heard
}

/** A packet that no framing changes: whole words, as long as a message, and the padded form can tell its end. */
export function packet(size: number, seed = 1): Uint8Array {
  const length = 24 + Math.ceil(size / 16) * 16
  const bytes = seededRandom(seed)(length)
  bytes[0] = 1
  return bytes
}

/** A link by hand: what it is given to receive, and what was sent on it. */
export function fakeLink(incoming$: Observable<Uint8Array> = new Subject()): Link & { readonly sent: Uint8Array[] } {
  const sent: Uint8Array[] = []
  return { incoming$, sent, send: (bytes) => void sent.push(bytes), buffered: 0 }
}

/** A source that emits at once and stays, as transports do. */
export function staying<Value>(...values: readonly Value[]): Observable<Value> {
  return concatObservables(from(values), NEVER)
}

/** `bytes` in pieces of `size`. */
export function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}
