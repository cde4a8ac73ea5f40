import { expect } from 'chai'
import { writeGzipPacked } from '../../../lib/core/protocol/pack.ts'
import type { ServiceObject } from '../../../lib/core/protocol/service.ts'
import { writeServiceObject } from '../../../lib/core/protocol/service.ts'
import type { SessionEffect } from '../../../lib/core/protocol/session-events.ts'
import { encode } from '../../../lib/core/tl/writer.ts'
import { OTHER_KEY } from '../../support/fake-server.ts'
import { callBody, SessionTable } from '../../support/session-table.ts'

const open = (options?: ConstructorParameters<typeof SessionTable>[0]) => new SessionTable(options).openAndGreet()

const refused = (badMsgId: bigint, errorCode: number): ServiceObject => ({
  _: 'bad_msg_notification',
  badMsgId,
  badMsgSeqno: 1,
  errorCode,
})
const badSalt = (badMsgId: bigint, newServerSalt: bigint): ServiceObject => ({
  _: 'bad_server_salt',
  badMsgId,
  badMsgSeqno: 1,
  errorCode: 48,
  newServerSalt,
})
const newSession = (firstMsgId: bigint, uniqueId = 1n, serverSalt = 1n): ServiceObject => ({
  _: 'new_session_created',
  firstMsgId,
  uniqueId,
  serverSalt,
})
const states = (reqMsgId: bigint, ...info: number[]): ServiceObject => ({
  _: 'msgs_state_info',
  reqMsgId,
  info: Uint8Array.from(info),
})
const saltsOf = (effects: readonly SessionEffect[]) =>
  effects.flatMap((effect) => (effect._ === 'fact' && effect.fact._ === 'salts' ? [effect.fact] : []))

