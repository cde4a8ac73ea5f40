import { expect } from 'chai'
import { ProtocolError, TransportError, UsageError } from '../../../lib/core/errors.ts'
import { OTHER_KEY } from '../../support/fake-server.ts'
import { refused } from '../../support/session-says.ts'
import { callBody, SessionTable } from '../../support/session-table.ts'

const open = () => new SessionTable().openAndGreet()
const pong = (table: SessionTable) =>
  table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 1n })
const refusal = (code: number) => new TransportError(`transport error ${code}`, 'unknown', { code })

describe('core/protocol session: pings', () => {
  it('show that a link is dead also when more was in the packet that cost us the one before', () => {
    const table = open()
    table.call(1)
    table.call(2)
    const said = table.saysAll(refused(table.sent(1).messageId, 34), refused(table.sent(2).messageId, 33))
    expect(said).to.contain('offline')
    table.pass(30_000)
    expect(table.open()).to.contain('ready')
    expect(table.pass(15_000)).to.contain('offline')
  })

  it('are sent once a minute, and up to 5 s later', () => {
    const table = open()
    const pauses = Array.from({ length: 10 }, () => {
      const before = table.env.elapsed
      expect(table.pass(60_000)).to.deep.equal([])
      while (!table.pass(50).join().includes('ping')) expect(table.env.elapsed - before).to.be.below(65_000)
      pong(table)
      return table.env.elapsed - before
    })
    expect(new Set(pauses).size).to.be.above(5)
  })

  it('that nothing answers mean a dead link', () => {
    const table = new SessionTable()
    table.open()
    expect(table.pass(4_999)).to.deep.equal([])
    expect(table.pass(1)).to.deep.equal(['drop 1', 'fault: TransportError unknown', 'offline'])
  })

  /** The round trip in ms, after how much silence a busy link is asked, and how long it then has; disconnect_delay in s. */
  const rows: [rtt: number, patience: number, limit: number, delay: number][] = [
    [0, 2_000, 5_000, 75],
    [600, 2_000, 5_000, 75],
    [800, 2_200, 5_500, 76],
    [4_000, 7_000, 17_500, 88],
  ]
  for (const [rtt, patience, limit, delay] of rows) {
    it(`have their deadline from the round trip: ${rtt} ms`, () => {
      const table = new SessionTable()
      table.open()
      table.pass(rtt)
      pong(table)
      table.call(1)
      table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
      expect(table.pass(patience - 1)).to.deep.equal([])
      expect(table.pass(1)).to.deep.equal(['write ping'])
      expect(table.last('ping_delay_disconnect').service).to.include({ disconnectDelay: delay })
      expect(table.pass(limit - 1)).to.deep.equal([])
      expect(table.pass(1).slice(0, 2)).to.deep.equal(['drop 1', 'fault: TransportError unknown'])
    })
  }

  it('follow a round trip that changes', () => {
    const table = new SessionTable()
    table.open()
    table.pass(4_000)
    pong(table)
    for (let n = 0; n < 20; n++) {
      while (!table.pass(1_000).join().includes('ping'));
      pong(table)
    }
    table.call(1)
    expect(table.pass(2_000).join()).to.contain('ping')
  })

  it('are waited for longer after each link that fell silent: the way may be a slow one', () => {
    const table = new SessionTable()
    for (const limit of [5_000, 10_000, 20_000, 40_000, 40_000]) {
      table.open()
      expect(table.pass(limit - 1)).to.deep.equal([])
      expect(table.pass(1).join()).to.contain('drop')
      table.pass(30_000)
    }
    table.open()
    pong(table)
    table.call(1)
    table.pass(2_000)
    expect(table.pass(5_000).join()).to.contain('drop')
  })

  it('are as good as answered by anything that comes', () => {
    const table = new SessionTable()
    table.open()
    table.pass(4_000)
    table.says(callBody(1))
    expect(table.pass(20_000)).to.deep.equal([])
  })

  it('come sooner while an answer is awaited and nothing comes', () => {
    const table = open()
    table.pass(30_000)
    table.call(1)
    expect(table.pass(1_499)).to.deep.equal([])
    expect(table.pass(1)).to.deep.equal(['write [states of 1?, ping]'])
    expect(table.pass(5_000)).to.deep.equal([
      'write states of 1?',
      'drop 1',
      'fault: TransportError unknown',
      'offline',
    ])
  })

  it('come sooner also when the call left with the first ping', () => {
    const table = new SessionTable()
    table.call(1)
    table.open()
    table.pass(2_000)
    pong(table)
    table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
    expect(table.pass(3_999).join()).not.to.contain('ping')
    expect(table.pass(1).at(-1)).to.match(/^write .*ping/)
  })

  it('come no sooner while something comes', () => {
    const table = open()
    table.call(1)
    table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
    for (let second = 1; second < 30; second++) {
      table.pass(1_000)
      expect(table.says(callBody(second))).to.deep.equal(['update'])
    }
  })

  it('come no sooner once the answers are there', () => {
    const table = open()
    table.call(1)
    table.answers(1)
    expect(table.pass(29_999)).to.deep.equal([])
  })

  it('are sent at once after a sleep, and the link gets another chance', () => {
    const table = open()
    table.env.elapsed += 3_600_000
    table.env.now += 3_600_000
    expect(table.send({ _: 'fired', key: 'ping', late: 3_540_000 })).to.deep.equal(['write [salts?, ping]'])
    table.env.elapsed += 3_600_000
    expect(table.send({ _: 'fired', key: 'pong', late: 3_590_000 }).at(-1)).to.match(/^write .*ping/)
    expect(table.pass(5_000)).to.deep.equal(['drop 1', 'fault: TransportError unknown', 'offline'])
  })

  it('that were out when it fell asleep get all their time again', () => {
    const table = open()
    table.pass(65_000)
    table.env.elapsed += 3_600_000
    table.env.now += 3_600_000
    expect(table.send({ _: 'fired', key: 'ping', late: 3_540_000 })[0]).to.contain('ping')
    // The old deadline is long over.
    expect(table.send({ _: 'fired', key: 'pong', late: 0 })).to.deep.equal([])
    expect(table.pass(4_999)).to.deep.equal([])
    expect(table.pass(1).join()).to.contain('drop')
  })

  it('mean nothing without a link', () => {
    const table = open()
    table.lose()
    expect(table.send({ _: 'fired', key: 'ping', late: 0 })).to.deep.equal([])
    expect(table.send({ _: 'fired', key: 'pong', late: 0 })).to.deep.equal([])
  })

  it('are sent at once after a sleep in which only the wall clock went on', () => {
    const table = open()
    table.pass(1_000)
    table.env.now += 3_600_000
    expect(table.call(1)).to.deep.equal(['write [call 1, ping]'])
    expect(table.pass(5_000).join()).to.contain('drop 1')
  })
})

