import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { generateApi } from '../../generator/generate.ts'
import { main } from '../../generator/main.ts'
import { UsageError } from '../../lib/core/errors.ts'
import type { Request } from '../../lib/core/invoker.ts'
import { schemaModel } from '../../lib/core/schema/model.ts'
import { pascalCase } from '../../lib/core/schema/names.ts'
import type * as Reader from '../../lib/core/tl/reader.ts'
import type * as Writer from '../../lib/core/tl/writer.ts'
import { randomValues, seeded, type TlObject } from '../support/random-values.ts'
import { referenceBytes } from '../support/reference-writer.ts'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const root = path('../..')
const everything = readFileSync(path('everything.tl'), 'utf8')
const noErrors = 'name\tcode\tmethods\n'

/** Runs the generator into a folder, and returns what it printed. */
async function generateInto(folder: string, schema: string): Promise<string> {
  const lines: string[] = []
  const code = await main(
    ['--schema', schema, '--out', folder],
    (line) => lines.push(line),
    (line) => expect.fail(line),
  )
  expect(code).to.equal(0)
  return lines.join('\n')
}

/** The compiler's complaints about a folder. */
function typeCheck(folder: string): string {
  const compilerOptions = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] }
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: [folder] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  try {
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8', stdio: 'pipe' })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

describe('the generator', function () {
  this.timeout(60_000)

  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'rxgram-generator-'))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('prints what it found in layers 224, 227 and 229', async () => {
    expect(await generateInto(join(folder, '224'), path('../vectors/schema-224.tl'))).to.equal(
      'layer 224: 2329 definitions (1557 constructors of 587 types, 769 methods), 29 files',
    )
    expect(await generateInto(join(folder, '227'), path('../vectors/schema-227.tl'))).to.equal(
      'layer 227: 2423 definitions (1622 constructors of 600 types, 798 methods), 30 files',
    )
    expect(await generateInto(join(folder, '229'), path('../../schema/api.tl'))).to.equal(
      'layer 229: 2471 definitions (1655 constructors of 615 types, 813 methods), 32 files',
    )
  })

  it('writes code for an old layer that compiles', () => {
    expect(typeCheck(join(folder, '224'))).to.equal('')
  })

  describe('of a schema with everything in it', () => {
    const model = schemaModel(everything)
    type Functions = Readonly<Record<string, (value?: unknown) => unknown>>
    let codec: Functions = {}
    let decode: typeof Reader.decode
    let encode: typeof Writer.encode
    let encodeRequest: typeof Writer.encodeRequest

    // Reader and writer keep state, so they have to be those that the generated modules import: a module that is
    // imported at run time may be another instance than one that this file names.
    before(async () => {
      ;({ decode } = await import('../../lib/core/tl/reader.ts'))
      ;({ encode, encodeRequest } = await import('../../lib/core/tl/writer.ts'))
      const out = join(folder, 'everything')
      await generateInto(out, path('everything.tl'))
      codec = (await import(join(out, 'codec.ts'))) as Functions
    })

    const write = (type: string) => codec[`write${pascalCase(type)}`] as Writer.Writer<TlObject>
    const read = (type: string) => codec[`read${pascalCase(type)}`] as () => TlObject

    it('writes code that compiles', () => expect(typeCheck(join(folder, 'everything'))).to.equal(''))

    it('brings random values through', () => {
      for (let seed = 0; seed < 60; seed++) {
        const values = randomValues(model, seeded(seed), { flags: seed % 3 === 0 ? 1 : 0.5, depth: 6 })
        for (const combinator of model.constructors) {
          const value = values.object(combinator)
          const type = combinator.result._ === 'boxed' ? combinator.result.name : ''
          const bytes = encode(value, write(type))
          expect(Buffer.compare(bytes, referenceBytes(combinator, value, model)), combinator.name).to.equal(0)
          expect(decode(bytes, read(type))).to.deep.equal(value)
        }
      }
    })

    it('tells a bit, an absent Bool and a false one apart', () => {
      const flagsOf = (value: object) => {
        const bytes = encode({ _: 'everything', ...value }, write('Everything'))
        return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true)
      }
      expect(flagsOf({})).to.equal(0)
      expect(flagsOf({ on: true, off: false })).to.equal(1)
      expect(flagsOf({ maybe: false })).to.equal(4)
      expect(flagsOf({ tied: 0, tiedToo: '' })).to.equal(8)
      expect(flagsOf({ high: 0 })).to.equal(2 ** 31)
    })

    it('tells an empty vector from an absent one', () => {
      const through = (list: readonly number[] | undefined) =>
        decode(encode({ _: 'everything', list }, write('Everything')), read('Everything'))['list']
      expect(through([])).to.deep.equal([])
      expect(through(undefined)).to.equal(undefined)
    })

    const torn: readonly (readonly [object, string])[] = [
      [{ tied: 1 }, 'tied, tiedToo'],
      [{ tiedToo: '' }, 'tied, tiedToo'],
      [{ both: true }, 'both, with'],
      [{ with: 1n }, 'both, with'],
      [{ both: false, with: 1n }, 'both, with'],
      [{ pair: true }, 'pair, pairToo'],
    ]
    for (const [value, names] of torn) {
      it(`refuses ${Object.keys(value).join(' and ')} alone, of ${names}`, () => {
        expect(() => encode({ _: 'everything', ...value }, write('Everything'))).to.throw(
          `everything: expected ${names} all together or none of them`,
        )
      })
    }

    it('gives reserved words to functions with an underscore, to fields as they are', async () => {
      const words = { _: 'words', default: 1, delete: 'x', class: 2n, at: 3, error: 4, value: 5, new: 6, await: 7 }
      const whole = { ...words, arguments: 8 }
      expect(decode(encode(whole, write('Words')), read('Words'))).to.deep.equal(whole)
      const module = (await import(join(folder, 'everything', 'root.ts'))) as Functions
      expect(Object.keys(module).sort()).to.deep.equal(['deleteRequest', 'delete_', 'wrap', 'wrapRequest'])
      const many = (await import(join(folder, 'everything', 'many.ts'))) as Functions
      expect(Object.keys(many)).to.include.members(['default_', 'defaultRequest'])
    })

    it('writes calls, calls in calls, and reads their results', async () => {
      const module = (await import(join(folder, 'everything', 'root.ts'))) as Functions
      const many = (await import(join(folder, 'everything', 'many.ts'))) as Functions
      const inner = many['defaultRequest']!() as Request<unknown>
      const outer = module['wrapRequest']!({ layer: 7, query: inner }) as Request<unknown>
      const id = (name: string) => model.byName.get(name)!.id
      const words = [id('wrap'), 7, id('many.default')]
      expect(encodeRequest(outer)).to.deep.equal(new Uint8Array(Uint32Array.from(words).buffer))
      const result = Uint32Array.from([0x1cb5c415, 2, id('many.one'), id('many.ten')])
      expect(decode(new Uint8Array(result.buffer), outer.read)).to.deep.equal([{ _: 'many.one' }, { _: 'many.ten' }])
      const count = many['countRequest']!() as Request<unknown>
      expect(encodeRequest(count)).to.deep.equal(new Uint8Array(Uint32Array.from([id('many.count'), 0]).buffer))
      expect(decode(Uint8Array.of(5, 0, 0, 0), count.read)).to.equal(5)
    })

    it('bounds the depth of what can contain itself, both ways', () => {
      let tree: TlObject = { _: 'leaf' }
      for (let i = 0; i < 100; i++) tree = { _: 'node', left: tree, right: { _: 'leaf' }, label: '' }
      const bytes = encode(tree, write('Tree'))
      expect(decode(bytes, read('Tree'))).to.deep.equal(tree)
      const deeper = { _: 'node', left: tree, right: { _: 'leaf' }, label: '' }
      expect(() => encode(deeper, write('Tree'))).to.throw('nested at most 100 deep')
      const bomb = new Uint8Array(Uint32Array.from({ length: 1e6 }, () => model.byName.get('node')!.id).buffer)
      expect(() => decode(bomb, read('Tree'))).to.throw('nested deeper than 100 at node.left.node.left')
    })

    it('says where a value is bad', () => {
      const value = { _: 'vectors', ints: [], bare: [], pieces: [{ _: 'piece', a: 'x', b: new Uint8Array(0) }] }
      expect(() => encode({ ...value, boxed: [], same: [], deep: [] }, write('Vectors'))).to.throw(
        'vectors.pieces[0].piece.a: expected a 32-bit integer, got a string',
      )
    })
  })

  const bad: readonly (readonly [string, string, string])[] = [
    ['no layer', 'a = A;', "expected a line such as '// LAYER 229'"],
    ['two things of one name', '// LAYER 1\nx = A_b; y = AB;', 'the type AB and the type A_b would both be called AB'],
    [
      'a namespace that is a file',
      '// LAYER 1\na = A;\n---functions---\ncodec.b = A;',
      'codec.ts has the name of a file',
    ],
  ]
  for (const [what, schema, message] of bad) {
    it(`refuses a schema with ${what}`, () => {
      expect(() => generateApi(schema, noErrors)).to.throw(UsageError, message)
    })
  }
})

