import { expect } from 'chai'
import { type Choice, choices, chosen } from '../../../lib/core/crypto/choices.ts'
import { authKey } from '../../../lib/core/crypto/message-key.ts'
import { nodeChoices } from '../../../lib/core/crypto/platform.node.ts'
import { nodeWays } from '../../support/crypto-ways.node.ts'
import { seededRandom } from '../../support/marbles.ts'

describe('choices', () => {
  for (const [platform, table] of Object.entries(choices))
    it(`say for every length what is done (${platform})`, () => {
      for (const [what, choice] of Object.entries(table) as [string, Choice<string>][]) {
        const limits = choice.map(({ upTo }) => upTo)
        expect(limits, what).to.deep.equal([...new Set(limits)].sort((a, b) => a - b))
        expect(limits.at(-1), what).to.equal(Infinity)
      }
    })

  it('take the first row that is long enough', () => {
    const choice = [
      { upTo: 10, way: 'a' },
      { upTo: Infinity, way: 'b' },
    ]
    expect([0, 10, 11, 1e9].map((length) => chosen(choice, length))).to.deep.equal(['a', 'a', 'b', 'b'])
  })

  it('make no difference on either side of a border', () => {
    const { noble, node } = nodeWays().messages
    const random = seededRandom(4)
    const key = authKey(random(256))
    const borders = [...nodeChoices.seal, ...nodeChoices.open, { upTo: 65_536 }]
      .map(({ upTo }) => upTo)
      .filter((upTo) => upTo < Infinity)
    for (const border of borders)
      for (const length of [border & ~15, (border & ~15) + 16]) {
        const plaintext = random(length)
        const [expected, packet] = [noble, node!].map((cipher) => {
          const place = cipher.place(length)
          place.bytes.set(plaintext, place.at)
          return cipher.seal(key, 'server', place, length)
        })
        expect(packet).to.deep.equal(expected)
        expect(node!.open(key, 'server', expected!, false)!.plaintext).to.deep.equal(plaintext)
      }
  })
})
