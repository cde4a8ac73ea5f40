import { authKey, type Side } from '../../lib/core/crypto/message-key.ts'
import type { CryptoWays } from './crypto-ways.ts'

/** What a run has tried. */
export interface Differential {
  /** By kind and way. */
  readonly cases: Readonly<Record<string, number>>
  readonly total: number
  readonly bytes: number
  readonly largest: number
}

/** A generator of 32-bit numbers that is the same everywhere (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

/**
 * Runs random cases through every way and compares each with @noble's answer, byte for byte: sizes around all borders
 * between ways and pieces, any alignment, packets opened in place and apart, wrong keys and spoilt packets, which all
 * ways must refuse alike. Throws at the first difference, and names it.
 */
export function differential(ways: CryptoWays, { seed, cases }: { seed: number; cases: number }): Differential {
  const next = numbers(seed)
  const { noble: _, ...others } = ways.primitives
  const counted: Record<string, number> = {}
  let bytes = 0
  let largest = 0

  /** Random bytes at any address. */
  const draw = (length: number): Uint8Array => {
    const offset = next() & 15
    const whole = new Uint8Array(offset + length)
    const words = new Uint32Array((length >> 2) + 1)
    for (let i = 0; i < words.length; i++) words[i] = next()
    whole.set(new Uint8Array(words.buffer, 0, length), offset)
    return whole.subarray(offset)
  }
  /** Mostly small, sometimes around the size of a piece or beyond it. */
  const size = (): number => {
    const kind = next() % 1000
    if (kind < 700) return next() % 400
    if (kind < 970) return next() % 3000
    if (kind < 996) return next() % 20_000
    return 65_536 - 64 + (next() % 128) + (kind === 999 ? 65_536 * (1 + (next() & 1)) : 0)
  }
  const same = (what: string, way: string, actual: Uint8Array | undefined, expected: Uint8Array | undefined): void => {
    const key = `${what} ${way}`
    counted[key] = (counted[key] ?? 0) + 1
    const equal =
      actual?.length === expected?.length && (actual === undefined || actual.every((byte, i) => byte === expected![i]))
    if (!equal) throw new Error(`${key}: differs from @noble for ${expected?.length} bytes; seed ${seed}`)
  }

  const message = (): void => {
    const key = authKey(draw(256).slice())
    const wrong = authKey(draw(256).slice())
    const from: Side = next() & 1 ? 'client' : 'server'
    const plaintext = draw(Math.max(48, (size() + 15) & ~15))
    bytes += plaintext.length
    largest = Math.max(largest, plaintext.length)
    const sealBy = (cipher: CryptoWays['messages'][string]): Uint8Array => {
      const place = cipher.place(plaintext.length)
      place.bytes.set(plaintext, place.at)
      return cipher.seal(key, from, place, plaintext.length)
    }
    const { noble } = ways.messages
    const packet = sealBy(noble)
    const spoilt = packet.slice()
    spoilt[8 + (next() % (spoilt.length - 8))]! ^= 1 << (next() & 7)
    const opened = noble.open(key, from, packet, false)
    same('open', 'noble', opened?.plaintext, plaintext)
    const spoiltOpened = noble.open(key, from, spoilt, false)
    same('refuse', 'noble', spoiltOpened?.plaintext, undefined)
    for (const [way, cipher] of Object.entries(ways.messages)) {
      if (cipher === noble) continue
      same('seal', way, sealBy(cipher), packet)
      const offset = next() & 15
      const backing = new Uint8Array(offset + packet.length)
      backing.set(packet, offset)
      const arrived = backing.subarray(offset)
      const apart = cipher.open(key, from, arrived, false)
      same('open', way, apart?.plaintext, plaintext)
      if (apart?.quickAckToken !== opened?.quickAckToken) throw new Error(`token ${way}: differs; seed ${seed}`)
      same('leave', way, arrived, packet)
      same('refuse', way, cipher.open(key, from, spoilt, false)?.plaintext, undefined)
      same('refuse key', way, cipher.open(wrong, from, packet, false)?.plaintext, undefined)
      same('open in place', way, cipher.open(key, from, arrived, true)?.plaintext, plaintext)
    }
  }

  const blocks = (): void => {
    const data = draw(size() & ~15)
    const key = draw(32)
    const iv = draw(32)
    bytes += data.length
    const encrypted = ways.primitives.noble.igeEncrypt(data, key, iv)
    for (const [way, { igeEncrypt, igeDecrypt }] of Object.entries(others)) {
      same('ige encrypt', way, igeEncrypt(data, key, iv), encrypted)
      same('ige decrypt', way, igeDecrypt(encrypted, key, iv), data)
    }
  }

  const hash = (): void => {
    const parts = Array.from({ length: next() % 4 }, () => draw(size()))
    for (const part of parts) bytes += part.length
    const expected = ways.primitives.noble.sha256(parts)
    for (const [way, { sha256 }] of Object.entries(others)) same('sha-256', way, sha256(parts), expected)
  }

  const stream = (): void => {
    const key = draw(32)
    // Counters that carry over, too.
    const iv = next() & 1 ? draw(16) : new Uint8Array(16).fill(255, next() % 16)
    const chunks = Array.from({ length: 1 + (next() % 5) }, () => draw(next() & 1 ? next() % 40 : size()))
    for (const chunk of chunks) bytes += chunk.length
    const expected = chunks.map(ways.primitives.noble.ctrStream(key, iv))
    for (const [way, { ctrStream }] of Object.entries(others)) {
      const process = ctrStream(key, iv)
      chunks.forEach((chunk, i) => {
        same('ctr', way, process(chunk), expected[i])
      })
    }
  }

  const kinds = [message, message, blocks, hash, stream] as const
  for (let i = 0; i < cases; i++) kinds[next() % kinds.length]!()
  return { cases: counted, total: cases, bytes, largest }
}

/** For people. */
export function report({ cases, total, bytes, largest }: Differential, seed: number): string {
  const lines = Object.entries(cases).sort(([a], [b]) => (a < b ? -1 : 1))
  const width = Math.max(...lines.map(([name]) => name.length))
  return [
    ...lines.map(([name, count]) => `  ${name.padEnd(width)}  ${count}`),
    `${total} cases, seed ${seed}, ${Math.round(bytes / 1e6)} MB, messages up to ${largest} bytes: all equal to @noble`,
  ].join('\n')
}
