import { expect } from 'chai'
import * as direct from '../../lib/api/codec.ts'
import * as compact from '../../lib/api/compact/codec.ts'
import { schema } from '../../lib/api/schema.ts'
import { DecodeError } from '../../lib/core/errors.ts'
import { type Combinator, schemaModel } from '../../lib/core/schema/model.ts'
import { pascalCase } from '../../lib/core/schema/names.ts'
import { decode } from '../../lib/core/tl/reader.ts'
import { encode, type Writer } from '../../lib/core/tl/writer.ts'
import { type RandomOptions, randomValues, seeded, type TlObject } from '../support/random-values.ts'
import { referenceBytes } from '../support/reference-writer.ts'

// Every constructor of the layer, by values made from the schema alone.

const model = schemaModel(schema)

/** Node's, of generated functions, and the browsers', of text. */
const codecs = { direct, compact }

function typeName({ result }: Combinator): string {
  return pascalCase(result._ === 'boxed' ? result.name : '')
}

const ids = (values: readonly number[]) => new Uint8Array(Uint32Array.from(values).buffer)
const id = (name: string) => model.byName.get(name)!.id

for (const [kind, codec] of Object.entries(codecs)) {
  const functions = codec as unknown as Readonly<Record<string, (value?: TlObject) => TlObject>>
  const reader = (combinator: Combinator) => functions[`read${typeName(combinator)}`] as () => TlObject
  const writer = (combinator: Combinator) => functions[`write${typeName(combinator)}`] as unknown as Writer<TlObject>

  const check = (options: RandomOptions, seed: number): void => {
    const values = randomValues(model, seeded(seed), options)
    for (const combinator of model.constructors) {
      const value = values.object(combinator)
      const bytes = encode(value, writer(combinator))
      const expected = referenceBytes(combinator, value, model)
      if (Buffer.compare(bytes, expected) !== 0) expect.fail(`${combinator.name} is written as something else`)
      const read = decode(bytes, reader(combinator))
      expect(read, combinator.name).to.deep.equal(value)
      expect(Buffer.compare(encode(read, writer(combinator)), bytes), combinator.name).to.equal(0)
    }
  }

  describe(`the ${kind} codec`, function () {
    this.timeout(60_000)

    it('brings every constructor through bytes and back, some of its flags set', () => {
      check({ flags: 0.5, depth: 3 }, 1)
      check({ flags: 0.2, depth: 5 }, 2)
    })

    it('brings every constructor through with no flag set', () => check({ flags: 0 }, 3))

    it('brings every constructor through with every flag set', () => check({ flags: 1, depth: 2 }, 4))

    it('refuses every value that is cut short, wherever that is, and says where', () => {
      const random = seeded(5)
      const values = randomValues(model, random, { flags: 0.6, depth: 2 })
      let cuts = 0
      for (const combinator of model.constructors) {
        const bytes = encode(values.object(combinator), writer(combinator))
        // The compact codec is held to the words of the other further down.
        for (let length = 0; length < bytes.length; length += kind === 'direct' ? 1 : 5) {
          cuts++
          const error = failure(() => decode(bytes.subarray(0, length), reader(combinator)))
          if (!(error instanceof DecodeError)) expect.fail(`${combinator.name} cut to ${length}: ${text(error)}`)
          // Without its whole id a value has no name yet.
          if (length >= 4 && error.path[0] !== combinator.name) {
            expect.fail(`${combinator.name} cut to ${length}: its path is '${error.path.join('.')}'`)
          }
        }
      }
      expect(cuts).to.be.greaterThan(40_000)
    })

    it('refuses or understands every value that is damaged, and never takes long', () => {
      const random = seeded(6)
      const values = randomValues(model, random, { flags: 0.6, depth: 2 })
      for (const combinator of model.constructors) {
        const bytes = encode(values.object(combinator), writer(combinator))
        for (let i = 0; i < 8; i++) {
          const damaged = bytes.slice()
          damaged[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
          const error = failure(() => decode(damaged, reader(combinator)))
          if (error !== undefined && !(error instanceof DecodeError)) expect.fail(`${combinator.name}: ${text(error)}`)
        }
      }
    })
  })

  describe(`hostile bytes, to the ${kind} codec,`, () => {
    it('nested without end are refused at a depth of 100', () => {
      const bold = ids(Array<number>(1e6).fill(id('textBold')))
      expect(() => decode(bold, codec.readRichText)).to.throw(
        DecodeError,
        /^nested deeper than 100 at textBold\.text\.textBold/,
      )
      const concat = ids(Array.from({ length: 3e5 }, () => [id('textConcat'), 0x1cb5c415, 1]).flat())
      expect(() => decode(concat, codec.readRichText)).to.throw(
        DecodeError,
        /^nested deeper than 100 at textConcat\.texts\[0\]/,
      )
    })

    it('that promise more items than there are bytes are refused before anything is reserved', () => {
      const before = process.memoryUsage().heapUsed
      const bytes = ids([id('messages.messages'), 0x1cb5c415, 0x7fffffff])
      expect(() => decode(bytes, codec.readMessagesMessages)).to.throw(
        DecodeError,
        'expected 2147483647 items, got only 0 bytes at messages.messages.messages',
      )
      expect(process.memoryUsage().heapUsed - before).to.be.lessThan(5e6)
    })

    it('are refused with the way to the bad field', () => {
      const user = { _: 'userEmpty', id: 1 } as const
      const value = { _: 'messages.messages', messages: [], topics: [], chats: [], users: [user, user] } as const
      const bytes = encode(value, codec.writeMessagesMessages)
      bytes[bytes.length - 1] = 0x7f
      expect(() => decode(bytes, codec.readMessagesMessages))
        .to.throw(DecodeError, 'expected an id of at most 53 bits at messages.messages.users[1].userEmpty.id')
        .with.property('path')
        .deep.equal(['messages.messages', 'users', '[1]', 'userEmpty', 'id'])
    })

    it('of another type are refused, even if they are a constructor', () => {
      const bytes = encode({ _: 'peerUser', userId: 1 }, codec.writePeer)
      expect(() => decode(bytes, codec.readUser)).to.throw(DecodeError, 'expected User, got the constructor #59511722')
    })
  })
}

describe('both codecs', function () {
  this.timeout(60_000)

  it('have the 1,655 constructors of the layer, in types of the same names', () => {
    expect(model.constructors).to.have.lengthOf(1655)
    const names = (codec: object) => Object.keys(codec).filter((name) => /^(read|write)/.test(name))
    expect(names(compact).sort()).to.deep.equal(names(direct).sort())
  })

  it('understand damaged bytes alike, or refuse them with the same words and the same path', () => {
    const random = seeded(7)
    const values = randomValues(model, random, { flags: 0.6, depth: 3 })
    let refused = 0
    for (const combinator of model.constructors) {
      const name = typeName(combinator)
      const of = (codec: object) => codec as Readonly<Record<string, (value?: unknown) => unknown>>
      const bytes = encode(values.object(combinator), of(direct)[`write${name}`] as unknown as Writer<unknown>)
      for (let i = 0; i < 6; i++) {
        const damaged = bytes.slice(0, i < 2 ? Math.floor(random() * bytes.length) : bytes.length)
        if (i > 0 && damaged.length > 0) damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256)
        const [expected, found] = [direct, compact].map((codec) =>
          outcome(() => decode(damaged, of(codec)[`read${name}`]!)),
        ) as [unknown, unknown]
        // The one knows how short an item can be, the other only meets the end of the data in one of them.
        const isCountRefused = expected instanceof DecodeError && expected.reason.includes(' items, got only ')
        if (isCountRefused) expect(found, combinator.name).to.be.instanceOf(DecodeError)
        else expect(told(found), combinator.name).to.deep.equal(told(expected))
        if (expected instanceof DecodeError) refused++
      }
    }
    expect(refused).to.be.greaterThan(3_000)
  })
})

/** What a decode gives, or the error that it ends with. */
function outcome(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

function told(result: unknown): unknown {
  return result instanceof DecodeError ? [result.message, result.path] : result
}

function failure(run: () => unknown): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : 'no error'
}
