import { expect } from 'chai'
import { FLOOD_FAILURES, reconnectDelay } from '../../../lib/core/protocol/backoff.ts'

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
})