describe('core/protocol session: a link that is opened', () => {
  it('is in a handshake while its key is made', () => {
    const table = new SessionTable()
    expect(table.send({ _: 'exchanging', link: 1 })).to.deep.equal(['handshake'])
    expect(table.open()).to.deep.equal(['ready', 'write ping'])
    expect(table.send({ _: 'exchanging', link: 1 })).to.deep.equal([])
  })

  it('tells nothing of the handshake of another', () => {
    const table = new SessionTable()
    table.lose()
    table.pass(1_250)
    expect(table.send({ _: 'exchanging', link: 1 })).to.deep.equal([])
    expect(table.send({ _: 'exchanging', link: 2 })).to.deep.equal(['handshake'])
  })
})

describe('core/protocol session: a lost link', () => {
  it('is opened again after a pause that grows, and is told when', () => {
    const table = new SessionTable()
    const pauses = [1, 2, 4, 8, 16, 16].map((seconds) => {
      const [view] = table.fold
        .send({ _: 'closed', link: table.server.link, reason: new TransportError('refused', 'unsent') })
        .filter(({ _ }) => _ === 'view')
      const state = (view as unknown as { state: { retryAt: number } }).state
      const pause = (state.retryAt - table.env.now) / 1_000
      expect(pause).to.be.within(seconds, seconds * 1.25)
      table.pass(pause * 1_000)
      table.server.link++
      return pause
    })
    expect(new Set(pauses).size).to.equal(6)
  })

  it('is opened after the shortest pause again once the server was heard', () => {
    const table = new SessionTable()
    for (let n = 0; n < 4; n++) {
      table.lose()
      table.pass(30_000)
    }
    table.open()
    pong(table)
    table.lose()
    expect(table.pass(1_250)).to.deep.equal(['connecting', 'open 6'])
  })

  it('is not opened again sooner for a server that accepts and says nothing', () => {
    const table = new SessionTable()
    for (let n = 0; n < 4; n++) {
      table.open()
      table.lose()
      table.pass(30_000)
    }
    table.open()
    table.lose()
    expect(table.pass(15_999)).to.deep.equal([])
    expect(table.pass(4_001)).to.deep.equal(['connecting', 'open 6'])
  })

  it('because of a flood makes a long pause', () => {
    const table = open()
    expect(table.lose(refusal(-429))).to.deep.equal(['fault: TransportError unknown', 'offline'])
    expect(table.pass(7_999)).to.deep.equal([])
    expect(table.pass(2_001)).to.deep.equal(['connecting', 'open 2'])
  })

  it('because of a broken protocol is not made up for more than three times in eight seconds', () => {
    const table = open()
    const opened: number[] = []
    for (let n = 0; n < 6; n++) {
      table.says(callBody(1), { key: OTHER_KEY })
      while (!table.pass(50).join().includes('open'));
      opened.push(table.env.elapsed)
      table.open()
      pong(table)
    }
    for (let n = 3; n < opened.length; n++) expect(opened[n]! - opened[n - 3]!).to.be.at.least(8_000)
  })

  it('is not made up for more than five times in ten seconds, also by a server that hangs up on everybody', () => {
    const table = open()
    const opened: number[] = [0]
    for (let n = 0; n < 30; n++) {
      table.lose()
      while (!table.pass(50).join().includes('open'));
      opened.push(table.env.elapsed)
      table.open()
      pong(table)
    }
    for (let n = 5; n < opened.length; n++) expect(opened[n]! - opened[n - 5]!).to.be.at.least(10_000)
  })

  it('keeps the session: its id, numbers, salts and what was received', () => {
    const table = open()
    table.call(1)
    const said = table.server.says(callBody(9))
    table.send(said)
    const { sessionId } = table.server
    const last = table.sent(1)
    table.reconnect()
    expect(table.server.sessionId).to.equal(sessionId)
    expect(table.send({ ...said, link: 2 })).to.deep.equal([])
    table.call(2)
    expect(table.sent(2).seqNo).to.equal(last.seqNo + 2)
    expect(table.sent(2).messageId > last.messageId).to.equal(true)
    expect(table.packets.at(-1)!.salt).to.equal(1n)
  })

  it('tells any reason as a fault, and none as none', () => {
    const table = open()
    expect(table.lose(new Error('EPIPE'))).to.deep.equal(['fault: TransportError unknown', 'offline'])
    expect(open().lose('gone')).to.deep.equal(['fault: TransportError unknown', 'offline'])
    expect(open().lose()).to.deep.equal(['offline'])
  })

  it('leaves no timer but the one for the next', () => {
    const table = open()
    table.call(1)
    table.says(callBody(1))
    table.lose()
    expect([...table.fold.timers.keys()]).to.deep.equal(['retry'])
  })
})

