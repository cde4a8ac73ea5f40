import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { MUTATIONS, mutated, pathOf } from './mutations.ts'

describe('the mutations of the session', () => {
  it('are ten, and each fits the code of today', () => {
    expect(new Set(MUTATIONS.map(({ name }) => name)).size).to.equal(10)
    for (const mutation of MUTATIONS) {
      const text = readFileSync(pathOf(mutation), 'utf8')
      expect(mutated(text, mutation), mutation.name).not.to.equal(text)
    }
  })

  it('are refused where their place is not there, or there twice', () => {
    const mutation = { name: 'm', file: 'f', find: 'a', put: 'b' }
    expect(() => mutated('xyz', mutation)).to.throw('m: expected its place once in f, got it 0 times')
    expect(() => mutated('aa', mutation)).to.throw('got it 2 times')
    expect(mutated('xaz', mutation)).to.equal('xbz')
  })
})
