import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { transformSync } from 'esbuild'
import type { Combinator } from '../../../lib/core/schema/model.ts'
import { schemaModel } from '../../../lib/core/schema/model.ts'
import { pascalCase } from '../../../lib/core/schema/names.ts'
import { constructorRead, fieldRead, fieldWritten } from '../../../lib/core/tl/field-name.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const model = schemaModel(read('schema/api.tl'))
const source = read('lib/api/codec.ts')

/** Something with that source, as a function has it. */
const code = (text: string) => ({ name: 'f', toString: () => text }) as unknown as () => never

/** The functions of the codec by their names, as one way of building leaves them. */
function functions(options: { readonly minify: boolean; readonly target?: string }): ReadonlyMap<string, string> {
  const text = transformSync(source, { loader: 'ts', keepNames: true, ...options }).code
  const parts = text.split(/(?<![\w$.])(?=function [\w$]+\()/).slice(1)
  // With the names kept, each is told its own behind it: `n(a,"takeUser")`.
  return new Map(
    parts.flatMap((part) => {
      const name = [...part.matchAll(/\(\s*[\w$]+,\s*"((?:take|put|read|write)\w+)"\)/g)].at(-1)?.[1]
      return name === undefined ? [] : [[name, part] as const]
    }),
  )
}

const fieldsOf = ({ fields }: Combinator): readonly string[] =>
  fields
    .filter(({ type }) => type._ !== 'primitive' || (type.name !== '#' && type.name !== 'true'))
    .map(({ key }) => key)

describe('the names of fields', () => {
  for (const [build, options] of Object.entries({
    'as it is': { minify: false },
    minified: { minify: true },
    'minified for old browsers': { minify: true, target: 'es2017' },
  }))
    it(`are found in every reader and writer of the codec, ${build}`, function () {
      this.timeout(30_000)
      const byName = functions(options)
      let looked = 0
      for (const combinator of model.constructors) {
        const type = combinator.result._ === 'boxed' ? pascalCase(combinator.result.name) : ''
        const own = pascalCase(combinator.name)
        const reader = byName.get(`take${own}`) ?? byName.get(`read${type}`)!
        const writers = [byName.get(`putBare${own}`) ?? byName.get(`put${own}`) ?? byName.get(`write${type}`)!]
        const names = fieldsOf(combinator)
        if (names.length === 0 || !reader.includes('catch')) continue
        expect(constructorRead(code(reader))).to.equal(combinator.name)
        expect(names.map((_, index) => fieldRead(code(reader), index + 1))).to.deep.equal(names)
        for (const writer of writers)
          expect(names.map((_, index) => fieldWritten(code(writer), index + 1))).to.deep.equal(names)
        looked += 1
      }
      expect(looked).to.be.greaterThan(1_000)
    })

  it('are numbers where there is no source', () => {
    const none = code('function f() { [bytecode] }')
    expect([constructorRead(none), fieldRead(none, 2), fieldWritten(none, 3)]).to.deep.equal(['f', '#2', '#3'])
  })
})
