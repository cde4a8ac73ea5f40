import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { canonicalText, constructorId, textId } from '../../../lib/core/schema/crc.ts'
import { parseSchema } from '../../../lib/core/schema/parse.ts'

interface Vector {
  readonly name: string
  readonly kind: string
  readonly in: { readonly declaration: string }
  readonly out: {
    readonly id: string
    readonly id_uint32: number
    readonly normalised: string
    readonly computed_by_rules: string
  }
}

const file = new URL('../../vectors/tl-crc32.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] }

const hex = (id: number) => id.toString(16).padStart(8, '0')

describe('constructor ids', () => {
  it('agree with all 113 vectors', () => {
    expect(vectors).to.have.lengthOf(113)
    for (const { kind, in: given, out } of vectors) {
      const id = textId(given.declaration)
      if (kind === 'tl-crc-exception') {
        expect(hex(id), given.declaration).to.equal(out.computed_by_rules)
      } else {
        expect(hex(id), given.declaration).to.equal(out.id)
        expect(id).to.equal(out.id_uint32)
        expect(canonicalText(given.declaration)).to.equal(out.normalised)
      }
    }
  })

  it('do not depend on how a declaration is laid out', () => {
    const [declaration] = parseSchema(
      'user#1\n  {X:Type} /* who */ id:long // really\n  photo:flags.1?true tags:Vector<bytes>\n = User ;',
    )
    expect(constructorId(declaration!)).to.equal(textId('user {X:Type} id:long tags:Vector<bytes> = User'))
  })

  it('keep the word bytes inside a vector, and change it elsewhere', () => {
    expect(canonicalText('a b:bytes c:flags.0?bytes d:Vector<bytes> = A;')).to.equal(
      'a b:string c:flags.0?string d:Vector bytes = A',
    )
  })

  for (const layer of [224, 227, 229]) {
    it(`of layer ${layer} are all what its text gives`, () => {
      const path = layer === 229 ? '../../../schema/api.tl' : `../../vectors/schema-${layer}.tl`
      const declarations = parseSchema(readFileSync(new URL(path, import.meta.url), 'utf8'))
      const bad = declarations.filter((declaration) => declaration.id !== constructorId(declaration))
      expect(bad.map(({ name }) => name)).to.deep.equal([])
    })
  }
})
