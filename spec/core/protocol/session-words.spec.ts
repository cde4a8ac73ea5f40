import { expect } from 'chai'
import type { SessionEffect } from '../../../lib/core/protocol/session-events.ts'
import { badSalt, openTable, refused } from '../../support/session-says.ts'
import { callBody, type SessionTable } from '../../support/session-table.ts'

/** What the errors say that came of it, by whom they are for. */
function errors(effects: readonly SessionEffect[]): readonly string[] {
  return effects.flatMap((effect) =>
    effect._ === 'fault' || effect._ === 'fail' ? [`${effect._}: ${effect.error.message}`] : [],
  )
}

const told = (table: SessionTable, ...args: Parameters<SessionTable['server']['says']>) =>
  errors(table.fold.send(table.server.says(...args)))

describe('core/protocol session: what its errors say', () => {
  it('of refusals', () => {
    const table = openTable()
    table.call(1)
    expect(told(table, refused(4n, 17))).to.deep.equal([
      'fault: expected one of our messages to be refused, got another (code 17)',
    ])
    expect(told(table, refused(table.sent(1).messageId, 64))).to.deep.equal([
      'fail: the server refused a message of ours with code 64',
      'fault: the server refused a message of ours with code 64',
    ])
  })

  it('of calls that may have run', () => {
    const table = openTable()
    table.call(1)
    expect(told(table, refused(table.sent(1).messageId, 20))).to.deep.equal([
      'fail: the server found it too old: the call may have run',
    ])
    const other = openTable()
    other.call(1)
    other.call(2)
    expect(told(other, refused(other.sent(2).messageId, 33))).to.deep.equal([
      'fail: the server wanted a new session (code 33): the call may have run',
    ])
  })

  it('of a call that is refused again and again', () => {
    const table = openTable()
    table.call(1)
    let last: readonly string[] = []
    for (let n = 0; n < 10; n++) {
      last = told(table, refused(table.sent(1).messageId, 48))
      table.pass(0)
    }
    expect(last).to.deep.equal(['fail: the server refused the call 10 times, with code 48'])
  })

  it('of packets and messages that are not taken', () => {
    const table = openTable()
    const says = (...args: Parameters<SessionTable['server']['says']>) => told(table, ...args)
    expect(says(callBody(1), { sessionId: 5n })).to.deep.equal([
      'fault: expected a packet of this session, got one of another',
    ])
    expect(says(callBody(1), { messageId: 4n })).to.deep.equal([
      'fault: expected the odd message id of a server, got an even one',
    ])
    table.says(callBody(1))
    const old = table.server.ids.nextPush(table.serverEnv) - (301n << 32n)
    expect(says(callBody(1), { messageId: old })).to.deep.equal([
      'fault: expected a packet of the last 300 s, got one of another time',
    ])
    expect(says(new Uint8Array(0))).to.deep.equal(['fault: expected an object, got 0 bytes'])
    expect(says(callBody(1), { content: false })).to.deep.equal([
      'fault: expected the other parity of seq_no for an update',
    ])
    expect(says({ _: 'ping', pingId: 1n })).to.deep.equal(['fault: expected a message of a session, got ping'])
    expect(says(table.server.result(0n, callBody(1)))).to.deep.equal([
      'fault: expected rpc_result of a message, got one of none',
    ])
    expect(says({ _: 'future_salts', reqMsgId: 4n, now: 0, salts: [] })).to.deep.equal([
      'fault: expected the future salts that were asked for, got others',
    ])
    expect(says({ _: 'msgs_state_info', reqMsgId: 4n, info: new Uint8Array(1) })).to.deep.equal([
      'fault: expected the states that were asked for, got others',
    ])
    expect(says({ _: 'msgs_all_info', msgIds: [4n], info: new Uint8Array(2) })).to.deep.equal([
      'fault: expected the states of 1 messages, got 2',
    ])
    expect(says({ _: 'destroy_session_ok', sessionId: 4n })).to.deep.equal([
      'fault: expected a session destroyed that was to be, got another',
    ])
  })

  it('of messages that are too old to be told apart', () => {
    const table = openTable()
    const old = table.server.ids.nextPush(table.serverEnv)
    for (let n = 0; n < 10; n++) table.saysAll(...Array.from({ length: 101 }, (_, index) => callBody(index)))
    expect(told(table, callBody(1), { messageId: old })).to.deep.equal([
      'fault: expected a message that is not older than the last 1,000, got one',
    ])
  })

  it('and refusals of what nobody sent are no reason to give the link up', () => {
    const table = openTable()
    for (let n = 0; n < 30; n++) expect(table.says(badSalt(4n, BigInt(n + 2)))).to.deep.equal(['salts'])
  })
})
