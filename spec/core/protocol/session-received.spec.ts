import { expect } from 'chai'
import { open } from '../../../lib/core/protocol/envelope.ts'
import type { SessionEffect } from '../../../lib/core/protocol/session-events.ts'
import { FAKE_KEY } from '../../support/fake-server.ts'
import { openTable } from '../../support/session-says.ts'
import { callBody, type SessionTable } from '../../support/session-table.ts'

/** The packets that ask for a quick ack, with the token that it would say. */
function asking(effects: readonly SessionEffect[]): readonly number[] {
  return effects.flatMap((effect) => {
    if (effect._ !== 'write' || effect.quickAck !== true) return []
    const opened = open({ key: FAKE_KEY, from: 'client', packet: effect.packet })
    return 'quickAckToken' in opened ? [opened.quickAckToken] : []
  })
}

/** A call that asks. Returns the tokens. */
function ask(table: SessionTable, id: number): readonly number[] {
  table.fold.send({ _: 'invoke', id, body: callBody(id), quickAck: true })
  return asking(table.fold.advance(0))
}

const quickAck = (token: number, link = 1) => ({ _: 'quickAck', link, token }) as const

describe('core/protocol session: quick acks', () => {
  it('are asked for where a call wants one, and told to it', () => {
    const table = openTable()
    const [token] = ask(table, 1)
    expect(table.send(quickAck(token!))).to.deep.equal(['received 1'])
    expect(table.fold.send({ _: 'invoke', id: 2, body: callBody(2) })).to.have.length(1)
    expect(asking(table.fold.advance(0))).to.deep.equal([])
  })

  it('are told once, and not after the end', () => {
    const table = openTable()
    table.fold.send({ _: 'invoke', id: 1, body: callBody(1), quickAck: true })
    table.fold.send({ _: 'invoke', id: 2, body: callBody(2), quickAck: true })
    const [token] = asking(table.fold.advance(0))
    table.send({ _: 'cancel', id: 2 })
    expect(table.send(quickAck(token!))).to.deep.equal(['received 1'])
    expect(table.send(quickAck(token!))).to.deep.equal([])
  })

  it('are of one link', () => {
    const table = openTable()
    const [token] = ask(table, 1)
    table.lose()
    table.pass(30_000)
    table.open()
    expect(table.send(quickAck(token!, 1))).to.deep.equal([])
    expect(table.send(quickAck(token!, 2))).to.deep.equal([])
  })

  it('that nobody asked for say nothing', () => {
    const table = openTable()
    ask(table, 1)
    expect(table.send(quickAck(0x8000_0001))).to.deep.equal([])
  })

  it('are not missed where the server acks the message itself', () => {
    const table = openTable()
    table.callWith({ quickAck: true }, 1)
    const ack = { _: 'msgs_ack', msgIds: [table.sent(1).messageId] } as const
    expect(table.says(ack)).to.deep.equal(['received 1'])
    expect(table.says(ack)).to.deep.equal([])
  })

  it('do not make the session believe that the server has the call', () => {
    const table = openTable()
    const [token] = ask(table, 1)
    table.send(quickAck(token!))
    table.lose()
    table.pass(30_000)
    expect(table.open().join()).to.contain('states of 1?')
  })

  it('are asked for again when a call that was not told is sent again', () => {
    const table = openTable()
    table.callWith({ quickAck: true }, 1)
    const refusal = { badMsgId: table.sent(1).messageId, badMsgSeqno: 1, errorCode: 48, newServerSalt: 9n }
    table.fold.send(table.server.says({ _: 'bad_server_salt', ...refusal }))
    expect(asking(table.fold.advance(0))).to.have.length(1)
  })
})
