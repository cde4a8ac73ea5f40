import { expect } from 'chai'
import { MAX_UNPACKED, writeContainer, writeGzipPacked } from '../../../lib/core/protocol/pack.ts'
import { writeServiceObject } from '../../../lib/core/protocol/service.ts'
import { encode } from '../../../lib/core/tl/writer.ts'
import { OTHER_KEY } from '../../support/fake-server.ts'
import { badSalt, newSession, openTable, refused } from '../../support/session-says.ts'
import { callBody, SessionTable } from '../../support/session-table.ts'

describe('core/protocol session: the checks of what comes', () => {
  it('refuses a packet of another key, and the link with it', () => {
    const table = openTable()
    expect(table.says(callBody(1), { key: OTHER_KEY })).to.deep.equal(['drop 1', 'fault: ProtocolError', 'offline'])
  })

  it('refuses a packet that was changed, and the link with it', () => {
    const table = openTable()
    const { packet } = table.server.says(callBody(1))
    packet[packet.length - 1]! ^= 1
    expect(table.send({ _: 'received', link: 1, packet })).to.deep.equal(['drop 1', 'fault: ProtocolError', 'offline'])
  })

  it('drops a packet of another session', () => {
    const table = openTable()
    expect(table.says(callBody(1), { sessionId: 5n })).to.deep.equal(['fault: ProtocolError'])
    expect(table.pass(40_000)).not.to.include('write ack of 1')
  })

  for (const low of [0n, 2n]) {
    it(`drops a packet whose id ends in ${low}: only clients make even ones`, () => {
      const table = openTable()
      const messageId = (table.server.ids.nextPush(table.env) & ~3n) | low
      expect(table.says(callBody(1), { messageId })).to.deep.equal(['fault: ProtocolError'])
    })
  }

  it('drops a contained message with an even id, and takes the others', () => {
    const table = openTable()
    const packet = table.server.container([callBody(1), callBody(2)], [{ messageId: 1n << 32n }])
    expect(table.send({ _: 'received', link: 1, packet })).to.deep.equal(['fault: ProtocolError', 'update'])
  })

  it('does not ack a contained message with an even id that can not be read', () => {
    const table = openTable()
    const damaged = writeGzipPacked(callBody(1)).fill(0xff, 8)
    const packet = table.server.container([damaged, callBody(2)], [{ messageId: 1n << 32n }])
    expect(table.send({ _: 'received', link: 1, packet })).to.deep.equal(['fault: ProtocolError', 'update'])
    expect(table.pass(30_000)).to.deep.equal(['write [ack of 1, salts?]'])
  })

  const at = (table: SessionTable, seconds: number) => table.server.ids.nextPush(table.env) + (BigInt(seconds) << 32n)

  it('drops what is older than 300 s, or from more than 30 s ahead', () => {
    const table = openTable()
    table.says(callBody(1))
    expect(table.says(callBody(2), { messageId: at(table, -301) })).to.deep.equal(['fault: ProtocolError'])
    expect(table.says(callBody(3), { messageId: at(table, 31) })).to.deep.equal(['fault: ProtocolError'])
    expect(table.says(callBody(4), { messageId: at(table, -299) })).to.deep.equal(['update'])
    expect(table.says(callBody(5), { messageId: at(table, 29) })).to.deep.equal(['update'])
  })

  it('does not do so before the clock of the server was heard', () => {
    const table = new SessionTable({ skew: -600_000 })
    table.open()
    expect(table.says(callBody(1))).to.deep.equal(['update'])
    expect(table.says(callBody(2))).to.deep.equal(['update'])
    expect(table.says(callBody(3), { messageId: at(table, -601) })).to.deep.equal(['fault: ProtocolError'])
  })

  it('takes a refusal of our own message from any time, and no other', () => {
    const table = openTable()
    table.call(1)
    const sent = table.sent(1).messageId
    expect(table.says(refused(sent, 16), { messageId: at(table, 5_000) })).to.deep.equal([
      'fault: ProtocolError',
      'salts',
      'write call 1',
    ])
    const other = openTable()
    other.call(1)
    expect(other.says(refused(4n, 16), { messageId: at(other, 5_000) })).to.deep.equal(['fault: ProtocolError'])
    expect(other.says(badSalt(4n, 9n), { messageId: at(other, 5_000) })).to.deep.equal(['fault: ProtocolError'])
  })

  /** A container of another time around a refusal of call 1: the low bits of the refusal's id, what follows. */
  const lateRefusals: [low: bigint, effects: string[]][] = [
    [0n, ['fault: ProtocolError', 'fault: ProtocolError']],
    [1n, ['fault: ProtocolError', 'salts', 'write call 1']],
    [2n, ['fault: ProtocolError', 'fault: ProtocolError']],
    [3n, ['fault: ProtocolError', 'salts', 'write call 1']],
  ]
  for (const [low, effects] of lateRefusals) {
    it(`takes it out of a late container by the same rules: an id that ends in ${low}`, () => {
      const table = openTable()
      table.call(1)
      const messageId = (at(table, 5_000) & ~3n) | low
      const refusal = encode(badSalt(table.sent(1).messageId, 9n), writeServiceObject)
      const container = writeContainer([{ messageId, seqNo: 1, body: refusal }])
      expect(table.says(container, { messageId: at(table, 5_001), content: false })).to.deep.equal(effects)
    })
  }

  it('reports a wrong parity of seq_no, and takes the message', () => {
    const table = openTable()
    table.call(1)
    const result = table.server.result(table.sent(1).messageId, callBody(1))
    expect(table.says(result, { content: false })).to.deep.equal(['fault: ProtocolError', 'answer 1'])
    expect(table.says(callBody(2), { content: false })).to.deep.equal(['fault: ProtocolError', 'update'])
    expect(table.says(newSession(4n), { content: false })).to.include('fault: ProtocolError')
  })

  it('can not tell whether a message is new that is older than the last 1,000', () => {
    const table = openTable()
    const old = table.server.ids.nextPush(table.env)
    for (let n = 0; n < 10; n++) table.saysAll(...Array.from({ length: 101 }, (_, index) => callBody(index)))
    expect(table.says(callBody(1), { messageId: old })).to.deep.equal(['fault: ProtocolError'])
  })

  it('takes an answer all the same, since it can be handled once only', () => {
    const table = openTable()
    table.call(1)
    const old = table.server.ids.nextAnswer(table.env)
    for (let n = 0; n < 10; n++) table.saysAll(...Array.from({ length: 101 }, (_, index) => callBody(index)))
    const result = table.server.result(table.sent(1).messageId, callBody(1))
    expect(table.says(result, { messageId: old })).to.deep.equal(['answer 1'])
  })

  it('acks a message that can not be read, so that it does not come again', () => {
    const table = openTable()
    const damaged = encode({ _: 'msgs_ack', msgIds: [1n, 2n] } as const, writeServiceObject).slice(0, 16)
    expect(table.says(damaged)).to.deep.equal(['fault: DecodeError'])
    expect(table.pass(30_000)).to.deep.equal(['write [ack of 1, salts?]'])
  })

  it('takes the other messages of a container in which one is damaged', () => {
    const table = openTable()
    const damaged = writeGzipPacked(callBody(1)).fill(0xff, 8)
    expect(table.saysAll(damaged, callBody(2))).to.deep.equal(['fault: DecodeError', 'update'])
    expect(table.pass(30_000)).to.deep.equal(['write [ack of 2, salts?]'])
  })

  it('reports an answer that is too short to be one', () => {
    const table = openTable()
    const short = table.server.result(4n, new Uint8Array(0))
    expect(table.says(short)).to.deep.equal(['fault: DecodeError'])
    const refusal = table.server.refusal(4n, 400, 'X')
    table.call(1)
    const damaged = table.server.result(table.sent(1).messageId, refusal.slice(12, 20))
    const effects = table.fold.send(table.server.says(damaged))
    // Whoever reads it says that it is damaged.
    expect(effects.map(({ _ }) => _)).to.deep.equal(['answer'])
  })

  it('acks an answer that nobody waits for, and does not unpack it', () => {
    const table = openTable()
    const damaged = writeGzipPacked(callBody(1)).fill(0xff, 8)
    expect(table.says(table.server.result(4n, damaged))).to.deep.equal([])
    expect(table.pass(30_000)).to.deep.equal(['write [ack of 1, salts?]'])
  })

  it('unpacks no more of the answers of one packet than of anything else in it', () => {
    const table = openTable()
    table.call(1, 2, 3, 4)
    const answer = (id: number, body: Uint8Array) => table.server.result(table.sent(id).messageId, body)
    const bomb = writeGzipPacked(new Uint8Array(MAX_UNPACKED / 2))
    const stray = table.server.result(4n, bomb)
    const effects = table.saysAll(stray, answer(1, bomb), answer(2, bomb), answer(3, bomb), answer(4, callBody(4)))
    expect(effects).to.deep.equal(['answer 1', 'answer 2', 'fail 3: DecodeError', 'answer 4'])
    // The next packet has its own.
    table.call(5)
    expect(table.says(answer(5, bomb))).to.deep.equal(['answer 5'])
  })

  it('reports a container whose borders are broken', () => {
    const table = openTable()
    const container = new Uint8Array(12)
    new DataView(container.buffer).setInt32(0, 0x73f1f8dc, true)
    new DataView(container.buffer).setInt32(4, 3, true)
    expect(table.says(container)).to.deep.equal(['fault: DecodeError'])
  })
})
