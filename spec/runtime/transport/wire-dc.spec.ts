import { expect } from 'chai'
import { wireDc } from '../../../lib/runtime/transport/wire-dc.ts'

describe('runtime/transport wireDc', () => {
  const table = [
    { endpoint: { dc: 2 }, expected: 2 },
    { endpoint: { dc: 2, test: true }, expected: 10_002 },
    { endpoint: { dc: 2, media: true }, expected: -2 },
    { endpoint: { dc: 2, media: true, test: true }, expected: -10_002 },
    { endpoint: { dc: 5, media: false, test: false }, expected: 5 },
  ]
  for (const { endpoint, expected } of table)
    it(`writes ${JSON.stringify(endpoint)} as ${expected}`, () => {
      expect(wireDc(endpoint)).to.equal(expected)
    })
})
