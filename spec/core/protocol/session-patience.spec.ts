import { expect } from 'chai'
import {
  disconnectDelay,
  lateAfter,
  patience,
  pongLimit,
  smoothed,
} from '../../../lib/core/protocol/session-patience.ts'

describe('core/protocol session-patience', () => {
  /** The round trip and how many links fell silent; patience, the limit of a pong, and disconnect_delay in seconds. */
  const rows: readonly (readonly [
    rtt: number | undefined,
    silences: number,
    unit: number,
    limit: number,
    delay: number,
  ])[] = [
    [undefined, 0, 2_000, 5_000, 75],
    [0, 0, 2_000, 5_000, 75],
    [666, 0, 2_000, 5_000, 75],
    [1_000, 0, 2_500, 6_250, 77],
    [4_000, 0, 7_000, 17_500, 88],
    [30_000, 0, 46_000, 115_000, 185],
    [undefined, 1, 4_000, 10_000, 80],
    [undefined, 3, 16_000, 40_000, 110],
    [undefined, 50, 16_000, 40_000, 110],
    [4_000, 5, 16_000, 40_000, 110],
    // Never shorter than the way itself.
    [30_000, 5, 46_000, 115_000, 185],
  ]
  for (const [rtt, silences, unit, limit, delay] of rows) {
    it(`waits ${unit} ms with a round trip of ${rtt} ms and ${silences} silent links`, () => {
      const way = { rtt, silences }
      expect([patience(way), pongLimit(way), disconnectDelay(way)]).to.deep.equal([unit, limit, delay])
    })
  }

  it('asks about late calls after twice as long each time, up to a minute', () => {
    const asked = (rtt: number | undefined) => [0, 1, 2, 3, 4, 5, 6, 60].map((n) => lateAfter({ rtt, silences: 0 }, n))
    expect(asked(100)).to.deep.equal([1_500, 3_000, 6_000, 12_000, 24_000, 48_000, 60_000, 60_000])
    expect(asked(undefined)).to.deep.equal([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
    expect(asked(2_000).slice(0, 3)).to.deep.equal([4_000, 8_000, 16_000])
  })

  it('takes the round trip from the first ping, then leans towards each other one', () => {
    expect(smoothed(undefined, 300)).to.equal(300)
    expect(smoothed(300, 700)).to.equal(400)
    expect(smoothed(400, 0)).to.equal(300)
  })
})
