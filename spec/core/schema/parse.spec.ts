import { expect } from 'chai'
import { UsageError } from '../../../lib/core/errors.ts'
import { parseSchema, schemaLayer, type TypeRef } from '../../../lib/core/schema/parse.ts'

const typeOf = (text: string): TypeRef => parseSchema(`a x:${text} = A;`)[0]!.fields[0]!.type

describe('TL text', () => {
  it('is read in its order, with names, ids, kinds and lines', () => {
    const text = `
// a comment; with a semicolon
---types---
user#1a2b id:long = User; userEmpty = User;
/* more
   lines; */ auth.code#ff
   type:string
   = auth.Code;
--- functions ---
auth.send#00ff00ff = auth.Code;
---types---
last = User;
`
    const found = parseSchema(text).map(({ kind, name, id, line }) => [kind, name, id, line])
    expect(found).to.deep.equal([
      ['constructor', 'user', 0x1a2b, 4],
      ['constructor', 'userEmpty', undefined, 4],
      ['constructor', 'auth.code', 0xff, 6],
      ['method', 'auth.send', 0xff00ff, 10],
      ['constructor', 'last', undefined, 12],
    ])
  })

  it('keeps the declaration in one line, without id and semicolon', () => {
    expect(parseSchema('a#1\n b:int\n  = A ;')[0]!.text).to.equal('a b:int = A')
  })

  it('has flags', () => {
    const [declaration] = parseSchema('a flags:# b:flags.0?int flags2:# c:flags2.31?true = A;')
    expect(declaration!.fields.map(({ name, flag }) => [name, flag])).to.deep.equal([
      ['flags', undefined],
      ['b', { field: 'flags', bit: 0 }],
      ['flags2', undefined],
      ['c', { field: 'flags2', bit: 31 }],
    ])
  })

  it('tells bare from boxed by the case of the last part', () => {
    expect(typeOf('int')).to.deep.equal({ _: 'primitive', name: 'int' })
    expect(typeOf('Bool')).to.deep.equal({ _: 'primitive', name: 'Bool' })
    expect(typeOf('#')).to.deep.equal({ _: 'primitive', name: '#' })
    expect(typeOf('auth.Code')).to.deep.equal({ _: 'boxed', name: 'auth.Code' })
    expect(typeOf('auth.code')).to.deep.equal({ _: 'bare', name: 'auth.code' })
    expect(typeOf('%Message')).to.deep.equal({ _: 'bare', name: 'Message' })
    expect(typeOf('P_Q_inner_data')).to.deep.equal({ _: 'boxed', name: 'P_Q_inner_data' })
  })

  it('has boxed and bare vectors, one inside another too', () => {
    const item = { _: 'primitive', name: 'long' }
    expect(typeOf('Vector<long>')).to.deep.equal({ _: 'vector', bare: false, item })
    expect(typeOf('vector<long>')).to.deep.equal({ _: 'vector', bare: true, item })
    expect(typeOf('Vector<vector<%Message>>')).to.deep.equal({
      _: 'vector',
      bare: false,
      item: { _: 'vector', bare: true, item: { _: 'bare', name: 'Message' } },
    })
  })

  it('has calls that take calls', () => {
    const [declaration] = parseSchema('---functions---\nwrap {X:Type} layer:int query:!X = X;')
    expect(declaration!.generics).to.deep.equal(['X'])
    expect(declaration!.fields[1]!.type).to.deep.equal({ _: 'generic', name: 'X' })
    expect(declaration!.result).to.deep.equal({ _: 'generic', name: 'X' })
  })

  it('knows what is part of the language', () => {
    const text =
      'int ? = Int; vector#1cb5c415 {t:Type} # [ t ] = Vector t; int128 4*[ int ] = Int128; boolTrue = Bool; true = True;'
    const found = parseSchema(text).map(({ name, builtin }) => [name, builtin])
    expect(found).to.deep.equal([
      ['int', true],
      ['vector', true],
      ['int128', true],
      ['boolTrue', true],
      ['true', false],
    ])
  })

  it('says its layer in a comment', () => {
    expect(schemaLayer('// LAYER 229\n')).to.equal(229)
    expect(schemaLayer('a = A;\n  // LAYER 7')).to.equal(7)
    expect(schemaLayer('// a layer')).to.equal(undefined)
  })

  const bad: readonly (readonly [string, string, string])[] = [
    ['no semicolon', 'a = A;\nb = B', "line 2: expected ';' after 'b = B'"],
    ['no semicolon before a section', 'a = A\n---functions---\nb = A;', "line 1: expected ';'"],
    ['no result', '\n\na b:int;', "line 3: expected '=' and a type in the declaration of a"],
    ['two results', 'a = A B;', "line 1: expected one result type of a, got 'A B'"],
    ['a name in upper case', 'Abc = A;', "line 1: expected a name such as user#1a2b3c4d, got 'Abc'"],
    ['an id that is none', 'a#xyz = A;', "line 1: expected a name such as user#1a2b3c4d, got 'a#xyz'"],
    ['a field without a type', 'a b = A;', "line 1: expected a field such as id:long, got 'b' in a"],
    ['an anonymous field', 'a int = A;', "line 1: expected a field such as id:long, got 'int' in a"],
    ['a multiplicity', 'a b:4*[int] = A;', "line 1: expected a type, got '4*[int]' in a.b"],
    ['a call of what is not declared', 'a b:!X = A;', "line 1: expected a type, got '!X' in a.b"],
    ['a type with parameters', 'a b:Pair<int> = A;', "line 1: expected a type, got 'Pair<int>' in a.b"],
    ['text that is none', '<html>;', "line 1: expected a name such as user#1a2b3c4d, got '<html>'"],
  ]
  for (const [what, text, message] of bad) {
    it(`is refused with ${what}`, () => expect(() => parseSchema(text)).to.throw(UsageError, message))
  }
})
