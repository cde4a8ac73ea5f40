import { isDeepStrictEqual } from 'node:util'
import { expect } from 'chai'
import * as api from '../../../lib/api/codec.ts'
import { DecodeError, UsageError } from '../../../lib/core/errors.ts'
import type { Request } from '../../../lib/core/invoker.ts'
import { type Combinator, schemaModel } from '../../../lib/core/schema/model.ts'
import { pascalCase } from '../../../lib/core/schema/names.ts'
import { decode } from '../../../lib/core/tl/reader.ts'
import { encode, encodeRequest, type Writer } from '../../../lib/core/tl/writer.ts'
import { ForeignIdError, LeftOverError, schemaCodec } from '../../../lib/local-dc/layers/codec.ts'
import { randomValues, seeded } from '../../support/random-values.ts'
import { requestBuilder } from './request-builder.ts'
import { boxed, own as model, randomParams } from './schemas.ts'

const codec = schemaCodec(model)
const generated = api as unknown as Readonly<Record<string, (value?: unknown) => unknown>>

describe('the codec of a schema and the generated one', () => {
  it('write the same bytes for every constructor, and read the same objects', () => {
    const random = randomValues(model, seeded(1))
    for (const combinator of model.constructors) {
      const type = (combinator.result as { name: string }).name
      for (let round = 0; round < 3; round++) {
        const value = random.object(combinator)
        const bytes = codec.write(boxed(type), value)
        const expected = encode(value, generated[`write${pascalCase(type)}`] as Writer<unknown>)
        expect(isDeepStrictEqual(bytes, expected), `${combinator.name} is written the same`).to.equal(true)
        const read = codec.read(boxed(type), bytes)
        expect(isDeepStrictEqual(read, decode(bytes, generated[`read${pascalCase(type)}`]!)), combinator.name).to.equal(
          true,
        )
        expect(isDeepStrictEqual(read, value), `${combinator.name} is what it was`).to.equal(true)
      }
    }
  })

  it('write the same bytes for every method, and read the same results', () => {
    const random = randomValues(model, seeded(2))
    for (const method of model.methods) {
      const params = randomParams(random, method)
      const inner: Request<unknown> = {
        method: 'x',
        params: undefined,
        write: (_params, at) => at,
        read: () => undefined,
      }
      const request = requestBuilder(method.name)(wrapping(method, params, inner))
      const bytes = codec.writeCall(method.name, wrapping(method, params, new Uint8Array(0)))
      expect(isDeepStrictEqual(bytes, encodeRequest(request)), `${method.name} is written the same`).to.equal(true)
      const call = codec.readCall(bytes)
      expect(call.method).to.equal(method)
      expect(isDeepStrictEqual(call.params, params), `${method.name} is what it was`).to.equal(true)
      if (method.result._ === 'generic') continue
      const result = random.value(method.result, false)
      const answer = codec.write(method.result, result)
      expect(
        isDeepStrictEqual(
          decode(answer, () => request.read()),
          result,
        ),
        `the result of ${method.name}`,
      ).to.equal(true)
      expect(isDeepStrictEqual(codec.read(method.result, answer), result), method.name).to.equal(true)
    }
  })
})

/** The params of a method, with `query` in them if it wraps one. */
function wrapping(method: Combinator, params: object, query: unknown): Record<string, unknown> {
  return method.generic === undefined ? { ...params } : { ...params, query }
}

