import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { emitErrors, methodErrors } from '../../generator/emit-errors.ts'
import { errorType, parseErrors } from '../../generator/errors-table.ts'
import { RPC_ERROR_CODES } from '../../lib/api/error-names.ts'
import { parseErrorText, UsageError } from '../../lib/core/errors.ts'
import { schemaModel } from '../../lib/core/schema/model.ts'

const table = readFileSync(new URL('../../schema/errors.tsv', import.meta.url), 'utf8')
const errors = parseErrors(table)

describe('the table of errors', () => {
  it('is sorted, without descriptions, and has each name once', () => {
    const names = errors.map(({ name }) => name)
    expect(names).to.deep.equal([...new Set(names)].sort())
    expect(names.length).to.be.greaterThan(552)
    for (const line of table.trimEnd().split('\n')) expect(line.split('\t')).to.have.lengthOf(3)
  })

  it('has the codes that servers send', () => {
    const codes: readonly (readonly [keyof typeof RPC_ERROR_CODES, number])[] = [
      ['FILE_MIGRATE', 303],
      ['PHONE_MIGRATE', 303],
      ['PEER_FLOOD', 400],
      ['SESSION_PASSWORD_NEEDED', 401],
      ['AUTH_KEY_UNREGISTERED', 401],
      ['CHANNEL_PRIVATE', 406],
      ['AUTH_KEY_DUPLICATED', 406],
      ['FLOOD_WAIT', 420],
      ['FROZEN_METHOD_INVALID', 420],
      ['RANDOM_ID_DUPLICATE', 500],
      ['Timedout', -503],
    ]
    for (const [name, code] of codes) expect(RPC_ERROR_CODES[name], name).to.equal(code)
  })

  it('names errors by the type that RpcError gives them', () => {
    const texts: readonly (readonly [string, string])[] = [
      ['FLOOD_WAIT_%d', 'FLOOD_WAIT_31'],
      ['FILE_PART_%d_MISSING', 'FILE_PART_3_MISSING'],
      ['2FA_CONFIRM_WAIT_%d', '2FA_CONFIRM_WAIT_5'],
      ['PEER_FLOOD', 'PEER_FLOOD'],
    ]
    for (const [name, text] of texts) expect(errorType(name)).to.equal(parseErrorText(text).type)
    // A number that is part of a word stays, so that name stands for many.
    expect(errorType('PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_%dMIN')).to.equal('PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_%dMIN')
  })

  it('becomes a union, and a list for each method that the schema has', () => {
    const some = parseErrors('name\tcode\tmethods\nA_%d\t420\tx.y\nB_%s\t400\t\nC\t400\tx.y z.gone\nD_%dMIN\t400\t\n')
    const model = schemaModel('a = A;\n---functions---\nx.y = A;')
    const text = emitErrors(some, model)
    expect(text).to.include("  | 'A'\n  | `B_$" + "{string}`\n  | 'C'\n  | `D_$" + '{number}MIN`\n')
    expect(text).to.include("  readonly 'x.y': 'A' | 'C'\n")
    expect(text).not.to.include('gone')
    expect(text).to.include('  A: 420,\n  C: 400,\n')
    expect(methodErrors(some).get('x.y')).to.deep.equal(['A', 'C'])
  })

  const bad: readonly (readonly [string, string])[] = [
    ['', "line 1: expected the heading 'name, code, methods'"],
    ['name\tcode\tmethods\nA\tx\t', 'line 2: expected a name and a code'],
    ['name\tcode\tmethods\nA\t400\t\n\t400\t', 'line 3: expected a name and a code'],
  ]
  for (const [text, message] of bad) {
    it(`is refused: ${message}`, () => expect(() => parseErrors(text)).to.throw(UsageError, message))
  }
})