describe('core/protocol session: the checks of what comes', () => {
  it('refuses a packet of another key, and the link with it', () => {
    const table = open()
    expect(table.says(callBody(1), { key: OTHER_KEY })).to.deep.equal(['drop 1', 'fault: ProtocolError', 'offline'])
  })

  it('refuses a packet that was changed, and the link with it', () => {
    const table = open()
    const { packet } = table.server.says(callBody(1))
    packet[packet.length - 1]! ^= 1
    expect(table.send({ _: 'received', link: 1, packet })).to.deep.equal(['drop 1', 'fault: ProtocolError', 'offline'])
  })

  it('drops a packet of another session', () => {
    const table = open()
    expect(table.says(callBody(1), { sessionId: 5n })).to.deep.equal(['fault: ProtocolError'])
    expect(table.pass(40_000)).not.to.include('write ack of 1')
  })

  for (const low of [0n, 2n]) {
    it(`drops a packet whose id ends in ${low}: only clients make even ones`, () => {
      const table = open()
      const messageId = (table.server.ids.nextPush(table.env) & ~3n) | low
      expect(table.says(callBody(1), { messageId })).to.deep.equal(['fault: ProtocolError'])
    })
  }

  it('drops a contained message with an even id, and takes the others', () => {
    const table = open()
    const packet = table.server.container([callBody(1), callBody(2)], [{ messageId: 1n << 32n }])
    expect(table.send({ _: 'received', link: 1, packet })).to.deep.equal(['fault: ProtocolError', 'update'])
  })

  const at = (table: SessionTable, seconds: number) => table.server.ids.nextPush(table.env) + (BigInt(seconds) << 32n)

  it('drops what is older than 300 s, or from more than 30 s ahead', () => {
    const table = open()
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
    const table = open()
    table.call(1)
    const sent = table.sent(1).messageId
    expect(table.says(refused(sent, 16), { messageId: at(table, 5_000) })).to.deep.equal([
      'fault: ProtocolError',
      'salts',
      'write call 1',
    ])
    const other = open()
    other.call(1)
    expect(other.says(refused(4n, 16), { messageId: at(other, 5_000) })).to.deep.equal(['fault: ProtocolError'])
    expect(other.says(badSalt(4n, 9n), { messageId: at(other, 5_000) })).to.deep.equal(['fault: ProtocolError'])
  })

  it('reports a wrong parity of seq_no, and takes the message', () => {
    const table = open()
    table.call(1)
    const result = table.server.result(table.sent(1).messageId, callBody(1))
    expect(table.says(result, { content: false })).to.deep.equal(['fault: ProtocolError', 'answer 1'])
    expect(table.says(callBody(2), { content: false })).to.deep.equal(['fault: ProtocolError', 'update'])
    expect(table.says(newSession(4n), { content: false })).to.include('fault: ProtocolError')
  })

  it('can not tell whether a message is new that is older than the last 1,000', () => {
    const table = open()
    const old = table.server.ids.nextPush(table.env)
    for (let n = 0; n < 10; n++) table.saysAll(...Array.from({ length: 101 }, (_, index) => callBody(index)))
    expect(table.says(callBody(1), { messageId: old })).to.deep.equal(['fault: ProtocolError'])
  })

  it('takes an answer all the same, since it can be handled once only', () => {
    const table = open()
    table.call(1)
    const old = table.server.ids.nextAnswer(table.env)
    for (let n = 0; n < 10; n++) table.saysAll(...Array.from({ length: 101 }, (_, index) => callBody(index)))
    const result = table.server.result(table.sent(1).messageId, callBody(1))
    expect(table.says(result, { messageId: old })).to.deep.equal(['answer 1'])
  })

  it('acks a message that can not be read, so that it does not come again', () => {
    const table = open()
    const damaged = encode({ _: 'msgs_ack', msgIds: [1n, 2n] } as const, writeServiceObject).slice(0, 16)
    expect(table.says(damaged)).to.deep.equal(['fault: DecodeError'])
    expect(table.pass(30_000)).to.deep.equal(['write [ack of 1, salts?]'])
  })

  it('takes the other messages of a container in which one is damaged', () => {
    const table = open()
    const damaged = writeGzipPacked(callBody(1)).fill(0xff, 8)
    expect(table.saysAll(damaged, callBody(2))).to.deep.equal(['fault: DecodeError', 'update'])
    expect(table.pass(30_000)).to.deep.equal(['write [ack of 2, salts?]'])
  })

  it('reports an answer that is too short to be one', () => {
    const table = open()
    const short = table.server.result(4n, new Uint8Array(0))
    expect(table.says(short)).to.deep.equal(['fault: DecodeError'])
    const refusal = table.server.refusal(4n, 400, 'X')
    table.call(1)
    const damaged = table.server.result(table.sent(1).messageId, refusal.slice(12, 20))
    const effects = table.fold.send(table.server.says(damaged))
    // Whoever reads it says that it is damaged.
    expect(effects.map(({ _ }) => _)).to.deep.equal(['answer', 'timer'])
  })

  it('reports a container whose borders are broken', () => {
    const table = open()
    const container = new Uint8Array(12)
    new DataView(container.buffer).setInt32(0, 0x73f1f8dc, true)
    new DataView(container.buffer).setInt32(4, 3, true)
    expect(table.says(container)).to.deep.equal(['fault: DecodeError'])
  })
})

