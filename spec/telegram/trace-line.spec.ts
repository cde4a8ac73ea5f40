import { expect } from 'chai'
import type { TraceEvent } from '../../lib/core/trace.ts'
import { traceLine } from '../../lib/telegram/trace-line.ts'

const at = 0
const dc = 2
const lane = 'main'

describe('telegram/trace-line', () => {
  const rows: readonly (readonly [TraceEvent, string])[] = [
    [{ at, dc, lane, _: 'link', link: 1, state: 'open' }, 'dc 2 main: link 1 open'],
    [
      { at, dc, lane, _: 'link', link: 1, state: 'closed', reason: 'TransportError: reset', retryIn: 1234 },
      'dc 2 main: link 1 closed: TransportError: reset; again in 1.2 s',
    ],
    [
      { at, dc, lane: 'side', _: 'call', step: 'queued', call: 7, method: 'help.getConfig', bytes: 12 },
      'dc 2 side: help.getConfig #7 queued',
    ],
    [
      { at, dc, lane, _: 'call', step: 'sent', call: 7, method: 'help.getConfig', bytes: 12 },
      'dc 2 main: help.getConfig #7 sent, 12 bytes',
    ],
    [
      { at, dc, lane, _: 'call', step: 'answered', call: 7, method: 'help.getConfig', bytes: 900, took: 41.26 },
      'dc 2 main: help.getConfig #7 answered in 41 ms, 900 bytes',
    ],
    [{ at, dc, lane, _: 'call', step: 'answered', call: 7, took: 1.26 }, 'dc 2 main: a call #7 answered in 1.3 ms'],
    [
      { at, dc, lane, _: 'call', step: 'refused', call: 7, method: 'a.b', error: '400 X', took: 3 },
      'dc 2 main: a.b #7 refused in 3 ms: 400 X',
    ],
    [{ at, dc, lane, _: 'key', what: 'made', temporary: false }, 'dc 2 main: key made'],
    [{ at, dc, lane, _: 'key', what: 'bound', temporary: true }, 'dc 2 main: temporary key bound'],
    [{ at, dc, lane, _: 'salt', what: 'learned', known: 64 }, 'dc 2 main: salt learned, 64 known'],
    [{ at, dc, lane, _: 'clock', offset: -90.04 }, "dc 2 main: the server's clock is behind by 90.0 s"],
    [{ at, dc, lane, _: 'ping', rtt: 0.44 }, 'dc 2 main: ping answered in 0.4 ms'],
    [{ at, _: 'wait', method: 'a.b', why: 'FLOOD_WAIT', seconds: 3 }, 'a.b waits 3 s: FLOOD_WAIT'],
    [{ at, _: 'retry', method: 'a.b', error: '500', seconds: 1 }, 'a.b is repeated in 1 s: 500'],
    [{ at, _: 'box', box: 'common', what: 'gap', waiting: 2 }, 'updates (common): one came before its turn, 2 wait'],
    [{ at, _: 'box', box: 'common', what: 'healed', waiting: 0 }, 'updates (common): nothing is missing'],
  ]
  for (const [event, line] of rows)
    it(`says "${line}"`, () => {
      expect(traceLine(event)).to.equal(line)
    })
})
