import { expect } from 'chai'
import { Random } from './random.ts'

const numbers = (random: Random) => Array.from({ length: 5 }, () => random.number())

describe("a simulation's chance", () => {
  it('is the same for a seed and a name, and another for any other', () => {
    expect(numbers(new Random(7, 'a'))).to.deep.equal(numbers(new Random(7, 'a')))
    expect(numbers(new Random(7, 'a'))).not.to.deep.equal(numbers(new Random(7, 'b')))
    expect(numbers(new Random(7, 'a'))).not.to.deep.equal(numbers(new Random(8, 'a')))
  })

  it('stays within what is asked for', () => {
    const random = new Random(1)
    for (let i = 0; i < 500; i++) {
      expect(random.number()).to.be.within(0, 1)
      expect(random.whole(3, 5)).to.be.oneOf([3, 4, 5])
      expect(random.between(2, 3)).to.be.within(2, 3)
      expect(random.scaled(10, 1000)).to.be.within(10, 1000)
      expect(random.pause(10)).to.be.at.least(0)
    }
    expect(random.bytes(7)).to.have.length(7)
    expect(random.chance(0)).to.equal(false)
    expect(random.chance(1)).to.equal(true)
  })

  it('has every value, and mixes without loss', () => {
    const random = new Random(2)
    const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])))
    expect([...picked].sort()).to.deep.equal(['a', 'b', 'c'])
    expect(random.shuffled([1, 2, 3, 4]).sort((a, b) => a - b)).to.deep.equal([1, 2, 3, 4])
  })

  it('is even: half of all numbers lie below a half', () => {
    const random = new Random(3)
    const low = Array.from({ length: 10_000 }, () => random.number()).filter((number) => number < 0.5)
    expect(low.length).to.be.within(4_800, 5_200)
  })
})
