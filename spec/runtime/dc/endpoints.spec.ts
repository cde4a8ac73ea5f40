import { expect } from 'chai'
import { UsageError } from '../../../lib/core/errors.ts'
import { endpointsOf, PRODUCTION_DCS, TEST_DCS } from '../../../lib/runtime/dc/endpoints.ts'

describe('runtime/dc/endpoints', () => {
  it('knows the five data centres and the three for tests', () => {
    expect(PRODUCTION_DCS.map(({ id, host }) => `${id} ${host}`)).to.deep.equal([
      '1 149.154.175.50',
      '2 149.154.167.51',
      '3 149.154.175.100',
      '4 149.154.167.91',
      '5 149.154.171.5',
      '1 2001:b28:f23d:f001::a',
      '2 2001:67c:4e8:f002::a',
      '3 2001:b28:f23d:f003::a',
      '4 2001:67c:4e8:f004::a',
      '5 2001:b28:f23f:f005::a',
    ])
    expect(TEST_DCS.map(({ id, host }) => `${id} ${host}`)).to.deep.equal([
      '1 149.154.175.10',
      '2 149.154.167.40',
      '3 149.154.175.117',
      '1 2001:b28:f23d:f001::e',
      '2 2001:67c:4e8:f002::e',
      '3 2001:b28:f23d:f003::e',
    ])
    expect(PRODUCTION_DCS[1]!.ws).to.equal('wss://venus.web.telegram.org/apiws')
    expect(TEST_DCS[1]!.ws).to.equal('wss://venus.web.telegram.org/apiws_test')
  })

  it('has every address of a data centre, in the given order', () => {
    const dcs = [
      { id: 1, host: 'a', port: 1 },
      { id: 2, host: 'b', port: 2, ws: 'ws://b' },
      { id: 1, host: 'c', port: 3 },
    ]
    expect(endpointsOf(1, dcs, true)).to.deep.equal([
      { dc: 1, host: 'a', port: 1, ws: undefined, test: true },
      { dc: 1, host: 'c', port: 3, ws: undefined, test: true },
    ])
  })

  it('says which there are when asked for another', () => {
    expect(() => endpointsOf(9, PRODUCTION_DCS, false)).to.throw(
      UsageError,
      'expected one of the data centres 1, 2, 3, 4, 5, got 9',
    )
  })
})
