import { expect } from 'chai'
import { StorageError } from '../../../lib/core/errors.ts'
import { checkRoom, MAX_STORE, RecordTable } from '../../../lib/runtime/storage/record-table.ts'

describe('runtime/storage record table', () => {
  const change = (key: string, text: string | undefined) => ({ kind: 'value', key, text })

  it('counts what it holds', () => {
    const table = new RecordTable()
    table.absorb([change('a', '12345'), change('bb', '1')])
    expect(table.size).to.equal(9)
    table.absorb([change('a', '1'), change('none', undefined)])
    expect(table.size).to.equal(5)
    table.absorb([change('a', undefined), change('bb', undefined)])
    expect([table.size, [...table]]).to.deep.equal([0, []])
  })

  it('has a bound, over all its layers', () => {
    const table = new RecordTable()
    const layer = new RecordTable()
    const half = 'x'.repeat(1024 * 1024)
    for (let n = 0; n < 40; n++) table.set(change(`${n}`, half))
    for (let n = 0; n < 23; n++) layer.set(change(`${n}`, half))
    expect(() => checkRoom([layer, table], [change('a', '1'), change('b', undefined)])).not.to.throw()
    expect(() => checkRoom([layer, table], [change('a', half)])).to.throw(
      StorageError,
      `expected at most ${MAX_STORE} characters in a store, got `,
    )
  })
})
