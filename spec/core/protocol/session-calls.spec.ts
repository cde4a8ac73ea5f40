import { expect } from 'chai'
import type { TransportError } from '../../../lib/core/errors.ts'
import { writeContainer, writeGzipPacked } from '../../../lib/core/protocol/pack.ts'
import { writeServiceObject } from '../../../lib/core/protocol/service.ts'
import { CALLS_AT_ONCE, MAX_CALL_BYTES, MAX_OPEN_BYTES, MAX_WAITING } from '../../../lib/core/protocol/session.ts'
import { encode } from '../../../lib/core/tl/writer.ts'
import { openTable } from '../../support/session-says.ts'
import { callBody, SessionTable } from '../../support/session-table.ts'

// A table of words: what is told to the machine on the left, what it orders on the right, timers aside.

describe('core/protocol session: calls', () => {
  describe('a call', () => {
    it('waits for the link, then leaves with the first packet', () => {
      const table = new SessionTable()
      expect(table.call(1)).to.deep.equal([])
      expect(table.open()).to.deep.equal(['ready', 'write [call 1, ping]'])
    })

    it('leaves as soon as the work in hand is done', () => {
      const table = openTable()
      expect(table.fold.send({ _: 'invoke', id: 1, body: callBody(1) })).to.deep.equal([
        { _: 'timer', key: 'flush', at: 0 },
      ])
      expect(table.pass(0)).to.deep.equal(['write [call 1, salts?]'])
    })

    it('leaves alone, without a container', () => {
      const table = openTable()
      table.call(1)
      expect(table.call(2)).to.deep.equal(['write call 2'])
    })

    it('leaves with all others of its turn in one container', () => {
      const table = openTable()
      table.call(1)
      expect(table.call(2, 3, 4)).to.deep.equal(['write [call 2, call 3, call 4]'])
    })

    it('has an odd seq_no, and its container an even one and the greatest id', () => {
      const table = openTable()
      table.call(1)
      table.call(2, 3)
      const { messages, messageId, seqNo } = table.packets.at(-1)!
      const [first, second] = messages
      expect([first!.seqNo, second!.seqNo, seqNo]).to.deep.equal([3, 5, 6])
      expect(first!.messageId < second!.messageId && second!.messageId < messageId).to.equal(true)
    })

    it('ends with its answer, once', () => {
      const table = openTable()
      table.call(1)
      const { messageId } = table.sent(1)
      expect(table.says(table.server.result(messageId, callBody(1)))).to.deep.equal(['answer 1'])
      expect(table.says(table.server.result(messageId, callBody(1)))).to.deep.equal([])
    })

    it('gets the bytes of its answer', () => {
      const table = openTable()
      table.call(1)
      const said = table.server.says(table.server.result(table.sent(1).messageId, callBody(77)))
      expect(table.fold.send(said)).to.deep.include({ _: 'answer', id: 1, body: callBody(77) })
    })

    it('ends with the refusal of the server', () => {
      const table = openTable()
      table.call(1)
      const refusal = table.server.refusal(table.sent(1).messageId, 420, 'FLOOD_WAIT_3')
      expect(table.says(refusal)).to.deep.equal(['refuse 1: 420 FLOOD_WAIT_3'])
    })

    for (const code of [0, 10_000, -10_000]) {
      it(`takes the code ${code} for an internal error`, () => {
        const table = openTable()
        table.call(1)
        expect(table.says(table.server.refusal(table.sent(1).messageId, code, 'X'))).to.deep.equal(['refuse 1: 500 X'])
      })
    }

    it('takes a packed answer, and a packed refusal', () => {
      const table = openTable()
      table.call(1, 2)
      const error = encode({ _: 'rpc_error', errorCode: 400, errorMessage: 'X' } as const, writeServiceObject)
      const said = table.server.saysAll(
        table.server.result(table.sent(1).messageId, writeGzipPacked(callBody(1))),
        table.server.result(table.sent(2).messageId, writeGzipPacked(error)),
      )
      const effects = table.fold.send(said)
      expect(effects).to.deep.include({ _: 'answer', id: 1, body: callBody(1) })
      expect(effects).to.deep.include({ _: 'refuse', id: 2, code: 400, text: 'X' })
    })

    it('takes a packed message with an answer inside', () => {
      const table = openTable()
      table.call(1)
      const packed = writeGzipPacked(table.server.result(table.sent(1).messageId, callBody(1)))
      expect(table.says(packed)).to.deep.equal(['answer 1'])
    })

    it('fails when its answer is damaged, and no other does', () => {
      const table = openTable()
      table.call(1, 2)
      const damaged = writeGzipPacked(callBody(1)).fill(0xff, 8)
      expect(
        table.saysAll(
          table.server.result(table.sent(1).messageId, damaged),
          table.server.result(table.sent(2).messageId, callBody(2)),
        ),
      ).to.deep.equal(['fail 1: DecodeError', 'answer 2'])
    })

    it('gets the answers of a container, in its order', () => {
      const table = openTable()
      table.call(1, 2)
      const [one, two] = [1, 2].map((id) => table.server.result(table.sent(id).messageId, callBody(id)))
      expect(table.saysAll(two!, one!)).to.deep.equal(['answer 2', 'answer 1'])
    })

    it('of more bytes than a packet may have, or of none at all, is not sent', () => {
      const table = openTable()
      const invoke = (id: number, size: number) => table.send({ _: 'invoke', id, body: new Uint8Array(size) })
      expect(invoke(1, MAX_CALL_BYTES + 4)).to.deep.equal(['fail 1: UsageError'])
      expect(invoke(2, 7)).to.deep.equal(['fail 2: UsageError'])
      expect(invoke(3, MAX_CALL_BYTES)).to.deep.equal([])
    })

    it('that is a container is not sent', () => {
      const body = writeContainer([{ messageId: 4n, seqNo: 1, body: callBody(1) }])
      expect(openTable().send({ _: 'invoke', id: 1, body })).to.deep.equal(['fail 1: UsageError'])
    })
  })

  it('travels packed where that is shorter, also in a container, which never is', () => {
    const table = openTable()
    table.call(9)
    const long = new Uint8Array(4_000)
    long.set(callBody(2))
    table.send({ _: 'invoke', id: 1, body: callBody(1) })
    const [flush] = table.fold.send({ _: 'invoke', id: 2, body: long })
    expect(flush).to.equal(undefined)
    const write = table.fold.advance(0).find(({ _ }) => _ === 'write') as unknown as { packet: Uint8Array }
    expect(write.packet.length).to.be.below(300)
    const heard = table.server.openPacket(write.packet)
    expect(heard.contained).to.equal(true)
    expect(heard.messages.map(({ body }) => body)).to.deep.equal([callBody(1), long])
    // An object of the client's that is packed is content-related as it is.
    expect(heard.messages.map(({ seqNo }) => seqNo & 1)).to.deep.equal([1, 1])
  })

  describe('a container', () => {
    const sizes = (table: SessionTable, from: number) =>
      table.packets.slice(from).map(({ messages }) => messages.reduce((sum, { body }) => sum + 16 + body.length, 0))

    it('holds calls up to 32 KiB', () => {
      const table = new SessionTable()
      for (let id = 1; id <= 100; id++) table.fold.send({ _: 'invoke', id, body: callBody(id, 1_000) })
      table.open()
      const all = sizes(table, 0)
      // And a ping.
      expect(all.every((size) => size <= 32_768 + 64)).to.equal(true)
      expect(all).to.have.length(4)
    })

    it('is not made around a big call', () => {
      const table = openTable()
      table.call(9)
      for (const [id, size] of [
        [1, 8],
        [2, 40_000],
        [3, 8],
        [4, 8],
      ] as const) {
        table.fold.send({ _: 'invoke', id, body: callBody(id, size) })
      }
      expect(table.pass(0)).to.deep.equal(['write call 1', 'write call 2', 'write [call 3, call 4]'])
    })

    it('holds fewer than 1,020 messages', () => {
      const table = new SessionTable()
      for (let id = 1; id <= 1_000; id++) table.fold.send({ _: 'invoke', id, body: callBody(id) })
      table.open()
      expect(table.packets.map(({ messages }) => messages.length)).to.deep.equal([901, 100])
    })

    it('does not wait for the end of a long burst', () => {
      const table = openTable()
      const calls = (ids: readonly number[]): string => `write [${ids.map((id) => `call ${id}`).join(', ')}]`
      const ids = Array.from({ length: 2 * CALLS_AT_ONCE + 2 }, (_, index) => index + 1)
      // What is asked for besides goes with the first.
      table.call(ids.shift()!)
      const atOnce = ids.map((id) => table.send({ _: 'invoke', id, body: callBody(id) }))
      expect(atOnce[CALLS_AT_ONCE - 1]).to.deep.equal([calls(ids.slice(0, CALLS_AT_ONCE))])
      expect(atOnce[2 * CALLS_AT_ONCE - 1]).to.deep.equal([calls(ids.slice(CALLS_AT_ONCE, -1))])
      expect(atOnce.flat()).to.have.length(2)
      expect(table.pass(0)).to.deep.equal([`write call ${ids.at(-1)}`])
    })
  })

  describe('the queue', () => {
    it('holds 1,000 calls that wait for a link, and the newest fails beyond that', () => {
      const table = new SessionTable()
      for (let id = 1; id <= MAX_WAITING; id++) table.fold.send({ _: 'invoke', id, body: callBody(id) })
      const [failed] = table.fold.send({ _: 'invoke', id: 1_001, body: callBody(1_001) })
      expect(failed).to.deep.include({ _: 'fail', id: 1_001 })
      expect((failed as unknown as { error: TransportError }).error.outcome).to.equal('unsent')
      table.open()
      const sent = table.packets.flatMap(({ messages }) => messages.filter(({ service }) => service === undefined))
      expect(sent).to.have.length(1_000)
    })

    it('holds 128 MiB of calls that are open, sent or not, and the newest fails beyond that', () => {
      const table = new SessionTable()
      const body = callBody(1, 1_000_000)
      const most = Math.floor(MAX_OPEN_BYTES / body.length)
      for (let id = 1; id <= most; id++) expect(table.send({ _: 'invoke', id, body })).to.deep.equal([])
      const invoke = (id: number) => table.send({ _: 'invoke', id, body })
      expect(invoke(1_001)).to.deep.equal(['fail 1001: TransportError unsent'])
      table.send({ _: 'cancel', id: 1 })
      expect(invoke(1_002)).to.deep.equal([])
    })

    it('does not fail a burst over an open link', () => {
      const table = openTable()
      const ids = Array.from({ length: 3_000 }, (_, index) => index + 1)
      expect(table.call(...ids).filter((words) => words.startsWith('fail'))).to.deep.equal([])
    })

    it('keeps back what is more than 4,096 calls under way, until there are answers', () => {
      const table = openTable()
      const ids = Array.from({ length: 4_100 }, (_, index) => index + 1)
      table.call(...ids)
      expect(() => table.sent(4_097)).to.throw('was not sent')
      expect(table.answers(1)).to.deep.equal(['answer 1', 'write [call 4097, ack of 1]'])
      expect(table.send({ _: 'cancel', id: 2 })).to.deep.equal([])
      expect(table.pass(0)).to.deep.equal(['write [call 4098, drop]'])
    })
  })

  describe('cancelling', () => {
    it('removes a call that waits, without a word', () => {
      const table = new SessionTable()
      table.call(1, 2)
      expect(table.send({ _: 'cancel', id: 1 })).to.deep.equal([])
      expect(table.open()).to.deep.equal(['ready', 'write [call 2, ping]'])
    })

    it('sends a drop with the next packet for one that is under way', () => {
      const table = openTable()
      table.call(1)
      const { messageId } = table.sent(1)
      expect(table.send({ _: 'cancel', id: 1 })).to.deep.equal([])
      expect(table.call(2)).to.deep.equal(['write [call 2, drop]'])
      expect(table.last('rpc_drop_answer').service).to.deep.equal({ _: 'rpc_drop_answer', reqMsgId: messageId })
    })

    it('sends the drop alone when nothing else leaves soon', () => {
      const table = openTable()
      table.call(1)
      table.send({ _: 'cancel', id: 1 })
      expect(table.pass(99)).to.deep.equal([])
      expect(table.pass(1)).to.deep.equal(['write drop'])
    })

    it('sends many drops in one container', () => {
      const table = openTable()
      table.call(1, 2, 3)
      for (const id of [1, 2, 3]) table.send({ _: 'cancel', id })
      expect(table.pass(100)).to.deep.equal(['write [drop, drop, drop]'])
    })

    it('absorbs and acks the late answer, and the answer to the drop', () => {
      const table = openTable()
      table.call(1)
      const { messageId } = table.sent(1)
      table.send({ _: 'cancel', id: 1 })
      expect(table.says(table.server.result(messageId, callBody(1)))).to.deep.equal([])
      table.pass(100)
      const drop = table.last('rpc_drop_answer')
      const answer = encode({ _: 'rpc_answer_unknown' } as const, writeServiceObject)
      expect(table.says(table.server.result(drop.messageId, answer))).to.deep.equal([])
      expect(table.pass(30_000)).to.include('write ack of 1')
    })

    it('does nothing after the answer', () => {
      const table = openTable()
      table.call(1)
      table.answers(1)
      expect(table.send({ _: 'cancel', id: 1 })).to.deep.equal([])
      expect(table.pass(1_000)).to.deep.equal([])
    })

    it('keeps the drop over a lost link, sent or not', () => {
      const table = openTable()
      table.call(1, 2)
      table.send({ _: 'cancel', id: 1 })
      table.pass(100)
      table.send({ _: 'cancel', id: 2 })
      expect(table.reconnect()).to.deep.equal(['ready', 'write [drop, drop, ping]'])
    })

    it('says nothing of a call that the server refused', () => {
      const table = openTable()
      table.call(1)
      const { messageId } = table.sent(1)
      table.send(table.server.says({ _: 'bad_msg_notification', badMsgId: messageId, badMsgSeqno: 1, errorCode: 20 }))
      table.send({ _: 'cancel', id: 1 })
      expect(table.pass(1_000)).to.deep.equal([])
    })
  })
})
