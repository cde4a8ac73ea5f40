import { expect } from 'chai'
import { environment, systemClock, systemRandom } from '../../../lib/runtime/rx/clock.ts'
import { marbles, VIRTUAL_BEGIN } from '../../support/marbles.ts'

describe('runtime/rx clock', () => {
  it(
    'of the system times by rxjs, so that it is virtual under a test scheduler',
    marbles(({ expectObservable }) => {
      expectObservable(systemClock.after(5)).toBe('-----(u|)', { u: undefined })
      expectObservable(systemClock.after(0)).toBe('(u|)', { u: undefined })
      expectObservable(systemClock.after(-5)).toBe('(u|)', { u: undefined })
    }),
  )

  it('takes zero to mean: when the work in hand is done', async () => {
    const order: string[] = []
    systemClock.after(0).subscribe({ next: () => order.push('zero'), error: expect.fail })
    order.push('work')
    await Promise.resolve()
    await Promise.resolve()
    order.push('microtasks later')
    expect(order).to.deep.equal(['work', 'zero', 'microtasks later'])
  })

  it('has two flows of time', () => {
    const before = systemClock.elapsed()
    expect(systemClock.elapsed()).to.be.at.least(before)
    expect(systemClock.now()).to.be.above(Date.UTC(2024, 0, 1))
  })

  it('gives random bytes of any length', () => {
    expect(systemRandom(0)).to.have.length(0)
    expect(systemRandom(200_000)).to.have.length(200_000)
    expect(systemRandom(16)).not.to.deep.equal(systemRandom(16))
  })

  it(
    'is read afresh at each look at the environment',
    marbles(({ clock, clockOff, expectObservable, finally: last }) => {
      const env = environment(clockOff(-1_000), () => new Uint8Array(0))
      const seen = [env.now, env.elapsed]
      expectObservable(clock.after(7)).toBe('-------(u|)', { u: undefined })
      clock.after(7).subscribe({ next: () => seen.push(env.now, env.elapsed), error: expect.fail })
      last(() => expect(seen).to.deep.equal([VIRTUAL_BEGIN - 1_000, 0, VIRTUAL_BEGIN - 993, 7]))
    }),
  )
})
