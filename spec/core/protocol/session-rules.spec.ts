import { expect } from 'chai'
import { newSession, openTable } from '../../support/session-says.ts'

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

  it('ends what is older, since the server may have run it before it forgot it', () => {
    const table = openTable()
    table.call(1)
    table.call(2)
    expect(table.says(newSession(table.sent(2).messageId))).to.deep.equal([
      'salts',
      'fail 1: TransportError unknown',
      'newSession, the first',
    ])
    expect(table.answers(2)).to.deep.equal(['answer 2'])
  })

  it('makes what is older and may run twice be sent again, acked or not', () => {
    const table = openTable()
    table.read(1)
    table.read(2)
    table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
    table.call(3)
    expect(table.says(newSession(table.sent(3).messageId)).at(-1)).to.equal('write [call 1, call 2, ack of 1]')
    expect(table.answers(3)).to.deep.equal(['answer 3'])
    expect(table.answers(1)).to.deep.equal(['answer 1'])
  })

  it('does not make what is in the same container, before the first message, be sent again', () => {
    const table = openTable()
    table.read(9)
    table.read(1, 2, 3)
    expect(table.says(newSession(table.sent(2).messageId)).at(-1)).to.equal('write [call 9, ack of 1]')
  })

  it('compares a container by its own id', () => {
    const table = openTable()
    table.read(1, 2)
    table.read(3)
    expect(table.says(newSession(table.sent(1).packetId)).join()).not.to.contain('call')
    expect(table.says(newSession(table.sent(3).packetId, 2n)).at(-1)).to.equal('write [call 1, call 2, ack of 2]')
  })
})
