import { expect } from 'chai'
import type { ServiceObject } from '../../../lib/core/protocol/service.ts'
import { newSession, openTable } from '../../support/session-says.ts'
import { callBody } from '../../support/session-table.ts'

const states = (reqMsgId: bigint, ...info: number[]): ServiceObject => ({
  _: 'msgs_state_info',
  reqMsgId,
  info: Uint8Array.from(info),
})

describe('core/protocol session: new_session_created', () => {
  it('tells the updates, keeps the salt and is acked', () => {
    const table = openTable()
    expect(table.says(newSession(1n, 1n, 55n))).to.deep.equal(['salts', 'newSession, the first'])
    expect(table.says(newSession(1n, 2n, 56n))).to.deep.equal(['salts', 'newSession'])
    expect(table.call(1)).to.deep.equal(['write [call 1, ack of 2, salts?]'])
    expect(table.packets.at(-1)!.salt).to.equal(56n)
  })

  it('that is repeated is only acked', () => {
    const table = openTable()
    table.call(1)
    const said = newSession(1n)
    table.says(said)
    expect(table.says(said)).to.deep.equal([])
    expect(table.pass(10_000).join()).to.contain('ack of 2')
  })

  it('makes what is older be sent again, acked or not', () => {
    const table = openTable()
    table.call(1)
    table.call(2)
    table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
    table.call(3)
    expect(table.says(newSession(table.sent(3).messageId)).at(-1)).to.equal('write [call 1, call 2, ack of 1]')
    expect(table.answers(3)).to.deep.equal(['answer 3'])
    expect(table.answers(1)).to.deep.equal(['answer 1'])
  })

  it('does not make what is in the same container, before the first message, be sent again', () => {
    const table = openTable()
    table.call(9)
    table.call(1, 2, 3)
    expect(table.says(newSession(table.sent(2).messageId)).at(-1)).to.equal('write [call 9, ack of 1]')
  })

  it('compares a container by its own id', () => {
    const table = openTable()
    table.call(1, 2)
    table.call(3)
    expect(table.says(newSession(table.sent(1).packetId)).join()).not.to.contain('call')
    expect(table.says(newSession(table.sent(3).packetId, 2n)).at(-1)).to.equal('write [call 1, call 2, ack of 2]')
  })
})

describe('core/protocol session: acknowledgements and states', () => {
  it('asks after a reconnect what became of the calls, and sends again what did not arrive', () => {
    const table = openTable()
    table.call(1, 2, 3, 4, 5)
    expect(table.reconnect()).to.deep.equal(['ready', 'write [states of 5?, ping]'])
    const { messageId } = table.last('msgs_state_req')
    expect(table.says(states(messageId, 1, 2, 3, 4, 4 + 64 + 8))).to.deep.equal(['write [call 1, call 2, call 3]'])
    expect(table.answers(4)).to.deep.equal(['answer 4'])
    expect(table.reconnect()).to.deep.equal(['ready', 'write [ack of 1, salts?, states of 3?, ping]'])
  })

  it('does not ask for what was acked, or answered', () => {
    const table = openTable()
    table.call(1, 2)
    table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
    table.answers(2)
    expect(table.reconnect()).to.deep.equal(['ready', 'write [ack of 1, ping]'])
    expect(table.answers(1)).to.deep.equal(['answer 1'])
  })

  it('takes an answer that comes before the state', () => {
    const table = openTable()
    table.call(1)
    table.reconnect()
    const { messageId } = table.last('msgs_state_req')
    expect(table.answers(1)).to.deep.equal(['answer 1'])
    expect(table.says(states(messageId, 1))).to.deep.equal([])
  })

  it('sends calls that waited without asking', () => {
    const table = openTable()
    table.lose()
    table.call(1)
    table.pass(2_000)
    expect(table.open()).to.deep.equal(['ready', 'write [call 1, salts?, ping]'])
  })

  it('does not believe states that were not asked for, or too few of them', () => {
    const table = openTable()
    table.call(1, 2)
    table.reconnect()
    expect(table.says(states(4n, 1))).to.deep.equal(['fault: ProtocolError'])
    expect(table.says(states(table.last('msgs_state_req').messageId, 1))).to.deep.equal(['fault: ProtocolError'])
  })

  it('believes states that are told', () => {
    const table = openTable()
    table.call(1)
    const told: ServiceObject = { _: 'msgs_all_info', msgIds: [table.sent(1).messageId], info: Uint8Array.of(2) }
    expect(table.says(told).at(-1)).to.contain('write call 1')
  })

  it('answers what the server asks from what is known', () => {
    const table = openTable()
    const seen = table.server.ids.nextPush(table.env)
    table.says(callBody(1), { messageId: seen })
    const high = seen + (100n << 32n)
    expect(table.says({ _: 'msgs_state_req', msgIds: [seen, seen - 4n, high] })).to.deep.equal(
      ['update', 'write [ack of 2, salts?, states 4 2 3]'].slice(1),
    )
    const asked = table.last('msgs_state_info').service
    expect(asked).to.include({ _: 'msgs_state_info' })
    expect(table.says({ _: 'msg_resend_req', msgIds: [8n] })).to.deep.equal(['write [ack of 1, states 2]'])
  })
})

describe('core/protocol session: detailed infos', () => {
  it('make an answer be asked for that did not come, and it is not acked before it does', () => {
    const table = openTable()
    table.call(1)
    const answerMsgId = table.server.ids.nextAnswer(table.env)
    const { messageId } = table.sent(1)
    expect(
      table.says({ _: 'msg_detailed_info', msgId: messageId, answerMsgId, bytes: 90_000, status: 0 }),
    ).to.deep.equal(['write resend 1'])
    expect(table.last('msg_resend_req').service).to.deep.equal({ _: 'msg_resend_req', msgIds: [answerMsgId] })
    expect(table.pass(9_000)).to.deep.equal([])
    const result = table.server.result(messageId, callBody(1))
    expect(table.says(result, { messageId: answerMsgId })).to.deep.equal(['answer 1'])
    // And the call counts as acked meanwhile.
    expect(table.call(2)).to.deep.equal(['write [call 2, ack of 1]'])
  })

  it('make a message be acked again that came', () => {
    const table = openTable()
    const messageId = table.server.ids.nextPush(table.env)
    table.says(callBody(1), { messageId })
    table.call(1)
    expect(table.says({ _: 'msg_new_detailed_info', answerMsgId: messageId, bytes: 8, status: 0 })).to.deep.equal([])
    expect(table.call(2)).to.deep.equal(['write [call 2, ack of 1]'])
  })

  it('keep the request for it over a lost link', () => {
    const table = openTable()
    table.says({ _: 'msg_new_detailed_info', answerMsgId: table.server.ids.nextPush(table.env), bytes: 8, status: 0 })
    expect(table.reconnect()).to.deep.equal(['ready', 'write [resend 1, ping]'])
  })

  it('are done with when the server can not resend it', () => {
    const table = openTable()
    table.says({ _: 'msg_new_detailed_info', answerMsgId: table.server.ids.nextPush(table.env), bytes: 8, status: 0 })
    expect(table.says(states(table.last('msg_resend_req').messageId, 1))).to.deep.equal([])
    expect(table.reconnect()).to.deep.equal(['ready', 'write ping'])
  })
})
