import { expect } from 'chai'
import { ClosedError, ProtocolError } from '../../../lib/core/errors.ts'
import { writeRpcResult } from '../../../lib/core/protocol/pack.ts'
import { writeServiceObject } from '../../../lib/core/protocol/service.ts'
import { encode } from '../../../lib/core/tl/writer.ts'
import { OTHER_KEY } from '../../support/fake-server.ts'
import { openTable } from '../../support/session-says.ts'
import { callBody, SessionTable } from '../../support/session-table.ts'

// A table of words: what is told to the machine on the left, what it orders on the right, timers aside.

describe('core/protocol session', () => {
  describe('begins', () => {
    it('by ordering a link', () => {
      const { fold } = new SessionTable()
      expect(fold.begin).to.deep.equal([
        { _: 'view', state: { _: 'connecting' } },
        { _: 'timer', key: 'opening', at: 30_000 },
        { _: 'open', link: 1 },
      ])
    })

    it('on an open link with a ping', () => {
      expect(new SessionTable().open()).to.deep.equal(['ready', 'write ping'])
    })

    it('with the salt of the key exchange, and an even seq_no for what need not be acked', () => {
      const table = new SessionTable()
      table.open({ salt: -5n })
      expect(table.packets[0]).to.include({ salt: -5n, seqNo: 0, contained: false })
      expect(table.last('ping_delay_disconnect').service).to.include({ disconnectDelay: 75 })
    })

    it('again when the link does not open in time', () => {
      const table = new SessionTable()
      expect(table.pass(30_000)).to.deep.equal(['drop 1', 'fault: TransportError unsent', 'offline'])
      expect(table.pass(1_250)).to.deep.equal(['connecting', 'open 2'])
    })
  })

  describe('acks', () => {
    const update = (n: number) => callBody(n)

    it('go with the next packet that leaves', () => {
      const table = openTable()
      table.call(1)
      table.answers(1)
      expect(table.call(2)).to.deep.equal(['write [call 2, ack of 1]'])
    })

    it('go alone half a minute after the first', () => {
      const table = openTable()
      table.call(1)
      table.answers(1)
      table.pass(20_000)
      table.says(update(5))
      expect(table.pass(9_999)).to.deep.equal([])
      expect(table.pass(1)).to.deep.equal(['write ack of 2'])
    })

    it('go at once when there are a hundred', () => {
      const table = openTable()
      for (let n = 1; n < 100; n++) expect(table.says(update(n))).to.deep.equal(['update'])
      expect(table.says(update(100))).to.deep.equal(['update', 'write [ack of 100, salts?]'])
    })

    it('are for odd numbers only, and not for containers', () => {
      const table = openTable()
      table.saysAll({ _: 'pong', msgId: 4n, pingId: 1n }, update(1), update(2))
      expect(table.pass(30_000)).to.deep.equal(['write [ack of 2, salts?]'])
    })

    it('are for a repeated message again, which is not handled again', () => {
      const table = openTable()
      const said = table.server.says(update(1))
      expect(table.send(said)).to.deep.equal(['update'])
      expect(table.send(said)).to.deep.equal([])
      expect(table.pass(30_000)).to.deep.equal(['write [ack of 2, salts?]'])
    })

    it('that were lost with a link, or not sent yet, go with the next', () => {
      const table = openTable()
      table.says(update(1))
      table.pass(30_000)
      table.says(update(2))
      expect(table.reconnect()).to.deep.equal(['ready', 'write [ack of 2, ping]'])
    })

    it('that a pong confirmed are not said again', () => {
      const table = openTable()
      table.says(update(1))
      table.pass(30_000)
      table.pass(35_000)
      table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 1n })
      expect(table.reconnect()).to.deep.equal(['ready', 'write [salts?, ping]'])
    })
  })

  describe('updates', () => {
    it('are everything that is neither an answer nor a service message', () => {
      const table = openTable()
      expect(table.fold.send(table.server.says(callBody(3)))).to.deep.include({ _: 'update', body: callBody(3) })
    })

    it('are given in the order of the container', () => {
      const table = openTable()
      const effects = table.fold.send(table.server.saysAll(callBody(1), callBody(2)))
      expect(effects.filter(({ _ }) => _ === 'update')).to.deep.equal([
        { _: 'update', body: callBody(1) },
        { _: 'update', body: callBody(2) },
      ])
    })
  })

  describe('closing', () => {
    it('says what the server should still hear, and ends every call', () => {
      const table = openTable()
      table.call(1, 2)
      table.says(callBody(1))
      table.send({ _: 'cancel', id: 2 })
      table.fold.send({ _: 'invoke', id: 3, body: callBody(3) })
      expect(table.send({ _: 'close' })).to.deep.equal([
        'write [ack of 1, drop]',
        'drop 1',
        'fail 1: ClosedError',
        'fail 3: ClosedError',
        'closed',
        'end',
      ])
    })

    it('is heard once, and nothing is after it', () => {
      const table = openTable()
      table.send({ _: 'close' })
      expect(table.send({ _: 'close' })).to.deep.equal([])
      expect(table.send(table.server.says(callBody(1)))).to.deep.equal([])
      expect(table.lose()).to.deep.equal([])
      expect(table.pass(1_000_000)).to.deep.equal([])
      const [failed] = table.fold.send({ _: 'invoke', id: 1, body: callBody(1) })
      expect((failed as { error: Error }).error).to.be.instanceOf(ClosedError)
    })

    it('gives up a link that is being opened', () => {
      expect(new SessionTable().send({ _: 'close' })).to.deep.equal(['drop 1', 'closed', 'end'])
    })

    it('needs no link', () => {
      const table = openTable()
      table.lose()
      expect(table.send({ _: 'close' })).to.deep.equal(['closed', 'end'])
    })
  })

  describe('events of a link that is not the newest', () => {
    it('are ignored', () => {
      const table = openTable()
      table.reconnect()
      const said = table.server.says(callBody(1))
      expect(table.send({ ...said, link: 1 })).to.deep.equal([])
      expect(table.send({ _: 'closed', link: 1 })).to.deep.equal([])
      expect(table.send({ _: 'opened', link: 1, key: OTHER_KEY, salt: 0n, timeOffset: 0 })).to.deep.equal([])
      expect(table.send({ ...said, link: 2 })).to.deep.equal(['update'])
    })
  })

  describe('a result that is no object', () => {
    it('fails nothing when it is for nobody', () => {
      const table = openTable()
      expect(table.says(writeRpcResult(0n, callBody(1)))).to.deep.equal(['fault: ProtocolError'])
      expect(table.says(new Uint8Array(0))).to.deep.equal(['fault: DecodeError'])
      expect(table.says(encode({ _: 'ping', pingId: 1n } as const, writeServiceObject))).to.deep.equal([
        'fault: ProtocolError',
      ])
      expect(new ProtocolError('x').name).to.equal('ProtocolError')
    })
  })
})
