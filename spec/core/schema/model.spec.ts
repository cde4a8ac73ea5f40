import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { UsageError } from '../../../lib/core/errors.ts'
import { recursiveTypes } from '../../../lib/core/schema/cycles.ts'
import { schemaModel } from '../../../lib/core/schema/model.ts'
import { minimumSizes } from '../../../lib/core/schema/sizes.ts'

const api = schemaModel(readFileSync(new URL('../../../schema/api.tl', import.meta.url), 'utf8'))

describe('schema model', () => {
  it('finds everything by name, id and type', () => {
    const user = api.byName.get('user')!
    expect(api.layer).to.equal(229)
    expect(api.byId.get(0xb1b8cc83)).to.equal(user)
    expect(api.types.get('User')!.map(({ name }) => name)).to.have.members(['user', 'userEmpty'])
    expect(api.types.has('Bool')).to.equal(false)
    expect(api.methods.find(({ name }) => name === 'invokeWithLayer')!.generic).to.equal('X')
    expect([api.constructors.length, api.methods.length, api.types.size]).to.deep.equal([1655, 813, 615])
  })

  it('resolves fields: keys, flags, numbers', () => {
    const fields = new Map(api.byName.get('user')!.fields.map((field) => [field.name, field]))
    expect(fields.get('first_name')).to.deep.equal({
      name: 'first_name',
      key: 'firstName',
      type: { _: 'primitive', name: 'string' },
      flag: { field: 'flags', bit: 1 },
      numeric: false,
    })
    expect(fields.get('id')!.numeric).to.equal(true)
    expect(fields.get('access_hash')!.numeric).to.equal(false)
    expect(fields.get('flags2')!.type).to.deep.equal({ _: 'primitive', name: '#' })
  })

  it('resolves %Type to its only constructor', () => {
    const model = schemaModel('message id:long = Message; box list:vector<%Message> = Box;')
    expect(model.byName.get('box')!.fields[0]!.type).to.deep.equal({
      _: 'vector',
      bare: true,
      item: { _: 'bare', name: 'message' },
    })
  })

  it('computes ids that the text does not give', () => {
    expect(schemaModel('ping ping_id:long = Pong;').byName.get('ping')!.id).to.equal(0x7abe77ec)
    expect(schemaModel('ping#17 ping_id:long = Pong;').byName.get('ping')!.id).to.equal(0x17)
  })

  const bad: readonly (readonly [string, string, string])[] = [
    ['a type without constructors', 'a b:B = A;', 'line 1: a uses the type B, which has no constructor'],
    ['a constructor that is not declared', 'a b:c = A;', 'line 1: a uses the constructor c, which is not declared'],
    ['% of two constructors', 'a = A; b = A;\nc d:%A = C;', 'line 2: c uses %A, which has 2 constructors and not one'],
    ['two of one name', 'a = A;\na = B;', 'line 2: a was already declared in line 1'],
    ['two of one id', 'a#1 = A;\nb#1 = A;', 'line 2: b has the id of a in line 1'],
    ['a flag before its word', 'a b:flags.0?int flags:# = A;', 'line 1: a uses flags before flags:#'],
    ['a bit that is not there', 'a flags:# b:flags.32?int = A;', 'line 1: a uses bit 32 of flags, which has 32'],
    ['true without a flag', 'a b:true = A;', 'line 1: a has b:true without a flag'],
    ['two fields of one key', 'a b_c:int bC:int = A;', 'line 1: a has two fields called bC'],
    ['a constructor of no type', 'a = Vector<int>;', 'line 1: a is of no type that has a name'],
    ['two type parameters', '---functions---\na {X:Type} {Y:Type} = X;', 'line 2: a has more than one type parameter'],
    ['optional flags', 'a flags:# more:flags.0?# = A;', 'line 1: a has the optional word of flags more'],
  ]
  for (const [what, text, message] of bad) {
    it(`refuses ${what}`, () => expect(() => schemaModel(text)).to.throw(UsageError, message))
  }
})

describe('the least sizes of types', () => {
  const size = minimumSizes(api)

  it('are those of the smallest value', () => {
    expect(size({ _: 'primitive', name: 'true' })).to.equal(0)
    expect(size({ _: 'primitive', name: 'int256' })).to.equal(32)
    expect(size({ _: 'vector', bare: false, item: { _: 'primitive', name: 'int' } })).to.equal(8)
    expect(size({ _: 'vector', bare: true, item: { _: 'primitive', name: 'int' } })).to.equal(4)
    expect(size({ _: 'boxed', name: 'UserStatus' })).to.equal(4)
    expect(size({ _: 'boxed', name: 'User' })).to.equal(12)
    // peerUser: an id and a long.
    expect(size({ _: 'boxed', name: 'Peer' })).to.equal(12)
    // messageEmpty: id, flags, int.
    expect(size({ _: 'boxed', name: 'Message' })).to.equal(12)
    expect(size({ _: 'boxed', name: 'RichText' })).to.equal(4)
  })

  it('end for types that contain themselves', () => {
    const model = schemaModel('a b:B = A; b a:A = B; c d:D = C; d = D; e c:C = D;')
    const sizeOf = minimumSizes(model)
    expect(sizeOf({ _: 'boxed', name: 'C' })).to.equal(8)
    expect(sizeOf({ _: 'boxed', name: 'A' })).to.be.greaterThan(4)
  })

  it('count bare constructors without ids', () => {
    const sizeOf = minimumSizes(schemaModel('salt since:int salt:long = Salt; salts list:vector<salt> = Salts;'))
    expect(sizeOf({ _: 'bare', name: 'salt' })).to.equal(12)
  })
})

describe('recursive types', () => {
  it('are those on a cycle, and no others', () => {
    const found = recursiveTypes(api)
    for (const name of ['RichText', 'PageBlock', 'JSONValue', 'InputMedia', 'MessageMedia', 'SecureRequiredType']) {
      expect(found.has(name), name).to.equal(true)
    }
    for (const name of ['Message', 'User', 'Updates', 'Peer']) expect(found.has(name), name).to.equal(false)
    expect(found.size).to.equal(17)
  })

  it('are found through vectors and bare constructors', () => {
    const model = schemaModel('a list:Vector<B> = A; b c:c = B; c flags:# a:flags.0?A = C; d = D;')
    expect([...recursiveTypes(model)].sort()).to.deep.equal(['A', 'B', 'C'])
  })
})
