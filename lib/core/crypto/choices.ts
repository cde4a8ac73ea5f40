/**
 * Which way is taken, by platform and size: the one place where that is said. Specs read it to try every way on both
 * sides of each border, the bench to name what it measures. The figures behind it are in docs/performance.md.
 */

/** From the top: the first row whose `upTo` is not below the length in bytes. */
export type Choice<Way extends string> = readonly { readonly upTo: number; readonly way: Way }[]

/**
 * fused: all in WebAssembly, one call; hashed: native hash, the rest in WebAssembly; cbc: native hash and CBC, XOR in
 * WebAssembly; noble: all in JavaScript.
 */
export type MessageWay = 'fused' | 'hashed' | 'cbc' | 'noble'
/** native: node:crypto; wasm: the module; cbc: native CBC with XOR in WebAssembly; noble: @noble in JavaScript. */
export type PrimitiveWay = 'native' | 'wasm' | 'cbc' | 'noble'

/** What is chosen on one platform. Lengths are those of plaintexts, padding and all. */
export interface Choices {
  readonly seal: Choice<MessageWay>
  readonly open: Choice<MessageWay>
  readonly igeEncrypt: Choice<PrimitiveWay>
  readonly igeDecrypt: Choice<PrimitiveWay>
  readonly sha256: Choice<PrimitiveWay>
  readonly ctr: Choice<PrimitiveWay>
}

const always = <Way extends string>(way: Way): Choice<Way> => [{ upTo: Infinity, way }]

const native = { sha256: always('native'), ctr: always('native') } as const

/** `node20` is Node 20 and 22; from Node 24 on making a native cipher takes 14 us in place of 2. */
export const choices: Readonly<Record<'node20' | 'node24' | 'browser' | 'forbidden', Choices>> = {
  node20: {
    ...native,
    seal: [{ upTo: 639, way: 'fused' }, { upTo: 1279, way: 'hashed' }, ...always('cbc')],
    open: [{ upTo: 639, way: 'fused' }, ...always('hashed')],
    igeEncrypt: [{ upTo: 1023, way: 'wasm' }, ...always('cbc')],
    igeDecrypt: always('wasm'),
  },
  node24: {
    ...native,
    seal: [{ upTo: 639, way: 'fused' }, { upTo: 7167, way: 'hashed' }, ...always('cbc')],
    open: [{ upTo: 639, way: 'fused' }, ...always('hashed')],
    igeEncrypt: [{ upTo: 7167, way: 'wasm' }, ...always('cbc')],
    igeDecrypt: always('wasm'),
  },
  browser: {
    seal: always('fused'),
    open: always('fused'),
    igeEncrypt: always('wasm'),
    igeDecrypt: always('wasm'),
    sha256: always('wasm'),
    ctr: always('wasm'),
  },
  forbidden: {
    seal: always('noble'),
    open: always('noble'),
    igeEncrypt: always('noble'),
    igeDecrypt: always('noble'),
    sha256: always('noble'),
    ctr: always('noble'),
  },
}

/** Which messages are the first: none longer than `upTo`, and together no more than `bytes`, `each` counted besides. */
export interface Beginning {
  readonly upTo: number
  readonly bytes: number
  readonly each: number
}

/**
 * The first messages of a process go by OpenSSL alone, step by step (15 us each, 30 us per KiB to open): who connects,
 * asks and leaves does so without the module, which costs 2 ms to make and as much again while it is warming up.
 */
export const beginning: Beginning = { upTo: 4096, bytes: 65_536, each: 512 }

/** The way for a length. */
export function chosen<Way extends string>(choice: Choice<Way>, length: number): Way {
  for (const { upTo, way } of choice) if (length <= upTo) return way
  throw new RangeError(`expected a choice for every length, got none for ${length}`)
}