describe('core/protocol session: salts', () => {
  it('are taken from bad_server_salt, and the message is sent again under a new id', () => {
    const table = open()
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
    const table = open()
    table.call(1)
    table.answers(1)
    table.says(callBody(9))
    table.pass(30_000)
    const ack = table.last('msgs_ack')
    expect(table.says(badSalt(ack.packetId, 77n))).to.deep.equal(['salts'])
    expect(table.call(2)).to.deep.equal(['write [call 2, ack of 2]'])
  })

  it('are taken also when it is not known what was refused', () => {
    const table = open()
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
    const table = open()
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
    const table = open()
    table.call(1)
    const effects = table.fold.send(table.server.says(futures(table, table.last('get_future_salts').messageId)))
    const [kept] = saltsOf(effects)
    expect(kept!.keyId).to.equal(table.server.key.id)
    expect(kept!.salts.map(({ salt }) => salt)).to.deep.equal([1n, 100n, 101n, 102n])
    expect(Math.abs(kept!.timeOffset)).to.be.below(1)
  })

  it('are asked for once a minute at most', () => {
    const table = open()
    table.call(1)
    expect(table.call(2)).to.deep.equal(['write call 2'])
    table.answers(1)
    table.answers(2)
    expect(table.pass(59_000)).to.deep.equal(['write ack of 2'])
    expect(table.pass(1_000)).to.deep.equal(['write [salts?, ping]'])
  })

  it('that nobody asked for are not believed', () => {
    const table = open()
    expect(table.says(futures(table, 4n))).to.deep.equal(['fault: ProtocolError'])
  })
})

describe('core/protocol session: bad_msg_notification', () => {
  /** code, what follows after call 1 was refused while call 2 was sent after it and call 3 was acked. */
  const rows: [code: number, effects: string[]][] = [
    [16, ['salts', 'write call 1']],
    [17, ['salts', 'fail 3: TransportError unknown', 'write [call 1, call 2, ping]']],
    [18, ['fail 1: ProtocolError', 'drop 1', 'fault: ProtocolError', 'offline']],
    [19, ['fail 3: TransportError unknown', 'fail 2: TransportError unknown', 'write [call 1, ping]']],
    [20, ['write call 1']],
    [32, ['fail 3: TransportError unknown', 'fail 2: TransportError unknown', 'write [call 1, ping]']],
    [33, ['fail 3: TransportError unknown', 'fail 2: TransportError unknown', 'write [call 1, ping]']],
    [34, ['fail 1: ProtocolError', 'drop 1', 'fault: ProtocolError', 'offline']],
    [35, ['fail 1: ProtocolError', 'drop 1', 'fault: ProtocolError', 'offline']],
    [48, ['write call 1']],
    [64, ['fail 1: ProtocolError', 'drop 1', 'fault: ProtocolError', 'offline']],
    [99, ['fail 1: ProtocolError', 'drop 1', 'fault: ProtocolError', 'offline']],
  ]

  for (const [code, effects] of rows) {
    it(`${code}`, () => {
      const table = open()
      table.call(3)
      table.says({ _: 'msgs_ack', msgIds: [table.sent(3).messageId] })
      table.call(1)
      table.call(2)
      expect(table.says(refused(table.sent(1).messageId, code))).to.deep.equal(effects)
    })
  }

  it('is for all messages of a container', () => {
    const table = open()
    table.call(9)
    table.call(1, 2)
    expect(table.says(refused(table.sent(1).packetId, 20))).to.deep.equal(['write [call 1, call 2]'])
  })

  it('is reported when it is not about us', () => {
    const table = open()
    table.call(1)
    expect(table.says(refused(4n, 17))).to.deep.equal(['fault: ProtocolError'])
    expect(table.answers(1)).to.deep.equal(['answer 1'])
  })

  for (const skew of [-86_400_000, -301_000, -40_000, 31_000, 3_600_000, 1_000_000_000_000]) {
    it(`repairs a clock that is wrong by ${skew / 1_000} s`, () => {
      const table = new SessionTable({ skew })
      table.call(1)
      table.open()
      const code = skew < 0 ? 16 : 17
      const session = table.server.sessionId
      table.says(refused(table.packets[0]!.messageId, code))
      const ahead = Number(BigInt.asUintN(64, table.sent(1).messageId) >> 32n) - (table.env.now - skew) / 1_000
      expect(Math.abs(ahead)).to.be.below(2)
      // Ids may go down only in another session.
      expect(table.server.sessionId === session).to.equal(code === 16)
      expect(table.answers(1)).to.deep.equal(['answer 1'])
    })
  }

  it('begins sequence numbers anew in a new session', () => {
    const table = open()
    table.call(1)
    table.answers(1)
    table.call(2)
    table.says(refused(table.sent(2).messageId, 33))
    expect(table.sent(2).seqNo).to.equal(1)
    expect(table.answers(2)).to.deep.equal(['answer 2'])
  })

  it('leaves late packets of the old session unheard', () => {
    const table = open()
    table.call(1)
    const { sessionId } = table.server
    table.says(refused(table.sent(1).messageId, 33))
    expect(table.says(callBody(3), { sessionId })).to.deep.equal([])
  })

  it('gives a call up that is refused ten times', () => {
    const table = open()
    table.call(1)
    let last: readonly string[] = []
    for (let n = 0; n < 10; n++) {
      // An accepted ping between, so that it is the call that is at fault, not the link.
      last = table.says(refused(table.sent(1).messageId, 20))
      table.pass(10_000)
      table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 1n })
    }
    expect(last).to.deep.equal(['fail 1: ProtocolError'])
  })

  it('gives a link up on which nothing is taken', () => {
    const table = new SessionTable()
    table.open()
    let rounds = 0
    for (let words: readonly string[] = []; !words.includes('offline'); rounds++) {
      words = table.says(badSalt(table.last('ping_delay_disconnect').messageId, BigInt(rounds + 2)))
      expect(rounds).to.be.below(20)
    }
    expect(rounds).to.equal(11)
  })

  it('gives sessions up of which none is taken', () => {
    const table = new SessionTable()
    table.open()
    let rounds = 0
    for (let words: readonly string[] = []; !words.includes('offline'); rounds++) {
      words = table.says(refused(table.last('ping_delay_disconnect').messageId, 32))
      expect(rounds).to.be.below(20)
    }
    expect(rounds).to.equal(11)
  })

  it('is believed of the clock also when an answer is older than its question', () => {
    const table = open({ skew: 20_000 })
    table.call(1)
    table.answers(1)
    table.call(2)
    const ahead = Number(table.sent(2).messageId >> 32n) - (table.env.now - 20_000) / 1_000
    // Ids don't go down, but they don't run ahead any more either.
    expect(ahead).to.be.within(19, 22)
    table.answers(2)
    table.pass(25_000)
    table.call(3)
    expect(Number(table.sent(3).messageId >> 32n) - (table.env.now - 20_000) / 1_000).to.be.below(2)
  })
})

