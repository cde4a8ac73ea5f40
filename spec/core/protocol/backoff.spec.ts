import { expect } from 'chai'
import { earliestConnect, FLOOD_FAILURES, reconnectDelay } from '../../../lib/core/protocol/backoff.ts'

describe('core/protocol backoff', () => {
  const bytes = (value: number) => (length: number) => new Uint8Array(length).fill(value)

  const rows = [
    [0, 1_000],
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [4, 8_000],
    [5, 16_000],
    [6, 16_000],
    [1_000, 16_000],
  ] as const

  for (const [failures, delay] of rows) {
    it(`waits ${delay} ms, and up to a quarter more, after ${failures} failures`, () => {
      expect(reconnectDelay(failures, bytes(0))).to.equal(delay)
      expect(reconnectDelay(failures, bytes(255))).to.equal(delay * 1.25)
    })
  }

  it('waits longer after a flood', () => {
    expect(reconnectDelay(FLOOD_FAILURES, bytes(0))).to.equal(8_000)
  })

  /** When the last connections were begun, and the earliest time of the next: as a rule, and after trouble. */
  const paces: readonly (readonly [connects: readonly number[], usual: number, troubled: number])[] = [
    [[], -Infinity, -Infinity],
    [[5_000], -Infinity, 6_000],
    [[4_000, 5_000], -Infinity, 8_000],
    [[3_000, 4_000, 5_000], -Infinity, 11_000],
    [[0, 1, 2, 3, 4], 10_000, 10_000],
    [[0, 5_000, 6_000, 7_000, 9_000], 10_000, 14_000],
    // Only the last five count.
    [[0, 1, 2, 3, 4, 50_000], 10_001, 51_000],
  ]
  for (const [connects, usual, troubled] of paces) {
    it(`lets no more be begun before ${usual} ms, or ${troubled}, after ${connects.join(', ')}`, () => {
      expect(earliestConnect(connects, false)).to.equal(usual)
      expect(earliestConnect(connects, true)).to.equal(troubled)
    })
  }
})
