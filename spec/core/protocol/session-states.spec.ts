import { expect } from 'chai'
import type { ServiceObject } from '../../../lib/core/protocol/service.ts'
import { openTable } from '../../support/session-says.ts'
import { callBody, SessionTable } from '../../support/session-table.ts'

const states = (reqMsgId: bigint, ...info: number[]): ServiceObject => ({
  _: 'msgs_state_info',
  reqMsgId,
  info: Uint8Array.from(info),
})

describe('core/protocol session: acknowledgements and states', () => {
  it('asks after a reconnect what became of the calls, and sends again what did not arrive', () => {
    const table = openTable()
    table.call(1, 2, 3, 4, 5)
    table.read(6)
    expect(table.reconnect()).to.deep.equal(['ready', 'write [states of 6?, ping]'])
    const { messageId } = table.last('msgs_state_req')
    // 1: it may have been forgotten, which says nothing. 2 and 3: it was not received.
    expect(table.says(states(messageId, 1, 2, 3, 4, 4 + 64 + 8, 1))).to.deep.equal([
      'fail 1: TransportError unknown',
      'write [call 2, call 3, call 6]',
    ])
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

  it('asks again soon when the server has made an answer that does not come, not only when it is time to ask anyway', () => {
    const table = openTable()
    table.call(1)
    table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
    const pings = (): void => {
      const { messageId } = table.last('ping_delay_disconnect')
      table.says({ _: 'pong', msgId: messageId, pingId: 0n })
    }
    // It may take its time: a minute.
    for (let at = 0; at < 62; at++) {
      table.pass(1_000)
      pings()
    }
    const first = table.last('msgs_state_req').messageId
    table.says(states(first, 4 + 64))
    for (let at = 0; at < 5; at++) {
      table.pass(1_000)
      pings()
    }
    const second = table.last('msgs_state_req').messageId
    expect(second).not.to.equal(first)
    expect(table.says(states(second, 4 + 64))).to.contain('drop 1')
  })

  it('answers no question about more messages than one may have', () => {
    const table = openTable()
    const many = (count: number) => Array.from({ length: count }, () => 1n)
    expect(table.says({ _: 'msgs_state_req', msgIds: many(8_193) })).to.deep.equal(['fault: ProtocolError'])
    expect(table.says({ _: 'msgs_state_req', msgIds: many(8_192) }).join()).to.contain('states 2 2')
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
    expect(table.pass(1_900)).to.deep.equal([])
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

describe('core/protocol session: calls that are late', () => {
  /** Keeps the link alive without a word of the calls. */
  const wait = (table: SessionTable, milliseconds: number): readonly string[] => {
    const words: string[] = []
    for (let left = milliseconds; left > 0; left -= 500) {
      words.push(...table.pass(Math.min(500, left)))
      table.says({ _: 'pong', msgId: 4n, pingId: 1n })
    }
    return words.map((each) => each.replace(/ack of \d+|salts\?/, '*'))
  }
  const ask = (table: SessionTable, ...info: number[]): readonly string[] => {
    const { messageId } = table.last('msgs_state_req')
    return table.says(states(messageId, ...info))
  }

  it('are asked about 1.5 s after they were sent, together, and after twice as long each time', () => {
    const table = openTable()
    table.call(1)
    table.pass(300)
    table.call(2)
    expect(wait(table, 1_200)).to.deep.equal(['write states of 1?'])
    expect(wait(table, 1_000)).to.deep.equal(['write states of 1?'])
    expect(table.last('msgs_state_req').service).to.deep.include({ msgIds: [table.sent(2).messageId] })
    const questions = wait(table, 300_000).filter((words) => words.includes('states'))
    expect(questions).to.have.length(8)
    expect(questions.at(-1)).to.contain('states of 2?')
  })

  it('are asked about later where the way is long', () => {
    const table = new SessionTable()
    table.open()
    table.pass(2_000)
    table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 1n })
    table.call(1)
    expect(wait(table, 3_500)).to.deep.equal([])
    expect(wait(table, 500)).to.deep.equal(['write states of 1?'])
  })

  it('are sent again when they did not arrive, whether they may run twice or not', () => {
    const table = openTable()
    table.call(1, 2)
    table.read(3)
    const first = table.sent(1).messageId
    wait(table, 1_500)
    expect(ask(table, 2, 3, 2)).to.deep.equal(['write [call 1, call 2, call 3]'])
    expect(table.sent(1).messageId > first).to.equal(true)
  })

  it('end where the server may have forgotten them, but for those that may run twice', () => {
    const table = openTable()
    table.call(1)
    table.read(2)
    wait(table, 1_500)
    expect(ask(table, 1, 1)).to.deep.equal(['fail 1: TransportError unknown', 'write call 2'])
  })

  it('have their time once the server has them, and are asked about again a minute later', () => {
    const table = openTable()
    table.call(1)
    wait(table, 1_500)
    expect(ask(table, 4 + 32)).to.deep.equal([])
    expect(wait(table, 59_500)).to.deep.equal([])
    expect(wait(table, 1_500).join()).to.contain('states of 1?')
    expect(ask(table, 2)).to.deep.equal(['write call 1'])
  })

  it('that the server says it has answered, twice, have a new link made, on which it says so again', () => {
    const table = openTable()
    table.call(1)
    wait(table, 1_500)
    expect(ask(table, 4 + 64)).to.deep.equal([])
    // It may be on its way.
    expect(wait(table, 3_000).join()).to.contain('states of 1?')
    expect(ask(table, 4 + 64)).to.deep.equal(['drop 1', 'fault: ProtocolError', 'offline'])
    table.pass(10_000)
    table.open()
    expect(table.answers(1)).to.deep.equal(['answer 1'])
  })

  for (const repeatable of [false, true]) {
    it(`whose answer does not come over three links ${repeatable ? 'are sent again' : 'end'}`, () => {
      const table = openTable()
      if (repeatable) table.read(1)
      else table.call(1)
      let last: readonly string[] = []
      for (let link = 1; link <= 3; link++) {
        for (let time = 0; time < 2; time++) {
          while (!wait(table, 1_000).join().includes('states'));
          last = ask(table, 4 + 64)
        }
        if (link === 3) break
        expect(last[0]).to.equal(`drop ${link}`)
        table.pass(10_000)
        table.open()
      }
      expect(last[0]).to.match(repeatable ? /^write .*call 1/ : /^fail 1: TransportError unknown/)
    })
  }

  it('are not asked about once they are answered or cancelled, and leave no timer', () => {
    const table = openTable()
    table.call(1, 2)
    table.answers(1)
    table.send({ _: 'cancel', id: 2 })
    expect(table.pass(10_000).join()).not.to.contain('states')
    expect([...table.fold.timers.keys()]).to.have.members(
      ['ping', 'notices'].filter((key) => table.fold.timers.has(key)),
    )
  })

  it('are all asked about in one message, however many they are', () => {
    const table = openTable()
    table.call(...Array.from({ length: 4_096 }, (_, index) => index + 1))
    expect(wait(table, 2_000)).to.deep.equal(['write states of 4096?'])
  })

  it('that the server acked are not asked about for a minute, however often it says so', () => {
    const table = openTable()
    table.call(1)
    const acks: ServiceObject = { _: 'msgs_ack', msgIds: [4n, table.sent(1).messageId] }
    expect(table.says(acks)).to.deep.equal([])
    expect(wait(table, 59_000).join()).not.to.contain('states')
    table.says(acks)
    expect(wait(table, 59_000).join()).not.to.contain('states')
    expect(wait(table, 2_000).join()).to.contain('states of 1?')
    // And hardly sooner the next time, if the server says nothing to it.
    expect(wait(table, 56_000).join()).not.to.contain('states')
  })

  it('of which the server says something unheard of stay as they are', () => {
    const table = openTable()
    table.call(1)
    wait(table, 1_500)
    expect(ask(table, 0)).to.deep.equal([])
    expect(ask(table, 5)).to.deep.equal(['fault: ProtocolError'])
    expect(wait(table, 3_000).join()).to.contain('states of 1?')
    expect(ask(table, 7 + 64)).to.deep.equal([])
    expect(table.answers(1)).to.deep.equal(['answer 1'])
  })

  it('of which an answer is announced that was not asked for are none of ours', () => {
    const table = openTable()
    const info: ServiceObject = { _: 'msg_detailed_info', msgId: 4n, answerMsgId: 5n, bytes: 8, status: 0 }
    expect(table.says(info)).to.deep.equal(['write [salts?, resend 1]'])
  })

  it('are asked about no more often than once a second', () => {
    const table = openTable()
    for (let id = 1; id <= 40; id++) {
      table.call(id)
      table.pass(100)
      table.says({ _: 'pong', msgId: 4n, pingId: 1n })
    }
    expect(wait(table, 2_000).filter((words) => words.includes('states')).length).to.be.at.most(3)
  })

  it('mean nothing without a link', () => {
    const table = openTable()
    table.call(1)
    table.lose()
    expect(table.send({ _: 'fired', key: 'late', late: 0 })).to.deep.equal([])
    expect(table.fold.timers.has('late')).to.equal(false)
  })
})