describe('core/protocol session: a link that can not be made', () => {
  it('for a wrong DC fails the calls, and is tried again', () => {
    const table = new SessionTable()
    table.call(1)
    expect(table.lose(refusal(-444))).to.deep.equal([
      'fault: TransportError unknown',
      'fail 1: TransportError unknown',
      'offline',
    ])
    expect(table.pass(1_250)).to.deep.equal(['connecting', 'open 2'])
  })

  it('for a wrong DC that says so only when it is spoken to does the same', () => {
    const table = open()
    table.call(1)
    table.fold.send({ _: 'invoke', id: 2, body: callBody(2) })
    expect(table.lose(refusal(-444))).to.deep.equal([
      'fault: TransportError unknown',
      'fail 1: TransportError unknown',
      'fail 2: TransportError unknown',
      'offline',
    ])
  })

  it('for a server that failed the checks of the key exchange does the same', () => {
    const table = new SessionTable()
    table.call(1)
    expect(table.lose(new ProtocolError('g_a'))).to.deep.equal([
      'fault: ProtocolError',
      'fail 1: ProtocolError',
      'offline',
    ])
    expect(new SessionTable().lose(new UsageError('no address'))).to.deep.equal(['fault: UsageError', 'offline'])
  })

  it('says of calls that were sent that they may have run', () => {
    const table = open()
    table.call(1)
    table.lose()
    table.pass(2_000)
    expect(table.lose(refusal(-444))).to.include('fail 1: TransportError unknown')
  })

  it('for the want of a network leaves the calls waiting', () => {
    const table = new SessionTable()
    table.call(1)
    expect(table.lose(new TransportError('ENETUNREACH', 'unsent'))).to.deep.equal([
      'fault: TransportError unsent',
      'offline',
    ])
    table.pass(2_000)
    expect(table.open()).to.deep.equal(['ready', 'write [call 1, ping]'])
  })
})

