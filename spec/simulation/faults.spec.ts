import { expect } from 'chai'
import { drawPlan, FAULT_KINDS, isHonest, kindsOf, Weather } from './faults.ts'

describe('the faults of a simulation', () => {
  it('are the same for the same seed', () => {
    expect(drawPlan(5)).to.deep.equal(drawPlan(5))
    expect(drawPlan(5)).not.to.deep.equal(drawPlan(6))
  })

  it('come all of them, none always, and now and then of the network alone', () => {
    const plans = Array.from({ length: 200 }, (_, at) => drawPlan(at + 1))
    for (const kind of FAULT_KINDS) {
      const times = plans.filter(({ rates }) => rates[kind] !== undefined).length
      expect(times, kind).to.be.within(10, 190)
    }
    expect(plans.filter(isHonest).length).to.be.within(10, 80)
    expect(plans.filter(({ duration }) => duration > 3_600_000).length).to.be.greaterThan(2)
  })

  it('can be less, and what is left is as it was', () => {
    const plan = drawPlan(9)
    const [first] = kindsOf(plan)
    const less = drawPlan(9, { only: [first!], clients: 1, callers: 1, calls: 3 })
    expect(less.rates).to.deep.equal({ [first!]: plan.rates[first!] })
    expect([less.clients, less.callers, less.calls, less.duration]).to.deep.equal([1, 1, 3, plan.duration])
  })

  it('strike as often as they do, are counted, and end', () => {
    const weather = new Weather({ ...drawPlan(1), rates: { delay: 0.5 } })
    const struck = Array.from({ length: 1_000 }, () => weather.strikes('delay')).filter(Boolean).length
    expect(struck).to.be.within(400, 600)
    expect(weather.counts.delay).to.equal(struck)
    expect(weather.strikes('gzip')).to.equal(false)
    expect(weather.pause('gzip')).to.equal(undefined)
    weather.lasts(7)
    weather.lasts(5)
    expect(weather.until).to.equal(7)
    weather.calm()
    expect(weather.strikes('delay')).to.equal(false)
  })

  it('have each its own chance: one less changes none of the others', () => {
    const draw = (rates: object) => {
      const weather = new Weather({ ...drawPlan(1), rates })
      return Array.from({ length: 50 }, () => [weather.strikes('gzip'), weather.strikes('delay')][1])
    }
    expect(draw({ delay: 0.5, gzip: 0.5 })).to.deep.equal(draw({ delay: 0.5 }))
  })
})
