import { expect } from 'chai'
import { BEGIN, SimulatedClock, SimulatedTime } from './simulated-time.ts'

describe('simulated time', () => {
  it('lets things happen in the order of their times, and of their wishes', () => {
    const time = new SimulatedTime()
    const seen: string[] = []
    const note = (what: string) => () => void seen.push(`${time.elapsed} ${what}`)
    time.after(20, note('c'))
    time.after(10, note('a'))
    time.after(10, note('b'))
    time.after(-5, note('now'))
    time.run(100)
    expect(seen).to.deep.equal(['0 now', '10 a', '10 b', '20 c'])
    expect(time.elapsed).to.equal(100)
    expect(time.steps).to.equal(4)
  })

  it('keeps the order of many', () => {
    const time = new SimulatedTime()
    const seen: number[] = []
    for (let i = 0; i < 500; i++) time.after((i * 7919) % 501, () => void seen.push(time.elapsed))
    time.run(1_000)
    expect(seen).to.deep.equal([...seen].sort((a, b) => a - b))
    expect(seen).to.have.length(500)
  })

  it('stops where it is told, and forgets what was taken back', () => {
    const time = new SimulatedTime()
    const seen: number[] = []
    for (let at = 1; at <= 5; at++) time.after(at, () => void seen.push(at))
    const cancel = time.after(3, () => void seen.push(99))
    cancel()
    time.run(2)
    expect(seen).to.deep.equal([1, 2])
    time.run(10, () => seen.includes(3))
    expect(seen).to.deep.equal([1, 2, 3])
    time.run(10, () => false, time.steps + 1)
    expect(seen).to.deep.equal([1, 2, 3, 4])
  })

  it('has clocks of one flow, each with a wall clock that may be wrong and may jump', () => {
    const time = new SimulatedTime()
    const [right, wrong] = [new SimulatedClock(time), new SimulatedClock(time, -5_000)]
    time.run(1_000)
    wrong.step(60_000)
    expect(right.now()).to.equal(BEGIN + 1_000)
    expect(wrong.now()).to.equal(BEGIN + 56_000)
    expect(wrong.elapsed()).to.equal(right.elapsed())
  })

  it('counts the timers that run, and holds them while their owner sleeps', () => {
    const time = new SimulatedTime()
    const clock = new SimulatedClock(time)
    const fired: number[] = []
    const timer = clock.after(100).subscribe({ next: () => fired.push(time.elapsed), error: () => {} })
    const other = clock.after(50).subscribe({ next: () => fired.push(-1), error: () => {} })
    expect(clock.timers).to.equal(2)
    other.unsubscribe()
    clock.sleep(5_000)
    time.run(200)
    expect(fired).to.deep.equal([])
    expect(clock.timers).to.equal(1)
    time.run(6_000)
    expect(fired).to.deep.equal([5_000])
    expect(timer.closed).to.equal(true)
    expect(clock.timers).to.equal(0)
  })
})