describe('core/protocol session: a key that the server does not know', () => {
  it('is tried once more, then it is lost, and the calls with it', () => {
    const table = open()
    table.call(1)
    expect(table.lose(refusal(-404))).to.deep.equal(['fault: TransportError unknown', 'offline'])
    table.pass(2_000)
    table.open()
    table.fold.send({ _: 'invoke', id: 2, body: callBody(2) })
    expect(table.lose(refusal(-404))).to.deep.equal([
      'fault: TransportError unknown',
      'fail 1: TransportError unknown',
      'fail 2: TransportError unsent',
      'keyLost',
      'offline',
    ])
  })

  it('is good again when it is taken the second time', () => {
    const table = open()
    table.lose(refusal(-404))
    table.pass(2_000)
    table.open()
    pong(table)
    expect(table.lose(refusal(-404))).to.deep.equal(['fault: TransportError unknown', 'offline'])
  })

  it('makes way for another, with a session of its own', () => {
    const table = open()
    const { sessionId } = table.server
    for (let n = 0; n < 2; n++) {
      table.lose(refusal(-404))
      table.pass(30_000)
      if (n === 0) table.open()
    }
    table.call(1)
    const other = new SessionTable()
    expect(other.server.key.id).not.to.equal(OTHER_KEY.id)
    const effects = table.fold.send({ _: 'opened', link: 3, key: OTHER_KEY, salt: 9n, timeOffset: 0 })
    const write = effects.find(({ _ }) => _ === 'write') as unknown as { packet: Uint8Array }
    const server = new SessionTable().server
    const packet = Object.assign(server, { key: OTHER_KEY }).openPacket(write.packet)
    expect(packet.sessionId).not.to.equal(sessionId)
    expect(packet.salt).to.equal(9n)
    expect(packet.messages.map(({ seqNo }) => seqNo)).to.deep.equal([1, 2])
  })

  it('that was replaced without being lost ends what was under way', () => {
    const table = open()
    table.call(1)
    table.lose()
    table.call(2)
    table.pass(2_000)
    const effects = table.fold.send({ _: 'opened', link: 2, key: OTHER_KEY, salt: 9n, timeOffset: 0 })
    expect(effects.filter(({ _ }) => _ === 'fail')).to.have.length(1)
    expect(effects.filter(({ _ }) => _ === 'write')).to.have.length(1)
  })
})