describe('core/protocol session: new_session_created', () => {
  it('tells the updates, keeps the salt and is acked', () => {
    const table = open()
    expect(table.says(newSession(1n, 1n, 55n))).to.deep.equal(['salts', 'newSession, the first'])
    expect(table.says(newSession(1n, 2n, 56n))).to.deep.equal(['salts', 'newSession'])
    expect(table.call(1)).to.deep.equal(['write [call 1, ack of 2, salts?]'])
    expect(table.packets.at(-1)!.salt).to.equal(56n)
  })

  it('that is repeated is only acked', () => {
    const table = open()
    table.call(1)
    const said = newSession(1n)
    table.says(said)
    expect(table.says(said)).to.deep.equal([])
    expect(table.pass(10_000).join()).to.contain('ack of 2')
  })

  it('makes what is older be sent again, acked or not', () => {
    const table = open()
    table.call(1)
    table.call(2)
    table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
    table.call(3)
    expect(table.says(newSession(table.sent(3).messageId)).at(-1)).to.equal('write [call 1, call 2, ack of 1]')
    expect(table.answers(3)).to.deep.equal(['answer 3'])
    expect(table.answers(1)).to.deep.equal(['answer 1'])
  })

  it('does not make what is in the same container, before the first message, be sent again', () => {
    const table = open()
    table.call(9)
    table.call(1, 2, 3)
    expect(table.says(newSession(table.sent(2).messageId)).at(-1)).to.equal('write [call 9, ack of 1]')
  })

  it('compares a container by its own id', () => {
    const table = open()
    table.call(1, 2)
    table.call(3)
    expect(table.says(newSession(table.sent(1).packetId)).join()).not.to.contain('call')
    expect(table.says(newSession(table.sent(3).packetId, 2n)).at(-1)).to.equal('write [call 1, call 2, ack of 2]')
  })
})

