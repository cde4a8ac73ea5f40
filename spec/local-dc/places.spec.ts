import { expect } from 'chai'
import { UsageError } from '../../lib/core/errors.ts'
import type { LocalDcOptions } from '../../lib/local-dc/index.node.ts'
import { placesOf } from '../../lib/local-dc/places.ts'

const host = '127.0.0.1'

describe('the places where a local DC listens', () => {
  it('are ports in a row, one for each DC and carrier, and those that were added', () => {
    const more = { dc: 2, host, port: 99 }
    expect(placesOf({ port: 100, wsPort: 102, dcs: 2, listen: [more] })).to.deep.equal([
      { dc: 1, main: { host, port: 100, wsPort: 102 }, more: [] },
      { dc: 2, main: { host, port: 101, wsPort: 103 }, more: [more] },
    ])
    expect(placesOf({ host: '::1', dcs: 2 }).map(({ main }) => main)).to.deep.equal(
      Array.from({ length: 2 }, () => ({ host: '::1', port: 0, wsPort: 0 })),
    )
    expect(placesOf({ listen: false })).to.deep.equal([{ dc: 1, main: undefined, more: [] }])
    expect(placesOf({ port: 100, wsPort: 100, dcs: 2 })[1]!.main).to.include({ port: 101, wsPort: 101 })
  })

  const wrong: readonly (readonly [LocalDcOptions, string])[] = [
    [{ dcs: 1.5 }, 'dcs: expected a whole number from 1 to 1000, got 1.5'],
    [{ port: -1 }, 'port: expected a whole number from 0 to 65535, got -1'],
    [{ port: 65_535, dcs: 3 }, 'port: expected a whole number from 0 to 65533 with 3 DCs, got 65535'],
    [
      { port: 45_700, wsPort: 45_701, dcs: 2 },
      'wsPort: expected ports apart from 45700 to 45701 of port, got 45701 to 45702',
    ],
    [{ listen: [{ dc: 3, host, port: 1 }], dcs: 2 }, 'listen[0]: expected a DC from 1 to 2, got 3'],
    [{ listen: [{ dc: 1, host, port: 99_999 }] }, 'listen[0]: expected a port from 0 to 65535, got 99999'],
    [
      { dcs: 2, port: 5, listen: [{ dc: 1, host, port: 6 }] },
      'listen[0]: expected an address that is not in use, got 127.0.0.1:6 once more',
    ],
    [
      {
        listen: [
          { dc: 1, host, port: 6 },
          { dc: 1, host, port: 6 },
        ],
      },
      'listen[1]: expected an address that is not in use, got 127.0.0.1:6 once more',
    ],
  ]
  for (const [options, message] of wrong)
    it(`can not be: ${message}`, () => {
      expect(() => placesOf(options)).to.throw(UsageError, message)
    })
})
