import { expect } from 'chai'
import { type Salt, Salts } from '../../../lib/core/protocol/salts.ts'

const NOW = 1_700_000_000
const salt = (n: number, since: number, lasts = 3_600): Salt => ({
  salt: BigInt(n),
  validSince: NOW + since,
  validUntil: NOW + since + lasts,
})

describe('core/protocol salts', () => {
  it('has none at first', () => {
    const salts = new Salts()
    expect(salts.at(NOW)).to.equal(0n)
    expect(salts.few).to.equal(true)
    expect(salts.list()).to.deep.equal([])
  })

  it('uses the one that the server told', () => {
    const salts = new Salts()
    salts.take(5n, NOW)
    expect(salts.at(NOW)).to.equal(5n)
    expect(salts.list()).to.deep.equal([{ salt: 5n, validSince: NOW, validUntil: NOW + 1_800 }])
  })

  it('goes on with the future ones, each a minute after it began', () => {
    const salts = new Salts()
    salts.take(5n, NOW)
    salts.learn([salt(3, 3_600), salt(1, 0), salt(2, 1_800)], NOW)
    const used = [0, 59, 60, 1_859, 1_860, 3_659, 3_660, 100_000].map((after) => Number(salts.at(NOW + after)))
    expect(used).to.deep.equal([5, 5, 1, 1, 2, 2, 3, 3])
  })

  it('does not learn what is over', () => {
    const salts = new Salts()
    salts.learn([salt(1, -7_200), salt(2, -60)], NOW)
    expect(salts.at(NOW)).to.equal(2n)
  })

  it('needs more when fewer than two are left', () => {
    const salts = new Salts()
    salts.learn([salt(1, 0), salt(2, 1_800), salt(3, 3_600)], NOW)
    expect(salts.few).to.equal(false)
    salts.at(NOW + 1_859)
    expect(salts.few).to.equal(false)
    salts.at(NOW + 1_860)
    expect(salts.few).to.equal(true)
  })

  it('drops all that it knew when the server refuses', () => {
    const salts = new Salts()
    salts.learn([salt(1, 0), salt(2, 1_800), salt(3, 3_600)], NOW)
    salts.replace(9n, NOW)
    expect(salts.at(NOW + 10_000)).to.equal(9n)
    expect(salts.few).to.equal(true)
  })

  it('keeps them when the server tells one that is known', () => {
    const salts = new Salts()
    salts.learn([salt(1, 0), salt(2, 1_800), salt(3, 3_600)], NOW)
    salts.take(2n, NOW)
    expect(salts.at(NOW)).to.equal(2n)
    expect(salts.at(NOW + 3_660)).to.equal(3n)
    salts.take(3n, NOW)
    expect(salts.list()).to.deep.equal([salt(3, 3_600)])
  })

  it('forgets those before the one that the server tells', () => {
    const salts = new Salts()
    salts.learn([salt(1, 0), salt(2, 1_800), salt(3, 3_600), salt(4, 5_400)], NOW)
    salts.take(3n, NOW)
    // As long as it was told to last, and not half an hour from now.
    expect(salts.list()).to.deep.equal([salt(3, 3_600), salt(4, 5_400)])
    expect(salts.at(NOW + 1_860)).to.equal(3n)
  })

  it('does not learn what ends now', () => {
    const salts = new Salts()
    salts.learn([salt(1, -3_600), salt(2, 1_800)], NOW)
    expect(salts.list()).to.deep.equal([salt(2, 1_800)])
    expect(salts.at(NOW)).to.equal(0n)
  })

  it('goes on in the next run with what was kept', () => {
    const salts = new Salts()
    salts.take(5n, NOW)
    salts.learn([salt(2, 1_800), salt(3, 3_600)], NOW)
    const next = new Salts(salts.list())
    expect(next.at(NOW)).to.equal(5n)
    expect(next.at(NOW + 1_860)).to.equal(2n)
    expect(new Salts(salts.list()).at(NOW + 50_000)).to.equal(3n)
  })

  it('keeps 64 at most', () => {
    const salts = new Salts()
    salts.learn(
      Array.from({ length: 100 }, (_, n) => salt(n, 100 + n)),
      NOW,
    )
    expect(salts.list()).to.have.length(64)
  })
})
