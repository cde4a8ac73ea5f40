import { expect } from 'chai'
import { writeContainer, writeGzipPacked } from '../../../lib/core/protocol/pack.ts'
import { writeServiceObject } from '../../../lib/core/protocol/service.ts'
import { encode } from '../../../lib/core/tl/writer.ts'
import { badSalt, newSession, openTable, refused } from '../../support/session-says.ts'
import { callBody, type SessionTable } from '../../support/session-table.ts'

/** An id of the server, so many seconds from now. */
const at = (table: SessionTable, seconds: number) =>
  table.server.ids.nextPush(table.serverEnv) + (BigInt(seconds) << 32n)
const LATE = 'fault: ProtocolError'

describe('core/protocol session: what one check leaves to no other', () => {
  it('drops a container whose own id is even, with all that is in it', () => {
    const table = openTable()
    const body = writeContainer([{ messageId: table.server.nextId(), seqNo: 1, body: callBody(1) }])
    const messageId = table.server.ids.nextPush(table.serverEnv) & ~1n & ~2n
    expect(table.says(body, { content: false, messageId })).to.deep.equal(['fault: ProtocolError'])
    expect(table.pass(40_000).join()).not.to.contain('ack')
  })

  it('takes nothing of a packet behind what began another session', () => {
    const table = openTable()
    table.call(1)
    const effects = table.saysAll(refused(table.sent(1).messageId, 33), callBody(7))
    expect(effects).not.to.include('update')
    expect(effects.join()).to.contain('call 1')
  })

  it('does not ack a damaged message that is too old to be told apart', () => {
    const table = openTable()
    const old = table.server.ids.nextPush(table.serverEnv)
    for (let n = 0; n < 11; n++) table.saysAll(...Array.from({ length: 100 }, (_, index) => callBody(index)))
    table.pass(60_000)
    table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 1n })
    const damaged = writeGzipPacked(callBody(1)).fill(0xff, 8)
    const body = writeContainer([{ messageId: old, seqNo: 1, body: damaged }])
    expect(table.says(body, { content: false })).to.deep.equal(['fault: DecodeError'])
    expect(table.pass(31_000).join()).not.to.contain('ack of')
  })

  it('takes a refusal from another time once', () => {
    const table = openTable()
    table.call(1)
    const messageId = at(table, 5_000)
    expect(table.says(badSalt(table.sent(1).messageId, 9n), { messageId })).to.deep.equal([
      LATE,
      'salts',
      'write call 1',
    ])
    // The same message again, though it is about what was sent since.
    expect(table.says(badSalt(table.sent(1).messageId, 10n), { messageId })).to.deep.equal([LATE])
  })

  it('asks for a sign of life when all that comes is of another time, but not again and again', () => {
    const table = openTable()
    table.says(callBody(1))
    expect(table.says(callBody(2), { messageId: at(table, -400) })).to.deep.equal([LATE])
    table.pass(25_000)
    expect(table.says(callBody(3), { messageId: at(table, -400) }).join()).to.match(
      /^fault: ProtocolError,write .*ping/,
    )
    expect(table.says(callBody(4), { messageId: at(table, -400) })).to.deep.equal([LATE])
  })

  it('lets a pong tell the time from ahead, with all that is beside it, and never from behind', () => {
    const ahead = openTable()
    ahead.says(callBody(1))
    ahead.pass(63_000)
    const pong = (table: SessionTable) => ({
      _: 'pong' as const,
      msgId: table.last('ping_delay_disconnect').messageId,
      pingId: 1n,
    })
    const bodies = (table: SessionTable) =>
      writeContainer([
        { messageId: table.server.nextId(), seqNo: 0, body: encode(pong(table), writeServiceObject) },
        { messageId: table.server.nextId(), seqNo: 1, body: callBody(5) },
      ])
    expect(ahead.says(bodies(ahead), { content: false, messageId: at(ahead, 100) })).to.include('update')

    const behind = openTable()
    behind.says(callBody(1))
    behind.pass(63_000)
    expect(behind.says(bodies(behind), { content: false, messageId: at(behind, -400) })).not.to.include('update')
  })

  it('says of a call that a forgotten session took along that it may have run', () => {
    const table = openTable()
    table.call(1)
    const effects = table.fold.send(table.server.says(newSession(table.sent(1).packetId + 4n, 9n)))
    const failed = effects.flatMap((effect) => (effect._ === 'fail' ? [effect.error.message] : []))
    expect(failed).to.deep.equal(['the server began the session anew: the call may have run'])
  })
})
