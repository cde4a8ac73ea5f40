import { expect } from 'chai'
import { badSalt, newSession, openTable, refused } from '../../support/session-says.ts'
import { callBody, SessionTable } from '../../support/session-table.ts'

/** What happens while time passes with every ping answered. */
function passing(table: SessionTable, milliseconds: number): string {
  const effects: string[] = []
  for (let passed = 0; passed < milliseconds; passed += 1_000) {
    const step = table.pass(1_000)
    effects.push(...step)
    if (step.join().includes('ping'))
      effects.push(...table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 0n }))
  }
  return effects.join()
}

describe('core/protocol session: bad_msg_notification', () => {
  const lost = ['fail 3: TransportError unknown', 'fail 2: TransportError unknown']
  /**
   * code, what follows after call 1 was refused while call 2 was sent after it and call 3 was acked. Calls 4 and 5 are
   * the same as 2 and 3, but may be repeated.
   */
  const rows: [code: number, effects: string[]][] = [
    [16, ['salts', 'write call 1']],
    [17, ['salts', ...lost, 'write [call 1, call 4, call 5, ping]']],
    [18, ['fail 1: ProtocolError', 'drop 1', 'fault: ProtocolError', 'offline']],
    [19, [...lost, 'write [call 1, call 4, call 5, ping]']],
    // The server can't tell whether it had the message before.
    [20, ['fail 1: TransportError unknown']],
    [32, [...lost, 'write [call 1, call 4, call 5, ping]']],
    [33, [...lost, 'write [call 1, call 4, call 5, ping]']],
    [34, ['fail 1: ProtocolError', 'drop 1', 'fault: ProtocolError', 'offline']],
    [35, ['fail 1: ProtocolError', 'drop 1', 'fault: ProtocolError', 'offline']],
    [48, ['write call 1']],
    [64, ['fail 1: ProtocolError', 'drop 1', 'fault: ProtocolError', 'offline']],
    [99, ['fail 1: ProtocolError', 'drop 1', 'fault: ProtocolError', 'offline']],
  ]

  for (const [code, effects] of rows) {
    it(`${code}`, () => {
      const table = openTable()
      table.call(3)
      table.read(5)
      table.says({ _: 'msgs_ack', msgIds: [table.sent(3).messageId, table.sent(5).messageId] })
      table.call(1)
      table.call(2)
      table.read(4)
      expect(table.says(refused(table.sent(1).messageId, code))).to.deep.equal(effects)
    })
  }

  it('20 makes a call be sent again that may run twice', () => {
    const table = openTable()
    table.read(1)
    expect(table.says(refused(table.sent(1).messageId, 20))).to.deep.equal(['write call 1'])
  })

  it('is for all messages of a container', () => {
    const table = openTable()
    table.call(9)
    table.call(1, 2)
    expect(table.says(refused(table.sent(1).packetId, 48))).to.deep.equal(['write [call 1, call 2]'])
  })

  it('17 is also for what was sent later, if that is as far ahead', () => {
    const table = new SessionTable({ skew: 3_600_000 })
    table.call(1)
    table.open()
    table.call(2)
    const [first] = table.packets
    expect(table.says(refused(first!.messageId, 17))).to.deep.equal(['salts', 'write [call 1, call 2, salts?, ping]'])
  })

  it('17 is not for what was sent later and is hardly ahead: the server may take it', () => {
    const table = new SessionTable({ skew: 40_000 })
    table.call(1)
    table.open()
    table.call(2)
    table.read(3)
    const [first] = table.packets
    expect(table.says(refused(first!.messageId, 17))).to.deep.equal([
      'salts',
      'fail 2: TransportError unknown',
      'write [call 1, call 3, salts?, ping]',
    ])
  })

  it('that made another session is followed by the end of the old one, over any number of links', () => {
    const table = openTable()
    table.call(1)
    const { sessionId } = table.server
    table.says(refused(table.sent(1).messageId, 33))
    table.answers(1)
    // Nothing of it can be on its way any more: six minutes.
    expect(passing(table, 359_000)).not.to.contain('destroy')
    expect(passing(table, 61_000)).to.contain('destroy')
    expect(table.last('destroy_session').service).to.deep.equal({ _: 'destroy_session', sessionId })
    expect(table.reconnect().join()).to.contain('destroy')
    // One of two answers, and once.
    expect(table.says({ _: 'destroy_session_none', sessionId })).to.deep.equal([])
    expect(table.says({ _: 'destroy_session_ok', sessionId })).to.deep.equal(['fault: ProtocolError'])
    expect(table.reconnect().join()).not.to.contain('destroy')
  })

  it('that made another session after the server forgot that too still ends the first', () => {
    const table = openTable()
    table.call(1)
    table.says(refused(table.sent(1).messageId, 33))
    table.pass(100)
    table.call(2)
    expect(table.says(newSession(table.sent(2).messageId)).join()).not.to.contain('fault')
    table.answers(2)
    expect(passing(table, 420_000)).to.contain('destroy')
  })

  it('is reported when it is not about us', () => {
    const table = openTable()
    table.call(1)
    expect(table.says(refused(4n, 17))).to.deep.equal(['fault: ProtocolError'])
    expect(table.answers(1)).to.deep.equal(['answer 1'])
  })

  for (const skew of [-1_767_225_599_000, -86_400_000, -301_000, -40_000, 31_000, 3_600_000, 1_000_000_000_000]) {
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

  for (const years of [79, 81, 100, 200]) {
    it(`repairs a clock that is ahead by ${years} years, where ids run over their end`, () => {
      const table = new SessionTable({ skew: years * 365 * 86_400_000 })
      table.call(1)
      table.open()
      for (let tries = 0; tries < 3; tries++) {
        const id = BigInt.asUintN(64, table.packets.at(-1)!.messageId)
        const ahead = Number(id >> 32n) - table.server.ids.serverTime(table.serverEnv)
        if (Math.abs(ahead) < 30) break
        table.says(refused(table.packets.at(-1)!.messageId, ahead > 0 ? 17 : 16))
      }
      expect(table.answers(1)).to.deep.equal(['answer 1'])
      const ahead = Number(BigInt.asUintN(64, table.sent(1).messageId) >> 32n) - table.serverEnv.now / 1_000
      expect(Math.abs(ahead)).to.be.below(2)
    })
  }

  it('begins sequence numbers anew in a new session', () => {
    const table = openTable()
    table.call(1)
    table.answers(1)
    table.call(2)
    table.says(refused(table.sent(2).messageId, 33))
    expect(table.sent(2).seqNo).to.equal(1)
    expect(table.answers(2)).to.deep.equal(['answer 2'])
  })

  it('leaves late packets of the old session unheard', () => {
    const table = openTable()
    table.call(1)
    const { sessionId } = table.server
    table.says(refused(table.sent(1).messageId, 33))
    expect(table.says(callBody(3), { sessionId })).to.deep.equal([])
  })

  it('gives a call up that is refused ten times', () => {
    const table = openTable()
    table.call(1)
    let last: readonly string[] = []
    for (let n = 0; n < 10; n++) {
      // An accepted ping between, so that it is the call that is at fault, not the link.
      last = table.says(refused(table.sent(1).messageId, 48))
      table.pass(3_000)
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
    const table = openTable({ skew: 20_000 })
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
