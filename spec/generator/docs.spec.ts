import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { methodDoc, signature } from '../../generator/docs.ts'
import { docComment, idLiteral, importNames, quote, wrap } from '../../generator/print.ts'
import { schemaModel } from '../../lib/core/schema/model.ts'

const text = readFileSync(new URL('../../schema/api.tl', import.meta.url), 'utf8')
const model = schemaModel(text)

describe('generated docs', () => {
  it('give every declaration as the schema has it', () => {
    for (const combinator of model.byName.values()) {
      const line = text.split('\n', combinator.line).at(-1)!
      expect(`${signature(combinator).slice(1, -1)};`).to.equal(line)
    }
  })

  it('tell of a method what starts it, what comes, what may go wrong and what stops it', () => {
    const doc = methodDoc(model.byName.get('messages.sendMessage')!, ['PEER_FLOOD', 'FLOOD_WAIT'])
    expect(doc.slice(2)).to.deep.equal([
      'Starts: on subscribe; each subscription is one request.',
      'Emits: the answer, once, then completes.',
      'Errors: RpcError: PEER_FLOOD, FLOOD_WAIT; and what the invoker adds.',
      'Unsubscribe: forgets the answer; what the server has begun to do is not undone.',
      '',
      '@see https://core.telegram.org/method/messages.sendMessage',
    ])
    const asking = methodDoc(model.byName.get('messages.getHistory')!, [])
    expect(asking).to.include('Unsubscribe: forgets the call.')
    expect(asking).to.include('Errors: RpcError; and what the invoker adds.')
  })
})

describe('printing', () => {
  it('breaks comments into lines and never ends them early', () => {
    expect(docComment(['short'])).to.equal('/** short */\n')
    expect(docComment(['a', '', 'b */ c'], '  ')).to.equal('  /**\n   * a\n   *\n   * b * / c\n   */\n')
    expect(wrap('aa bb cc dddddddd e', 5)).to.deep.equal(['aa bb', 'cc', 'dddddddd', 'e'])
  })

  it('writes ids as the schema does, and as int32', () => {
    expect(idLiteral(0x4b572c)).to.equal('0x004b572c')
    expect(idLiteral(0xb1b8cc83)).to.equal('0xb1b8cc83 | 0')
  })

  it('quotes and imports', () => {
    expect(quote("it's \\")).to.equal("'it\\'s \\\\'")
    expect(importNames(['b', 'a', 'b'], './x.ts', 'type')).to.equal("import type { a, b } from './x.ts'\n")
    expect(importNames([], './x.ts')).to.equal('')
    const many = Array.from({ length: 40 }, (_, i) => `name${i}`)
    expect(importNames(many, './x.ts')).to.match(/^import \{\n {2}name0,\n {2}name1,\n[\s\S]*\n\} from '\.\/x\.ts'\n$/)
  })
})
