import { expect } from 'chai'
import * as fc from 'fast-check'
import {
  ageOf,
  isClientMessageId,
  isContentRelated,
  isServerMessageId,
  isTimely,
  MessageIds,
  serverTimeOf,
} from '../../../lib/core/protocol/message-id.ts'
import { fakeEnv } from '../../support/machine.ts'

const NOW = 1_700_000_000_000
const at = (seconds: number) => BigInt(Math.round(seconds * 2 ** 20)) << 12n

describe('message-id', () => {
  it('rises, whatever the clock does, and tells who made it', () => {
    const step = fc.tuple(fc.integer({ min: -5000, max: 5000 }), fc.constantFrom('next', 'nextAnswer', 'nextPush'))
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 40 }), fc.nat(), (steps, seed) => {
        const env = fakeEnv({ now: NOW, seed: seed + 1 })
        const ids = new MessageIds()
        let last = 0n
        for (const [passed, make] of steps) {
          env.now += passed
          const id = ids[make](env)
          expect(id > last).to.equal(true)
          expect(id & 3n).to.equal({ next: 0n, nextAnswer: 1n, nextPush: 3n }[make])
          last = id
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is the time, to the millisecond, with low bits that vary', () => {
    const env = fakeEnv({ now: NOW })
    const ids = new MessageIds()
    const lows = new Set<bigint>()
    for (let i = 0; i < 100; i++) {
      env.now += 7
      const id = ids.next(env)
      expect(serverTimeOf(id) * 1000 - env.now).to.be.within(0, 1)
      lows.add(id & 0x3f_fffcn)
    }
    expect(lows.size).to.be.greaterThan(90)
    expect(isClientMessageId(ids.next(env))).to.equal(true)
  })

  it('carries from the last millisecond of a second', () => {
    const env = fakeEnv({ now: NOW + 999.999 })
    const id = new MessageIds().next({ ...env, random: () => Uint8Array.of(255, 255, 255) })
    expect(serverTimeOf(id)).to.be.within(NOW / 1000 + 0.999, NOW / 1000 + 1.001)
  })

  it('draws its randomness once', () => {
    const env = fakeEnv({ now: NOW })
    let draws = 0
    const counted = { ...env, random: (length: number) => new Uint8Array(length).fill(++draws) }
    const ids = new MessageIds()
    ids.next(counted)
    ids.next(counted)
    expect(draws).to.equal(1)
  })

  it('continues step by step while the clock stands still or goes back', () => {
    const env = fakeEnv({ now: NOW })
    const ids = new MessageIds()
    const first = ids.next(env)
    env.now -= 60_000
    expect(ids.next(env)).to.equal(first + 4n)
    expect(ids.nextAnswer(env)).to.equal(first + 9n)
    expect(ids.nextPush(env)).to.equal(first + 15n)
    expect(ids.next(env)).to.equal(first + 16n)
  })

  it('follows the offset that is given', () => {
    const env = fakeEnv({ now: NOW })
    expect(serverTimeOf(new MessageIds(3600).next(env))).to.be.closeTo(NOW / 1000 + 3600, 0.001)
    expect(serverTimeOf(new MessageIds(-3600.5).next(env))).to.be.closeTo(NOW / 1000 - 3600.5, 0.001)
    expect(new MessageIds(-2).serverTime(env)).to.equal(NOW / 1000 - 2)
  })

  it('learns upwards only, and is corrected both ways', () => {
    const env = fakeEnv({ now: NOW })
    const ids = new MessageIds()
    ids.learn(at(NOW / 1000 + 10), env)
    expect(ids.timeOffset(env)).to.equal(10)
    ids.learn(at(NOW / 1000 + 4), env)
    expect(ids.timeOffset(env)).to.equal(10)
    ids.correct(at(NOW / 1000 - 4), env)
    expect(ids.timeOffset(env)).to.equal(-4)
    ids.correct(at(NOW / 1000 + 40), env)
    expect(ids.timeOffset(env)).to.equal(40)
  })

  it('goes by the wall clock until the time is told, and then by the one that never jumps', () => {
    const env = fakeEnv({ now: NOW })
    const ids = new MessageIds(5)
    env.now += 1_000_000
    expect(ids.serverTime(env)).to.equal(NOW / 1000 + 1_005)
    ids.anchor(env)
    for (const step of [-3_600_000, 86_400_000_000, 7]) {
      env.now += step
      env.elapsed += 1_000
      ids.anchor(env)
    }
    expect(ids.serverTime(env)).to.equal(NOW / 1000 + 1_008)
    expect(serverTimeOf(ids.next(env))).to.be.closeTo(NOW / 1000 + 1_008, 0.001)
    expect(ids.timeOffset(env)).to.be.closeTo(NOW / 1000 + 1_008 - env.now / 1000, 0.001)
  })

  it('is not further than the answer to what was sent says, so that it does not creep ahead', () => {
    const env = fakeEnv({ now: NOW })
    const ids = new MessageIds()
    ids.limit(at(NOW / 1000 - 50), env.elapsed)
    expect(ids.serverTime(env)).to.equal(NOW / 1000)
    ids.anchor(env)
    const sentAt = env.elapsed
    env.elapsed += 10_000
    // The server was asked at 0 s and said at 4 s of its clock that it had been asked.
    ids.limit(at(NOW / 1000 + 4), sentAt)
    expect(ids.serverTime(env)).to.equal(NOW / 1000 + 10)
    ids.limit(at(NOW / 1000 - 4), sentAt)
    expect(ids.serverTime(env)).to.equal(NOW / 1000 + 6)
  })

  it('wraps where its seconds end, and knows that it is ahead', () => {
    const env = fakeEnv({ now: (2 ** 32 + 10) * 1000 })
    const ids = new MessageIds()
    expect(ids.isAhead(env)).to.equal(false)
    expect(serverTimeOf(ids.next(env))).to.be.closeTo(10, 0.001)
    const wrong = new MessageIds()
    wrong.next(fakeEnv({ now: NOW + 31_000 }))
    expect(wrong.isAhead(fakeEnv({ now: NOW }))).to.equal(true)
    expect(wrong.isAhead(fakeEnv({ now: NOW + 2_000 }))).to.equal(false)
  })

  it('goes down after a correction only in a new session', () => {
    const env = fakeEnv({ now: NOW })
    const ids = new MessageIds(100)
    const before = ids.next(env)
    ids.nextSeqNo(true)
    ids.correct(at(NOW / 1000), env)
    expect(ids.next(env)).to.equal(before + 4n)
    ids.restart()
    expect(serverTimeOf(ids.next(env))).to.be.closeTo(NOW / 1000, 0.001)
    expect(ids.nextSeqNo(true)).to.equal(1)
    expect(ids.timeOffset(env)).to.equal(0)
  })

  it('counts the messages that want acks', () => {
    const ids = new MessageIds()
    const wants = [false, true, false, true, true, false]
    expect(wants.map((each) => ids.nextSeqNo(each))).to.deep.equal([0, 1, 2, 3, 5, 6])
    expect([0, 1, 2, 3].map(isContentRelated)).to.deep.equal([false, true, false, true])
  })

  it('tells the age, and what is timely', () => {
    const id = at(1000)
    expect(serverTimeOf(id)).to.equal(1000)
    expect(ageOf(id, 1012.5)).to.equal(12.5)
    const table: readonly (readonly [number, boolean])[] = [
      [1000, true],
      [1300, true],
      [1300.001, false],
      [970, true],
      [969.999, false],
    ]
    for (const [serverTime, timely] of table) expect(isTimely(id, serverTime)).to.equal(timely)
  })

  it('reads ids of after 2038, which are negative as signed numbers', () => {
    expect(serverTimeOf(BigInt.asIntN(64, 3_000_000_000n << 32n))).to.equal(3_000_000_000)
  })

  it('knows whose an id is', () => {
    expect([0n, 1n, 2n, 3n].map(isClientMessageId)).to.deep.equal([true, false, false, false])
    expect([0n, 1n, 2n, 3n].map(isServerMessageId)).to.deep.equal([false, true, false, true])
    expect(isServerMessageId(-1n)).to.equal(true)
  })
})
