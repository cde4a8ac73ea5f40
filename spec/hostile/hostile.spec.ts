import { expect } from 'chai'
import { map, mergeMap, range, toArray } from 'rxjs'
import { getNearestDc } from '../../lib/api/help.ts'
import { TransportError } from '../../lib/core/errors.ts'
import type { Faults } from '../../lib/local-dc/faults.ts'
import { check, flow, steps } from '../telegram/flow.ts'
import { hostile } from './cases.ts'
import { CHANNELS, record, replayClient, replayServer } from './conversation.ts'
import { Draws } from './draws.ts'
import { mutated } from './mutations.ts'

describe('hostile: a recorded conversation', () => {
  for (const channel of CHANNELS) {
    it(`goes the same way when it is played to one end alone: ${channel.name}`, () => {
      const { chunks, client, server } = record(channel)
      const told = (from: 'client' | 'server', now: number) =>
        chunks.filter((chunk) => chunk.from === from && chunk.step === now)
      const again = replayClient(channel, (end, step) => {
        for (const { bytes } of told('server', step)) end.hear(bytes)
      })
      const served = replayServer(channel, (end, step) => {
        for (const { bytes } of told('client', step)) end.hear(bytes)
      })
      // Four answers, two of them packed; an error; three updates; a quick ack, but not in full. And the calls behind them.
      const heard = channel.framing === 'full' ? 8 : 9
      expect(client.heard).to.equal(heard)
      expect(again.acted.size).to.equal(heard)
      expect([...client.acted.keys()]).to.include.members([...again.acted.keys()])
      expect(server.heard).to.equal(5)
      expect(served.acted).to.deep.equal(server.acted)
    })
  }
})

describe('hostile: recorded bytes, changed', () => {
  it('never crash either end, hang it, or pass for what they are not', function () {
    this.timeout(120_000)
    const { cases, counts, failures } = hostile({ seed: 2026, cases: 2000 })
    expect(failures).to.deep.equal([])
    expect(cases).to.equal(2000)
    expect(Object.keys(counts)).to.have.length(8)
    // Most changes do harm: else they would prove nothing.
    expect(counts['stream to the client']!.refused).to.be.greaterThan(300)
  })

  it('are the same cases in each run', () => {
    const run = () => hostile({ seed: 5, cases: 40, from: 100 }).counts
    expect(run()).to.deep.equal(run())
  })
})

describe('hostile: a client and its local DC', () => {
  /** Every tenth packet of the server is changed. */
  const spoilt = (draws: Draws): Faults => {
    const before: Uint8Array[] = []
    return {
      packet(sealed) {
        before.push(sealed.slice())
        if (before.length > 20) before.shift()
        if (draws.below(10) > 0) return [sealed]
        const wrong = mutated(sealed, draws, before)
        return [wrong.slice(0, wrong.length & ~3)].filter(({ length }) => length >= 24)
      },
    }
  }
  for (let seed = 1; seed <= 5; seed++) {
    it(`ends every call with its own answer, though every tenth packet is spoilt (seed ${seed})`, () => {
      flow(
        ({ client, clock, faults }) => {
          const tg = client()
          const asked$ = range(1, 60).pipe(
            mergeMap((each) => clock.after(each * 500).pipe(mergeMap(() => getNearestDc(tg)))),
            map(({ country }) => country),
            toArray(),
          )
          return steps(
            asked$.pipe(map((countries) => expect(new Set(countries)).to.deep.equal(new Set(['N'])))),
            check(() => {
              expect(faults.length).to.be.greaterThan(0)
              expect(faults.every(({ error }) => error instanceof Error && !(error instanceof TypeError))).to.equal(
                true,
              )
              expect(faults.some(({ error }) => error instanceof TransportError)).to.equal(false)
            }),
          )
        },
        {
          faults: spoilt(new Draws(seed)),
          methods: { 'help.getNearestDc': () => ({ _: 'nearestDc', country: 'N', thisDc: 1, nearestDc: 1 }) },
        },
      )()
    })
  }
})
