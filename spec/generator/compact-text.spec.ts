import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { methodText, typeText } from '../../generator/compact-text.ts'
import type { Request } from '../../lib/core/invoker.ts'
import { schemaModel } from '../../lib/core/schema/model.ts'
import { type CompactType, compact, method } from '../../lib/core/tl/compact.ts'
import { decode } from '../../lib/core/tl/reader.ts'
import { encode, encodeRequest } from '../../lib/core/tl/writer.ts'
import { randomValues, seeded, type TlObject } from '../support/random-values.ts'
import { referenceBytes } from '../support/reference-writer.ts'

// Every kind of declaration that a schema can have, as text and back.

const model = schemaModel(readFileSync(join(import.meta.dirname, 'everything.tl'), 'utf8'))
const types = new Map<string, CompactType>()
for (const [name, constructors] of model.types) {
  const { text, parts } = typeText(name, constructors, model)
  types.set(
    name,
    compact(name, text, () => parts.map((part) => types.get(part)!), true),
  )
}

describe('generator/compact-text', () => {
  it('brings every constructor through bytes', () => {
    const values = randomValues(model, seeded(11), { flags: 0.5, depth: 4 })
    for (let round = 0; round < 20; round++) {
      for (const combinator of model.constructors) {
        const type = types.get((combinator.result as { name: string }).name)!
        const value = values.object(combinator)
        const bytes = encode(value, type.write)
        expect(bytes, combinator.name).to.deep.equal(referenceBytes(combinator, value, model))
        expect(decode(bytes, type.read), combinator.name).to.deep.equal(value)
      }
    }
  })

  it('writes every method', () => {
    const values = randomValues(model, seeded(12), { flags: 0.5, depth: 3 })
    // A call that wraps another is in the spec of core/tl/compact.
    for (const combinator of model.methods.filter(({ generic }) => generic === undefined)) {
      const { text, parts, isOddId } = methodText(combinator, model)
      const make = method<(params: object) => Request<unknown>>(
        combinator.name,
        text,
        () => parts.map((part) => types.get(part)!),
        isOddId ? combinator.id : undefined,
      )
      const { _: name, ...params }: TlObject = values.object(combinator)
      const request = make(params)
      expect(request.method).to.equal(name)
      expect(encodeRequest(request), name).to.deep.equal(referenceBytes(combinator, { _: name, ...params }, model))
    }
  })

  it('tells ids only where the declaration does not give them', () => {
    const text = (name: string) => typeText(name, model.types.get(name)!, model).text
    expect(text('many.Many')).to.match(/^many\.one;many\.two x:i;many\.three/)
    expect(text('Shape')).to.equal('~;circle r:d')
    expect(text('Numbers')).to.equal('~ small:o large:p real:d word# userId:n accessHash:l users:*n')
    expect(text('Vectors')).to.include('bare:~l pieces:~%Apiece boxed:*A same:~%Apiece deep:*~*b')
    expect(methodText(model.byName.get('wrap')!, model)).to.deep.include({ text: 'layer:i query:! =!', isOddId: true })
    expect(methodText(model.byName.get('many.ids')!, model)).to.deep.include({ text: 'of:*A =*l', isOddId: false })
  })
})
