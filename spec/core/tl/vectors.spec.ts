import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { installThemeRequest } from '../../../lib/api/account.ts'
import { readJSONValue, writeJSONValue } from '../../../lib/api/codec.ts'
import { getConfigRequest } from '../../../lib/api/help.ts'
import { initConnectionRequest, invokeWithLayerRequest } from '../../../lib/api/root.ts'
import type { JSONValue } from '../../../lib/api/types.ts'
import { fromHex, hex } from '../../../lib/core/bytes.ts'
import { DecodeError } from '../../../lib/core/errors.ts'
import { readServiceObject, type ServiceObject, writeServiceObject } from '../../../lib/core/protocol/service.ts'
import { gunzip } from '../../../lib/core/tl/gzip.node.ts'
import * as reader from '../../../lib/core/tl/reader.ts'
import { decode } from '../../../lib/core/tl/reader.ts'
import * as writer from '../../../lib/core/tl/writer.ts'
import { encode, encodeRequest } from '../../../lib/core/tl/writer.ts'

interface Vector {
  readonly name: string
  readonly kind: string
  readonly in: { readonly type?: string; readonly value?: unknown; readonly length?: number; readonly bytes?: string }
  readonly out: Readonly<Record<string, string | number>>
}

const file = new URL('../../vectors/tl-serialisation.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] }

const ofKind = (kind: string) => vectors.filter((vector) => vector.kind === kind)

type Codec = readonly [write: writer.Writer<never>, read: () => unknown, parse: (value: never) => unknown]

const same = (value: never): unknown => value
const bigints = (values: readonly string[]): unknown => values.map(BigInt)
const double = (value: string) => (value === 'inf' ? Number.POSITIVE_INFINITY : Number(value))

const vectorOfInt: writer.Writer<readonly number[]> = (items, position) =>
  writer.writeVector(items, writer.writeInt, position)

/** How the vectors' types are written, read, and their values understood. */
const codecs: Readonly<Record<string, Codec>> = {
  int: [writer.writeInt, reader.readInt, same],
  '#': [writer.writeUint, reader.readUint, same],
  long: [writer.writeLong, reader.readLong, (value: string) => BigInt(value)],
  double: [writer.writeDouble, reader.readDouble, double],
  string: [writer.writeString, reader.readString, same],
  Bool: [writer.writeBool, reader.readBool, same],
  int128: [writer.writeInt128, reader.readInt128, (value: string) => fromHex(value)],
  int256: [writer.writeInt256, reader.readInt256, (value: string) => fromHex(value)],
  'Vector<int>': [
    (items, position) => writer.writeVector(items, writer.writeInt, position),
    () => reader.readVector(reader.readInt),
    same,
  ],
  'vector<int>': [
    (items, position) => writer.writeBareVector(items, writer.writeInt, position),
    () => reader.readBareVector(reader.readInt),
    same,
  ],
  'Vector<long>': [
    (items, position) => writer.writeVector(items, writer.writeLong, position),
    () => reader.readVector(reader.readLong, 8),
    bigints,
  ],
  'Vector<string>': [
    (items, position) => writer.writeVector(items, writer.writeString, position),
    () => reader.readVector(reader.readString),
    same,
  ],
  'Vector<Vector<int>>': [
    (items, position) => writer.writeVector(items, vectorOfInt, position),
    () => reader.readVector(() => reader.readVector(reader.readInt), 8),
    same,
  ],
}

const tzOffset: JSONValue = {
  _: 'jsonObject',
  value: [{ _: 'jsonObjectValue', key: 'tz_offset', value: { _: 'jsonNumber', value: 7200 } }],
}

/** Vectors of whole objects, by the beginning of their names. */
const objects: readonly (readonly [string, (bytes: Uint8Array) => void])[] = [
  [
    'docs: getUsers',
    (bytes) => expect(decode(bytes.subarray(4), () => reader.readVector(reader.readInt))).to.deep.equal([2, 3, 4]),
  ],
  ['ping', (bytes) => service(bytes, { _: 'ping', pingId: 72623859790382856n })],
  ['msgs_ack', (bytes) => service(bytes, { _: 'msgs_ack', msgIds: [1n] })],
  ['msg_container', (bytes) => expect(hex(bytes)).to.equal(hex(container([4n, 0, 'aabbccdd'], [8n, 1, '11223344'])))],
  [
    'future_salts',
    (bytes) =>
      service(bytes, {
        _: 'future_salts',
        reqMsgId: 4n,
        now: 1700000000,
        salts: [{ _: 'future_salt', validSince: 1700000000, validUntil: 1700001800, salt: -2n }],
      }),
  ],
  [
    'mtcute/docs resPQ',
    (bytes) =>
      service(bytes.subarray(20), {
        _: 'resPQ',
        nonce: fromHex('3e0549828cca27e966b301a48fece2fc'),
        serverNonce: fromHex('a5cf4d33f4a11ea877ba4aa573907330'),
        pq: fromHex('17ed48941a08f981'),
        serverPublicKeyFingerprints: [-4344800451088585951n],
      }),
  ],
  [
    'flags: only a true flag',
    (bytes) => expect(encodeRequest(installThemeRequest({ dark: true }))).to.deep.equal(bytes),
  ],
  ['flags: bit 2', (bytes) => expect(encodeRequest(installThemeRequest({ format: 'android' }))).to.deep.equal(bytes)],
  ['flags: zero', (bytes) => expect(encodeRequest(installThemeRequest({}))).to.deep.equal(bytes)],
  [
    'JSONValue',
    (bytes) => {
      expect(encode(tzOffset, writeJSONValue)).to.deep.equal(bytes)
      expect(decode(bytes, readJSONValue)).to.deep.equal(tzOffset)
    },
  ],
  [
    'invokeWithLayer',
    (bytes) => {
      const query = initConnectionRequest({
        apiId: 12345,
        deviceModel: 'PC',
        systemVersion: 'Linux',
        appVersion: '1.0',
        systemLangCode: 'en',
        langPack: '',
        langCode: 'en',
        params: tzOffset,
        query: getConfigRequest(),
      })
      expect(encodeRequest(invokeWithLayerRequest({ layer: 228, query }))).to.deep.equal(bytes)
    },
  ],
]

function service(bytes: Uint8Array, value: ServiceObject): void {
  expect(encode(value, writeServiceObject)).to.deep.equal(bytes)
  expect(decode(bytes, readServiceObject)).to.deep.equal(value)
}

/** Containers are written by hand in the protocol; here with the writer alone. */
function container(...messages: readonly (readonly [bigint, number, string])[]): Uint8Array {
  return encode(messages, (list, position) => {
    const message: writer.Writer<readonly [bigint, number, string]> = ([id, seqno, body], at) => {
      const header = writer.writeInt(body.length / 2, writer.writeInt(seqno, writer.writeLong(id, at)))
      return writer.writeRaw(fromHex(body), header)
    }
    return writer.writeBareVector(list, message, writer.writeId(0x73f1f8dc, position))
  })
}

describe('tl vectors', () => {
  it('are the ones that this spec knows', () => {
    const kinds = ['tl-serialise', 'tl-bytes-pattern', 'gzip-packed', 'tl-bad', 'tl-lenient']
    expect(kinds.reduce((sum, kind) => sum + ofKind(kind).length, 0)).to.equal(vectors.length)
    expect(vectors).to.have.lengthOf(71)
  })

  for (const { name, in: given, out } of ofKind('tl-serialise')) {
    it(`serialise ${name}`, () => {
      const bytes = fromHex(String(out['bytes']))
      const codec = codecs[given.type ?? '']
      const object = objects.find(([start]) => name.startsWith(start))
      if (codec === undefined) {
        expect(object, 'a vector that nothing looks at').not.to.equal(undefined)
        object![1](bytes)
        return
      }
      const [write, read, parse] = codec
      const value = parse(given.value as never)
      expect(encode(value as never, write)).to.deep.equal(bytes)
      expect(decode(bytes, read)).to.deep.equal(value)
    })
  }

  for (const { name, in: given, out } of ofKind('tl-bytes-pattern')) {
    it(`serialise ${name}`, () => {
      const content = new Uint8Array(given.length!)
      for (let i = 0; i < content.length; i++) content[i] = i & 255
      const bytes = encode(content, writer.writeBytes)
      expect(bytes).to.have.lengthOf(Number(out['total']))
      // The header alone: in hex, the longest of them is a string of 32 MiB, and takes seconds on a busy machine.
      const header = String(out['header'])
      expect(hex(bytes.subarray(0, header.length / 2))).to.equal(header)
      expect(createHash('sha256').update(bytes).digest('hex')).to.equal(out['sha256'])
      expect(Buffer.compare(decode(bytes, reader.readBytes), content)).to.equal(0)
    })
  }

  for (const { name, in: given, out } of ofKind('gzip-packed')) {
    it(`unpack ${name}`, () => {
      const packed = decode(fromHex(given.bytes!), () => {
        reader.expectId(0x3072cfa1, 'gzip_packed')
        return reader.readBytes()
      })
      expect(hex(gunzip(packed, 1 << 20))).to.equal(out['unpacked'])
    })
  }

  const reads: Readonly<Record<string, () => unknown>> = {
    'string of length': reader.readString,
    padding: reader.readString,
    vector: () => reader.readVector(reader.readInt),
    wrong: () => reader.readVector(reader.readInt),
    unknown: readServiceObject,
    Bool: reader.readBool,
  }
  for (const { name, in: given } of ofKind('tl-bad')) {
    it(`refuse a ${name}`, () => {
      const read = Object.entries(reads).find(([start]) => name.startsWith(start))![1]
      expect(() => decode(fromHex(given.bytes!), read)).to.throw(DecodeError)
    })
  }

  for (const { name, in: given, out } of ofKind('tl-lenient')) {
    it(`accept a ${name}`, () => expect(hex(decode(fromHex(given.bytes!), reader.readBytes))).to.equal(out['value']))
  }
})
