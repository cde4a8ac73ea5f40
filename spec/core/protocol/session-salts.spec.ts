import { expect } from 'chai'
import type { ServiceObject } from '../../../lib/core/protocol/service.ts'
import type { SessionEffect } from '../../../lib/core/protocol/session-events.ts'
import type { HeardPacket } from '../../support/fake-server.ts'
import { badSalt, newSession, openTable } from '../../support/session-says.ts'
import { callBody, SessionTable } from '../../support/session-table.ts'

const saltsOf = (effects: readonly SessionEffect[]) =>
  effects.flatMap((effect) => (effect._ === 'fact' && effect.fact._ === 'salts' ? [effect.fact] : []))

describe('core/protocol session: salts', () => {
  it('are taken from bad_server_salt, and the message is sent again under a new id', () => {
    const table = openTable()
    table.call(1)
    const first = table.sent(1)
    expect(table.says(badSalt(first.messageId, 77n))).to.deep.equal(['salts', 'write call 1'])
    const second = table.sent(1)
    expect(table.packets.at(-1)!.salt).to.equal(77n)
    expect(second.messageId > first.messageId).to.equal(true)
    expect(second.seqNo).to.equal(first.seqNo + 2)
    expect(table.answers(1)).to.deep.equal(['answer 1'])
  })

  it('that are wrong for a container are wrong for all of it', () => {
    const table = new SessionTable()
    table.call(1, 2)
    table.open()
    expect(table.says(badSalt(table.packets[0]!.messageId, 77n))).to.deep.equal([
      'salts',
      'write [call 1, call 2, salts?, ping]',
    ])
  })

  it('that are wrong are heard of before the new session that comes with the news: the call was not run', () => {
    const table = new SessionTable()
    table.open()
    table.call(1)
    const { messageId } = table.sent(1)
    const told = table.saysAll(newSession(messageId + 4n, 5n, 77n), badSalt(messageId, 77n))
    expect(told.join()).to.match(/write .*call 1/)
    expect(told.join()).not.to.match(/fail|unknown/)
  })

  it('that are wrong for notices make them said again', () => {
    const table = openTable()
    table.call(1)
    table.answers(1)
    table.says(callBody(9))
    table.pass(30_000)
    const ack = table.last('msgs_ack')
    expect(table.says(badSalt(ack.packetId, 77n))).to.deep.equal(['salts'])
    expect(table.call(2)).to.deep.equal(['write [call 2, ack of 2]'])
  })

  it('are taken also when it is not known what was refused', () => {
    const table = openTable()
    expect(table.says(badSalt(4n, 77n))).to.deep.equal(['salts'])
    table.call(1)
    expect(table.packets.at(-1)!.salt).to.equal(77n)
  })

  const futures = (table: SessionTable, reqMsgId: bigint): ServiceObject => {
    const now = Math.floor(table.env.now / 1_000)
    const salts = [0, 1, 2].map((index) => ({
      _: 'future_salt' as const,
      validSince: now + index * 1_800,
      validUntil: now + index * 1_800 + 3_600,
      salt: BigInt(100 + index),
    }))
    return { _: 'future_salts', reqMsgId, now, salts }
  }

  it('are asked for with a packet that leaves anyway, and then used in time', () => {
    const table = openTable()
    expect(table.call(1)).to.deep.equal(['write [call 1, salts?]'])
    expect(table.last('get_future_salts').service).to.deep.equal({ _: 'get_future_salts', num: 64 })
    expect(table.says(futures(table, table.last('get_future_salts').messageId))).to.deep.equal(['salts'])
    table.answers(1)
    expect(table.call(2)).to.deep.equal(['write [call 2, ack of 1]'])
    expect(table.packets.at(-1)!.salt).to.equal(1n)
    table.answers(2)
    for (let second = 0; second < 1_860; second += 4) {
      table.pass(4_000)
      table.says(callBody(7))
    }
    table.call(3)
    expect(table.packets.at(-1)!.salt).to.equal(101n)
  })

  it('are given out to be kept, with the clock', () => {
    const table = openTable()
    table.call(1)
    const effects = table.fold.send(table.server.says(futures(table, table.last('get_future_salts').messageId)))
    const [kept] = saltsOf(effects)
    expect(kept!.keyId).to.equal(table.server.key.id)
    expect(kept!.salts.map(({ salt }) => salt)).to.deep.equal([1n, 100n, 101n, 102n])
    expect(Math.abs(kept!.timeOffset)).to.be.below(1)
  })

  it('are asked for once a minute at most', () => {
    const table = openTable()
    table.call(1)
    expect(table.call(2)).to.deep.equal(['write call 2'])
    table.answers(1)
    table.answers(2)
    expect(table.pass(59_000)).to.deep.equal(['write ack of 2'])
    expect(table.pass(6_000)).to.deep.equal(['write [salts?, ping]'])
  })

  it('that nobody asked for are not believed', () => {
    const table = openTable()
    expect(table.says(futures(table, 4n))).to.deep.equal(['fault: ProtocolError'])
  })

  describe('that change every half hour', () => {
    /** A server whose salts begin every half hour and are taken for a whole one: it tells what is wrong, and answers. */
    class Rotating {
      readonly table = openTable()
      refused = 0
      asked = 0
      readonly #begin = this.table.serverEnv.now / 1_000 - 600
      #heard = this.table.packets.length

      get #now(): number {
        return this.table.serverEnv.now / 1_000
      }

      salt(index: number): bigint {
        return index === 0 ? 1n : BigInt(1_000 + index)
      }

      /** So many milliseconds pass; then the server has heard what was sent. */
      pass(milliseconds: number): void {
        this.table.pass(milliseconds)
        for (; this.#heard < this.table.packets.length; this.#heard++) this.#hear(this.table.packets[this.#heard]!)
      }

      #hear(packet: HeardPacket): void {
        const current = Math.floor((this.#now - this.#begin) / 1_800)
        if (![current, current - 1].some((index) => this.salt(index) === packet.salt)) {
          this.refused++
          this.table.says(badSalt(packet.messageId, this.salt(current)))
          return
        }
        for (const { service, messageId } of packet.messages) {
          if (service?._ === 'ping_delay_disconnect') this.table.says({ _: 'pong', msgId: messageId, pingId: 1n })
          if (service?._ === 'get_future_salts') {
            this.asked++
            this.table.says({
              _: 'future_salts',
              reqMsgId: messageId,
              now: this.#now | 0,
              salts: this.#future(current),
            })
          }
        }
      }

      #future(current: number) {
        return Array.from({ length: 64 }, (_, index) => {
          const validSince = Math.floor(this.#begin + (current + index) * 1_800)
          const salt = this.salt(current + index)
          return { _: 'future_salt' as const, validSince, validUntil: validSince + 3_600, salt }
        })
      }
    }

    it('are followed for days without one refusal, with a question a day', () => {
      const server = new Rotating()
      for (let second = 0; second < 70 * 3_600; second += 4) {
        if (second % 1_000 === 0) {
          server.table.call(second + 1)
          server.table.answers(second + 1)
        }
        server.pass(4_000)
      }
      expect(server.refused).to.equal(0)
      expect(server.asked).to.be.within(3, 4)
      expect(server.table.packets.at(-1)!.salt).to.equal(server.salt(140))
    })

    it('cost one refusal after a sleep of days', () => {
      const server = new Rotating()
      server.table.call(1)
      server.pass(0)
      server.table.env.now += 3 * 86_400_000
      server.table.env.elapsed += 3 * 86_400_000
      server.table.call(2)
      server.pass(0)
      server.pass(4_000)
      expect(server.refused).to.be.at.most(2)
      server.pass(4_000)
      expect(server.refused).to.be.at.most(2)
    })

    it('are learnt by one refusal when none is known', () => {
      const table = new SessionTable()
      table.call(1)
      table.open({ salt: 0n })
      expect(table.packets[0]!.salt).to.equal(0n)
      expect(table.says(badSalt(table.packets[0]!.messageId, 5n))).to.deep.equal([
        'salts',
        'write [call 1, salts?, ping]',
      ])
      expect(table.packets.at(-1)!.salt).to.equal(5n)
      expect(table.answers(1)).to.deep.equal(['answer 1'])
    })
  })
})