describe('core/protocol session: acknowledgements and states', () => {
  it('asks after a reconnect what became of the calls, and sends again what did not arrive', () => {
    const table = open()
    table.call(1, 2, 3, 4, 5)
    expect(table.reconnect()).to.deep.equal(['ready', 'write [states of 5?, ping]'])
    const { messageId } = table.last('msgs_state_req')
    expect(table.says(states(messageId, 1, 2, 3, 4, 4 + 64 + 8))).to.deep.equal(['write [call 1, call 2, call 3]'])
    expect(table.answers(4)).to.deep.equal(['answer 4'])
    expect(table.reconnect()).to.deep.equal(['ready', 'write [ack of 1, salts?, states of 3?, ping]'])
  })

  it('does not ask for what was acked, or answered', () => {
    const table = open()
    table.call(1, 2)
    table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
    table.answers(2)
    expect(table.reconnect()).to.deep.equal(['ready', 'write [ack of 1, ping]'])
    expect(table.answers(1)).to.deep.equal(['answer 1'])
  })

  it('takes an answer that comes before the state', () => {
    const table = open()
    table.call(1)
    table.reconnect()
    const { messageId } = table.last('msgs_state_req')
    expect(table.answers(1)).to.deep.equal(['answer 1'])
    expect(table.says(states(messageId, 1))).to.deep.equal([])
  })

  it('sends calls that waited without asking', () => {
    const table = open()
    table.lose()
    table.call(1)
    table.pass(2_000)
    expect(table.open()).to.deep.equal(['ready', 'write [call 1, salts?, ping]'])
  })

  it('does not believe states that were not asked for, or too few of them', () => {
    const table = open()
    table.call(1, 2)
    table.reconnect()
    expect(table.says(states(4n, 1))).to.deep.equal(['fault: ProtocolError'])
    expect(table.says(states(table.last('msgs_state_req').messageId, 1))).to.deep.equal(['fault: ProtocolError'])
  })

  it('believes states that are told', () => {
    const table = open()
    table.call(1)
    const told: ServiceObject = { _: 'msgs_all_info', msgIds: [table.sent(1).messageId], info: Uint8Array.of(2) }
    expect(table.says(told).at(-1)).to.contain('write call 1')
  })

  it('answers what the server asks from what is known', () => {
    const table = open()
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
    const table = open()
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
    const table = open()
    const messageId = table.server.ids.nextPush(table.env)
    table.says(callBody(1), { messageId })
    table.call(1)
    expect(table.says({ _: 'msg_new_detailed_info', answerMsgId: messageId, bytes: 8, status: 0 })).to.deep.equal([])
    expect(table.call(2)).to.deep.equal(['write [call 2, ack of 1]'])
  })

  it('keep the request for it over a lost link', () => {
    const table = open()
    table.says({ _: 'msg_new_detailed_info', answerMsgId: table.server.ids.nextPush(table.env), bytes: 8, status: 0 })
    expect(table.reconnect()).to.deep.equal(['ready', 'write [resend 1, ping]'])
  })

  it('are done with when the server can not resend it', () => {
    const table = open()
    table.says({ _: 'msg_new_detailed_info', answerMsgId: table.server.ids.nextPush(table.env), bytes: 8, status: 0 })
    expect(table.says(states(table.last('msg_resend_req').messageId, 1))).to.deep.equal([])
    expect(table.reconnect()).to.deep.equal(['ready', 'write ping'])
  })
})