describe('the generator\u2019s command line', () => {
  const run = async (...args: string[]) => {
    const out: string[] = []
    const err: string[] = []
    const code = await main(
      args,
      (line) => out.push(line),
      (line) => err.push(line),
    )
    return { code, out: out.join('\n'), err: err.join('\n') }
  }

  it('finds that what is committed is what the schema gives', async () => {
    const { code, out, err } = await run('--check')
    expect(err).to.equal('')
    expect(out).to.match(/^up to date: layer 229: 2471 definitions/)
    expect(code).to.equal(0)
  })

  it('explains itself', async () => {
    const { code, out } = await run('--help')
    expect(code).to.equal(0)
    expect(out).to.include('--schema FILE --out DIR')
  })

  const bad: readonly (readonly [readonly string[], string])[] = [
    [['--chekc'], 'expected --check, --schema FILE or --out DIR, got --chekc'],
    [['--schema', 'x.tl'], 'expected --schema FILE and --out DIR together'],
    [['--schema'], 'expected --check, --schema FILE or --out DIR, got --schema'],
    [['--check', '--schema', 'x.tl', '--out', 'y'], 'expected --check alone'],
    [['--schema', '/does/not/exist.tl', '--out', 'y'], 'no such file'],
  ]
  for (const [args, message] of bad) {
    it(`ends with 2 for: ${args.join(' ')}`, async () => {
      const { code, err } = await run(...args)
      expect(err).to.include(message)
      expect(code).to.equal(2)
    })
  }
})
