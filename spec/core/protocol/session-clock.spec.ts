import { expect } from 'chai'
import { ageOf } from '../../../lib/core/protocol/message-id.ts'
import type { Heard } from '../../support/fake-server.ts'
import { openTable, refused } from '../../support/session-says.ts'
import { callBody, type SessionTable } from '../../support/session-table.ts'

const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR

/** How many seconds the last message that left is ahead of the server's clock. */
function ahead({ packets, serverEnv }: SessionTable): number {
  return Number(BigInt.asUintN(64, packets.at(-1)!.messageId) >> 32n) - Math.floor(serverEnv.now / 1_000)
}

describe('core/protocol session: a wall clock that is set in mid-session', () => {
  for (const step of [-10 * YEAR, -HOUR, -40_000, 40_000, HOUR, 10 * YEAR]) {
    it(`by ${step / 1_000} s costs nothing`, () => {
      const table = openTable()
      table.call(1)
      table.step(step)
      table.call(2)
      expect(Math.abs(ahead(table))).to.be.at.most(1)
      expect(table.answers(1)).to.include('answer 1')
      expect(table.answers(2)).to.deep.equal(['answer 2'])
      table.pass(30_000)
      expect(table.says(callBody(1))).to.deep.equal(['update'])
      expect(Math.abs(ahead(table))).to.be.at.most(1)
    })

    it(`by ${step / 1_000} s is known in the next run`, () => {
      const table = openTable()
      table.step(step)
      table.call(1)
      const facts = table.fold
        .send(table.server.says(table.server.result(table.sent(1).messageId, callBody(1))))
        .flatMap((effect) => (effect._ === 'fact' && effect.fact._ === 'salts' ? [effect.fact] : []))
      expect(facts).to.have.length(1)
      expect(Math.abs(facts[0]!.timeOffset - -step / 1_000)).to.be.below(1)
    })
  }

  it('backwards is no sleep: nothing is asked, and old messages stay old', () => {
    const table = openTable()
    table.step(-HOUR)
    table.call(1)
    expect(table.pass(0)).to.deep.equal([])
    const messageId = table.server.ids.nextPush(table.serverEnv) - (400n << 32n)
    expect(table.says(callBody(1), { messageId })).to.deep.equal(['fault: ProtocolError'])
  })

  for (const [step, asks] of [
    [1_900, false],
    [2_100, true],
  ] as const) {
    it(`by ${step} ms ${asks ? 'may be a sleep' : 'is nothing'}`, () => {
      const table = openTable()
      table.step(step)
      expect(table.says(callBody(1)).join().includes('ping')).to.equal(asks)
    })
  }

  it('while there is no link costs nothing either', () => {
    const table = openTable()
    table.lose()
    table.step(-HOUR)
    table.pass(2_000)
    table.open()
    expect(Math.abs(ahead(table))).to.be.at.most(1)
  })
})

describe('core/protocol session: a sleep in which the other clock stood still', () => {
  it('is over with the first packet that comes', () => {
    const table = openTable()
    table.call(1)
    // Both wall clocks went on.
    table.env.now += HOUR
    expect(table.pass(1_500).join()).to.contain('ping')
    expect(Math.round(ahead(table) / 60)).to.equal(-60)
    table.says(refused(table.packets.at(-1)!.messageId, 16))
    expect(Math.abs(ahead(table))).to.be.at.most(1)
    table.env.now += HOUR
    table.call(2)
    expect(table.says(callBody(1))).to.deep.equal(['salts', 'update'])
    table.call(3)
    expect(Math.abs(ahead(table))).to.be.at.most(1)
  })
})

describe('core/protocol session: a clock that runs too fast', () => {
  it('does not run away: each pong holds it back', () => {
    const table = openTable()
    for (let second = 0; second < 7_200; second++) {
      // For the server it is a hundredth less.
      table.step(10)
      table.env.elapsed += 10
      if (!table.pass(990).join().includes('ping')) continue
      const ping = table.last('ping_delay_disconnect')
      table.says({ _: 'pong', msgId: ping.messageId, pingId: 1n })
    }
    table.call(1)
    expect(ahead(table)).to.be.within(-1, 3)
    expect(table.server.sessionId).to.equal(table.packets[0]!.sessionId)
  })
})

/** A server that refuses what is not of its time, and answers everything else. */
class Strict {
  readonly table = openTable()
  readonly said: string[] = []
  #heard = this.table.packets.length

  pass(milliseconds: number): void {
    this.said.push(...this.table.pass(milliseconds))
    for (; this.#heard < this.table.packets.length; this.#heard++) {
      const { messages, messageId } = this.table.packets[this.#heard]!
      const age = ageOf(messageId, this.table.serverEnv.now / 1_000)
      const code = age > 300 ? 16 : age < -30 ? 17 : undefined
      if (code === undefined) for (const message of messages) this.#answer(message)
      else this.said.push(...this.table.says(refused(messageId, code)))
    }
  }

  #answer({ service, body, messageId }: Heard): void {
    if (service?._ === 'ping_delay_disconnect')
      this.said.push(...this.table.says({ _: 'pong', msgId: messageId, pingId: 1n }))
    if (service === undefined) this.said.push(...this.table.says(this.table.server.result(messageId, body)))
  }
}

describe('core/protocol session: a server that sets its clock', () => {
  for (const step of [-86_400_000, -200_000, -40_000, 20_000, 40_000, 200_000, 290_000, 400_000, 86_400_000]) {
    it(`by ${step / 1_000} s is followed, and does not lose an update for long`, () => {
      const server = new Strict()
      const { table } = server
      table.serverSteps(step)
      table.pass(1_000)
      table.says(callBody(7))
      table.read(1)
      for (let half = 0; half < 140; half++) server.pass(500)
      table.read(2)
      for (let half = 0; half < 20; half++) server.pass(500)
      expect(server.said).to.include('answer 2')
      expect(table.says(callBody(8))).to.deep.equal(['update'])
      table.read(3)
      expect(Math.abs(ahead(table))).to.be.below(31)
    })
  }
})