describe('the codec of a schema', () => {
  it('gives the call inside a wrapper as bytes', () => {
    const query = codec.writeCall('help.getConfig', {})
    const call = codec.readCall(codec.writeCall('invokeWithLayer', { layer: 227, query }))
    expect(call.method.name).to.equal('invokeWithLayer')
    expect(call.params).to.deep.equal({ layer: 227 })
    expect(call.query).to.deep.equal(query)
  })

  it('tells an unknown method, an unknown constructor and left-over bytes apart', () => {
    const call = codec.writeCall('users.getUsers', { id: [{ _: 'inputUserSelf' }] })
    const foreign = call.slice()
    new DataView(foreign.buffer).setUint32(12, 0xdeadbeef, true)
    const longer = new Uint8Array([...call, 0, 0, 0, 0])
    const wrong = (bytes: Uint8Array): unknown => {
      try {
        return codec.readCall(bytes)
      } catch (error) {
        return error
      }
    }
    expect(wrong(foreign)).to.be.instanceOf(ForeignIdError).and.include({ id: 0xdeadbeef, isMethod: false })
    expect(wrong(foreign)).to.have.property('message').that.includes('users.getUsers.id[0]')
    expect(wrong(foreign.subarray(12)))
      .to.be.instanceOf(ForeignIdError)
      .and.include({ id: 0xdeadbeef, isMethod: true })
    expect(wrong(longer)).to.be.instanceOf(LeftOverError)
    expect(wrong(call.subarray(0, 12)))
      .to.be.instanceOf(DecodeError)
      .and.not.instanceOf(ForeignIdError)
    expect(wrong(call.subarray(0, 3)))
      .to.be.instanceOf(DecodeError)
      .and.not.instanceOf(ForeignIdError)
  })

  it('refuses a constructor of another type', () => {
    const user = codec.write(boxed('User'), { _: 'userEmpty', id: 1 })
    expect(() => codec.read(boxed('Chat'), user)).to.throw(ForeignIdError, 'expected Chat')
  })

  it('names the field that a caller got wrong', () => {
    const write = (): unknown =>
      codec.write(boxed('messages.Messages'), { _: 'messages.messages', messages: [{ _: 'messageEmpty', id: 'x' }] })
    expect(write).to.throw(UsageError, 'messages.messages.messages[0].messageEmpty.id: expected a 32-bit integer')
    expect(() => codec.write(boxed('User'), { _: 'nobody' })).to.throw(UsageError, "expected User, got 'nobody'")
    expect(() => codec.write(boxed('User'), undefined)).to.throw(UsageError, 'expected User, got undefined')
    const torn = { _: 'user', id: 1, bot: true }
    expect(() => codec.write(boxed('User'), torn)).to.throw(
      UsageError,
      'user: expected bot, botInfoVersion all together',
    )
    expect(() => codec.writeCall('no.such', {})).to.throw(UsageError, 'no.such')
  })

  it('refuses a schema whose wrapper has something behind the call', () => {
    const text = 'a#00000001 = A; ---functions--- wrap#00000002 {X:Type} query:!X layer:int = X;'
    expect(() => schemaCodec(schemaModel(text))).to.throw(
      UsageError,
      'line 1: expected nothing behind query:!X in wrap',
    )
  })

  it('reads bare constructors, several words of flags, vectors in vectors and odd names', () => {
    const text = `
      point x:int y:int = Point;
      odd flags:# a:flags.31?true inner:flags.0?point flags2:# b:flags2.0?int flags3:# c:flags3.5?Vector<Vector<long>> d:vector<point> default:string = Odd;`
    const small = schemaCodec(schemaModel(text))
    const point = { _: 'point', x: 1, y: -1 }
    const value = { _: 'odd', a: true, inner: point, b: 7, c: [[1n, 2n], []], d: [point, point], default: 'x' }
    const bytes = small.write(boxed('Odd'), value)
    expect(small.read(boxed('Odd'), bytes)).to.deep.equal(value)
    expect(bytes.length).to.equal(4 + 4 + 8 + 4 + 4 + 4 + (8 + 8 + 16 + 8) + (4 + 16) + 4)
    expect(() => small.write(boxed('Odd'), { ...value, d: [{ _: 'odd' }] })).to.throw(UsageError, 'expected point')
  })
})

describe('the codec of a schema, with hostile input', () => {
  it('ends every truncation with a DecodeError', () => {
    const random = randomValues(model, seeded(3))
    for (const method of model.methods) {
      if (method.generic !== undefined) continue
      const bytes = codec.writeCall(method.name, randomParams(random, method))
      const step = Math.max(1, bytes.length >> 4)
      for (let length = 0; length < bytes.length; length += step) {
        expect(() => codec.readCall(bytes.subarray(0, length)), `${method.name}, ${length} bytes`).to.throw(DecodeError)
      }
    }
  })

  it('survives bytes changed anywhere: a call, or a DecodeError', () => {
    const next = seeded(4)
    const random = randomValues(model, next)
    const below = (limit: number): number => Math.floor(next() * limit)
    for (let round = 0; round < 3000; round++) {
      const method = model.methods[below(model.methods.length)]!
      const bytes = codec.writeCall(method.name, wrapping(method, randomParams(random, method), new Uint8Array(4)))
      for (let hit = 0; hit < 3; hit++) bytes[below(bytes.length)] = below(256)
      try {
        codec.readCall(bytes)
      } catch (error) {
        expect(error).to.be.instanceOf(DecodeError)
      }
    }
  })

  it('reserves nothing for counts that lie', () => {
    const lie = new Uint8Array(16)
    const view = new DataView(lie.buffer)
    view.setUint32(0, model.byName.get('users.getUsers')!.id, true)
    view.setUint32(4, 0x1cb5c415, true)
    view.setUint32(8, 0x7fffffff, true)
    expect(() => codec.readCall(lie)).to.throw(DecodeError, 'items')
    view.setUint32(8, 0x80000000, true)
    expect(() => codec.readCall(lie)).to.throw(DecodeError, 'items')
  })

  it('counts depth and not breadth', () => {
    const bold = { _: 'textBold', text: { _: 'textItalic', text: { _: 'textPlain', text: 'x' } } }
    const wide = { _: 'textConcat', texts: Array.from({ length: 300 }, () => bold) }
    expect(isDeepStrictEqual(codec.read(boxed('RichText'), codec.write(boxed('RichText'), wide)), wide)).to.equal(true)
  })

  it('refuses what is nested too deep, both ways', () => {
    const nested = (depth: number): unknown =>
      depth === 0 ? { _: 'textEmpty' } : { _: 'textBold', text: nested(depth - 1) }
    const deep = new Uint8Array(4 * 100_000)
    const view = new DataView(deep.buffer)
    for (let at = 0; at < deep.length; at += 4) view.setUint32(at, model.byName.get('textBold')!.id, true)
    expect(() => codec.read(boxed('RichText'), deep)).to.throw(DecodeError, 'nested deeper than 100')
    expect(() => codec.write(boxed('RichText'), nested(101))).to.throw(UsageError, 'nested')
    const bytes = codec.write(boxed('RichText'), nested(100))
    expect(isDeepStrictEqual(codec.read(boxed('RichText'), bytes), decode(bytes, api.readRichText))).to.equal(true)
    expect(() => encode(nested(101) as never, api.writeRichText)).to.throw(UsageError, 'nested')
  })
})
