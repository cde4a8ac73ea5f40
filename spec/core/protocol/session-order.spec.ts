import { expect } from 'chai'
import { newSession, openTable, refused } from '../../support/session-says.ts'
import { afterOf, callBody, type SessionTable } from '../../support/session-table.ts'

/** The server does not want that call to wait. */
function refusesWait(table: SessionTable, id: number, text = 'MSG_WAIT_FAILED'): readonly string[] {
  const code = text === 'MSG_WAIT_FAILED' ? 400 : -503
  return table.says(table.server.refusal(table.sent(id).messageId, code, text))
}

/** The server tells of all calls that it was asked about. */
function tellsStates(table: SessionTable, state: number): readonly string[] {
  const asked = table.last('msgs_state_req')
  const count = asked.service?._ === 'msgs_state_req' ? asked.service.msgIds.length : 0
  return table.says({ _: 'msgs_state_info', reqMsgId: asked.messageId, info: new Uint8Array(count).fill(state) })
}

const calls = (words: readonly string[]): readonly string[] =>
  words.flatMap((each) => /call [^\],]*/g[Symbol.match](each) ?? [])

describe('core/protocol session: calls in a row', () => {
  it('name the one before them, in the same container or earlier', () => {
    const table = openTable()
    expect(calls(table.callInRow(0, 1, 2, 3))).to.deep.equal(['call 1', 'call 2 after 1', 'call 3 after 2'])
    expect(calls(table.callInRow(3, 4))).to.deep.equal(['call 4 after 3'])
  })

  it('leave other rows, and calls of no row, alone', () => {
    const table = openTable()
    table.callInRow(0, 1)
    expect(calls(table.callInRow(0, 2))).to.deep.equal(['call 2'])
    expect(calls(table.call(3))).to.deep.equal(['call 3'])
    expect(calls(table.callInRow(1, 4))).to.deep.equal(['call 4 after 1'])
    expect(calls(table.callInRow(2, 5))).to.deep.equal(['call 5 after 2'])
  })

  it('name nothing when the one before has ended', () => {
    const table = openTable()
    table.callInRow(0, 1)
    table.answers(1)
    expect(calls(table.callInRow(1, 2))).to.deep.equal(['call 2'])
    table.says(table.server.refusal(table.sent(2).messageId, 400, 'PEER_ID_INVALID'))
    expect(calls(table.callInRow(2, 3))).to.deep.equal(['call 3'])
  })

  it('name the one before under its new id', () => {
    const table = openTable()
    table.callInRow(0, 1, 2)
    const { packetId } = table.sent(1)
    const again = table.says({
      _: 'bad_server_salt',
      badMsgId: packetId,
      badMsgSeqno: 0,
      errorCode: 48,
      newServerSalt: 9n,
    })
    expect(calls(again)).to.deep.equal(['call 1', 'call 2 after 1'])
    expect(afterOf(table.sent(2).body)).to.equal(table.sent(1).messageId)
  })

  it('wait while nobody knows what became of the one before', () => {
    const table = openTable()
    table.callInRow(0, 1)
    table.reconnect()
    expect(calls(table.callInRow(1, 2))).to.deep.equal([])
    expect(calls(table.call(3))).to.deep.equal(['call 3'])
    expect(calls(tellsStates(table, 4))).to.deep.equal(['call 2 after 1'])
  })

  it('go with the one before when that is sent again', () => {
    const table = openTable()
    table.callInRow(0, 1)
    table.reconnect()
    table.callInRow(1, 2)
    expect(calls(tellsStates(table, 2))).to.deep.equal(['call 1', 'call 2 after 1'])
  })

  it('pass over what was cancelled before it was sent', () => {
    const table = openTable()
    table.callInRow(0, 1)
    for (const [id, after] of [
      [2, 1],
      [3, 2],
    ] as const)
      table.send({ _: 'invoke', id, body: callBody(id), after })
    table.send({ _: 'cancel', id: 2 })
    expect(calls(table.pass(0))).to.deep.equal(['call 3 after 1'])
    table.send({ _: 'invoke', id: 4, body: callBody(4), after: 3 })
    table.send({ _: 'cancel', id: 4 })
    expect(calls(table.callInRow(4, 5))).to.deep.equal(['call 5 after 3'])
  })

  it('come after what was cancelled on its way, and don’t insist on it', () => {
    const table = openTable()
    table.callInRow(0, 1, 2)
    table.send({ _: 'cancel', id: 2 })
    expect(calls(table.callInRow(2, 3))).to.deep.equal(['call 3 after 2'])
    expect(calls(refusesWait(table, 3))).to.deep.equal(['call 3 after 1'])
    expect(table.answers(3)).to.deep.equal(['answer 3'])
  })

  for (const text of ['MSG_WAIT_FAILED', 'MSG_WAIT_TIMEOUT'])
    it(`are sent again when the one before has ended (${text})`, () => {
      const table = openTable()
      table.callInRow(0, 1, 2)
      expect(refusesWait(table, 2, text)).to.deep.equal([])
      expect(table.pass(1_000).filter((each) => each.includes('call'))).to.deep.equal([])
      const [answer, ...rest] = table.answers(1)
      expect(answer).to.equal('answer 1')
      expect(calls(rest)).to.deep.equal(['call 2'])
      expect(table.answers(2)).to.deep.equal(['answer 2'])
    })

  it('are not kept by one that is cancelled while they wait for it', () => {
    const table = openTable()
    table.callInRow(0, 1, 2)
    refusesWait(table, 2, 'MSG_WAIT_TIMEOUT')
    expect(calls(table.send({ _: 'cancel', id: 1 }).concat(table.pass(0)))).to.deep.equal(['call 2 after 1'])
    expect(calls(refusesWait(table, 2))).to.deep.equal(['call 2'])
  })

  it('keep their order when the whole row is refused', () => {
    const table = openTable()
    table.callInRow(0, 1, 2, 3)
    refusesWait(table, 3)
    refusesWait(table, 2)
    expect(calls(table.answers(1))).to.deep.equal(['call 2', 'call 3 after 2'])
  })

  it('give the caller a refusal that was not about the row', () => {
    const table = openTable()
    table.callInRow(0, 1)
    expect(refusesWait(table, 1)).to.deep.equal(['refuse 1: 400 MSG_WAIT_FAILED'])
    table.call(2)
    expect(refusesWait(table, 2)).to.deep.equal(['refuse 2: 400 MSG_WAIT_FAILED'])
  })

  it('stop asking the server to wait when it refused ten times', () => {
    const table = openTable()
    table.callInRow(0, 1)
    table.send({ _: 'cancel', id: 1 })
    table.callInRow(1, 2)
    let sent = 1
    for (; sent < 20; sent++) {
      const words = calls(refusesWait(table, 2, 'MSG_WAIT_TIMEOUT'))
      if (words[0] === 'call 2') break
      expect(words).to.deep.equal(['call 2 after 1'])
    }
    expect(sent).to.equal(10)
  })

  it('wait for nothing that is gone when the server refused ten times', () => {
    const table = openTable()
    const many = Array.from({ length: 15 }, (_, index) => index + 1)
    table.callInRow(0, ...many)
    for (const id of many) table.send({ _: 'cancel', id })
    expect(calls(table.callInRow(15, 16))).to.deep.equal(['call 16 after 15'])
    for (let named = 14; named > 5; named--)
      expect(calls(refusesWait(table, 16))).to.deep.equal([`call 16 after ${named}`])
    expect(calls(refusesWait(table, 16))).to.deep.equal(['call 16'])
  })

  it('come after nothing that the server has forgotten', () => {
    const table = openTable()
    table.callInRow(0, 1, 2)
    table.says(newSession(table.sent(2).packetId + 1n, 5n))
    expect(calls(table.callInRow(2, 3))).to.deep.equal(['call 3'])
  })

  it('begin anew in another session: nothing of the old one is named', () => {
    const table = openTable()
    table.callInRow(0, 1)
    table.call(9)
    const words = table.says(refused(table.sent(9).messageId, 32))
    expect(words).to.include('fail 1: TransportError unknown')
    expect(calls(words)).to.deep.equal(['call 9'])
    expect(calls(table.callInRow(1, 2))).to.deep.equal(['call 2'])
    expect(calls(table.callInRow(2, 3))).to.deep.equal(['call 3 after 2'])
  })

  it('keep their order in another session where they may be repeated', () => {
    const table = openTable()
    table.callWith({ after: 0, repeatable: true }, 1)
    table.callWith({ after: 1, repeatable: true }, 2)
    table.call(9)
    expect(calls(table.says(refused(table.sent(9).messageId, 32)))).to.deep.equal([
      'call 1',
      'call 2 after 1',
      'call 9',
    ])
    expect(afterOf(table.sent(2).body)).to.equal(table.sent(1).messageId)
  })

  it('come after what was there before one that was not taken', () => {
    const table = openTable()
    table.callInRow(0, 1)
    expect(table.send({ _: 'invoke', id: 2, body: new Uint8Array(3), after: 1 })).to.deep.equal(['fail 2: UsageError'])
    expect(calls(table.callInRow(2, 3))).to.deep.equal(['call 3 after 1'])
  })
})
