import { expect } from 'chai'
import type { ServiceObject } from '../../../lib/core/protocol/service.ts'
import type { SessionEffect } from '../../../lib/core/protocol/session-events.ts'
import { badSalt, openTable } from '../../support/session-says.ts'
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
    for (let second = 0; second < 1_860; second += 10) {
      table.pass(10_000)
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
    expect(table.pass(1_000)).to.deep.equal(['write [salts?, ping]'])
  })

  it('that nobody asked for are not believed', () => {
    const table = openTable()
    expect(table.says(futures(table, 4n))).to.deep.equal(['fault: ProtocolError'])
  })
})
