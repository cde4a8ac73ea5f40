import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { TransportError } from '../../../lib/core/errors.ts'
import type { SessionTrace } from '../../../lib/core/trace.ts'
import { callBody, SessionTable } from '../../support/session-table.ts'

/** One event in words. */
function words(event: SessionTrace): string {
  switch (event._) {
    case 'link':
      return `link ${event.link} ${event.state}${event.reason === undefined ? '' : ` (${event.reason})`}`
    case 'call':
      return `${event.step} ${event.call}${event.error === undefined ? '' : ` (${event.error})`}`
    case 'key':
      return `key ${event.what}`
    case 'salt':
      return `salt ${event.what}`
    default:
      return event._
  }
}

/** A session that is watched from the beginning. */
function watched(options: ConstructorParameters<typeof SessionTable>[0] = {}): SessionTable {
  const table = new SessionTable(options)
  table.send({ _: 'observe', on: true })
  return table
}

/** What was told since the last look. */
function told(table: SessionTable): readonly string[] {
  return table.traces.splice(0).map(words)
}

/** A day in the life of a session: whatever may happen to links and calls happens. */
function live(table: SessionTable): void {
  table.openAndGreet()
  table.call(1, 2, 3, 4)
  table.answers(1)
  table.says({ _: 'msgs_ack', msgIds: [table.sent(2).messageId] })
  table.says(table.server.refusal(table.sent(2).messageId, 400, 'PEER_ID_INVALID'))
  table.send({ _: 'cancel', id: 3 })
  table.says({
    _: 'bad_server_salt',
    badMsgId: table.sent(4).messageId,
    badMsgSeqno: 0,
    errorCode: 48,
    newServerSalt: 5n,
  })
  table.reconnect(new TransportError('reset', 'unknown'))
  table.send({ _: 'close' })
}

describe('core/protocol session, watched', () => {
  it('tells nothing to nobody', () => {
    const table = new SessionTable()
    live(table)
    expect(table.traces).to.deep.equal([])
  })

  it('tells nothing any more to those who left', () => {
    const table = watched()
    table.send({ _: 'observe', on: false })
    table.traces.length = 0
    live(table)
    expect(table.traces).to.deep.equal([])
  })

  it('orders the same, watched or not', () => {
    const [alone, seen] = [new SessionTable(), watched()]
    live(alone)
    live(seen)
    expect(seen.packets).to.deep.equal(alone.packets)
  })

  it('makes no event without having asked whether somebody watches', () => {
    const folder = join(import.meta.dirname, '../../../lib/core/protocol')
    const files = readdirSync(folder).filter((name) => name.startsWith('session'))
    const bare = files.flatMap((name) => {
      const lines = readFileSync(join(folder, name), 'utf8').split('\n')
      const unguarded = (line: string, at: number): boolean => {
        if (!/(?<!function )\btrace\(/.test(line)) return false
        // Either on the same line, or the function that only tells was asked for after it, or has asked itself.
        return ![line, ...lines.slice(Math.max(0, at - 5), at)].some((each) => /observed|function tell/.test(each))
      }
      return lines.filter(unguarded).map((line) => `${name}: ${line.trim()}`)
    })
    expect(bare).to.deep.equal([])
  })

  it('tells first how the link is', () => {
    const table = new SessionTable()
    table.send({ _: 'observe', on: true })
    expect(told(table)).to.deep.equal(['link 1 opening'])
    table.open()
    table.send({ _: 'observe', on: false })
    table.traces.length = 0
    table.send({ _: 'observe', on: true })
    expect(told(table)).to.deep.equal(['link 1 open'])
    table.send({ _: 'observe', on: false })
    table.lose()
    table.send({ _: 'observe', on: true })
    expect(told(table)).to.deep.equal(['link 1 closed'])
  })

  describe('calls', () => {
    it('are queued, sent, acked and answered', () => {
      const table = watched().openAndGreet()
      told(table)
      table.call(1)
      expect(told(table)).to.deep.equal(['queued 1', 'sent 1'])
      table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
      table.says({ _: 'msgs_ack', msgIds: [table.sent(1).messageId] })
      table.answers(1)
      expect(told(table)).to.deep.equal(['acked 1', 'answered 1'])
    })

    it('are told with the sizes of what leaves and what comes', () => {
      const table = watched().openAndGreet()
      table.send({ _: 'invoke', id: 1, body: callBody(1, 400) })
      table.pass(0)
      table.answers(1)
      const sizes = table.traces.flatMap((event) => (event._ === 'call' ? [[event.step, event.bytes]] : []))
      expect(sizes).to.deep.equal([
        ['queued', 400],
        ['sent', 400],
        ['answered', 8],
      ])
    })

    it('are refused by name: what else a server writes is not told', () => {
      const texts: readonly (readonly [number, string, string])[] = [
        [400, 'PEER_ID_INVALID', '400 PEER_ID_INVALID'],
        [420, 'FLOOD_WAIT_31', '420 FLOOD_WAIT_31'],
        [400, '2FA_CONFIRM_WAIT_600', '400 2FA_CONFIRM_WAIT_600'],
        [400, '12345', '400'],
        [400, 'your password is hunter2', '400'],
        [500, '', '500'],
      ]
      for (const [code, text, expected] of texts) {
        const table = watched().openAndGreet()
        table.call(1)
        told(table)
        table.says(table.server.refusal(table.sent(1).messageId, code, text))
        expect(told(table)).to.deep.equal([`refused 1 (${expected})`])
      }
    })

    it('are dropped, wherever they are', () => {
      const table = watched()
      table.call(1)
      table.send({ _: 'cancel', id: 1 })
      table.openAndGreet()
      table.call(2)
      table.send({ _: 'cancel', id: 2 })
      table.send({ _: 'cancel', id: 2 })
      expect(told(table).filter((word) => word.startsWith('dropped'))).to.deep.equal(['dropped 1', 'dropped 2'])
    })

    it('are sent again', () => {
      const table = watched().openAndGreet()
      table.call(1)
      told(table)
      table.says({
        _: 'bad_server_salt',
        badMsgId: table.sent(1).messageId,
        badMsgSeqno: 0,
        errorCode: 48,
        newServerSalt: 5n,
      })
      expect(told(table)).to.deep.equal(['salt refused', 'again 1', 'salt rotated'])
    })

    it('fail with the session, and those after it at once', () => {
      const table = watched().openAndGreet()
      table.call(1)
      told(table)
      table.send({ _: 'close' })
      table.call(2)
      expect(told(table)).to.deep.equal([
        'link 1 closed',
        'failed 1 (ClosedError: the session was closed before the answer came)',
        'failed 2 (ClosedError: the session is closed)',
      ])
    })
  })

  it('tells of links, why they are lost, and when the next is opened', () => {
    const table = watched()
    table.openAndGreet()
    told(table)
    table.lose(new TransportError('the other side reset it', 'unknown'))
    expect(table.traces).to.have.nested.property('[0].retryIn').that.is.above(0)
    expect(told(table)).to.deep.equal(['link 1 closed (TransportError: the other side reset it)'])
    table.pass(30_000)
    expect(told(table)).to.deep.equal(['link 2 opening'])
  })

  it('tells of keys that are made and lost', () => {
    const table = watched()
    table.send({ _: 'opened', link: 1, key: table.server.key, salt: 1n, timeOffset: 0, fresh: true })
    expect(told(table).slice(-2)).to.deep.equal(['key made', 'link 1 open'])
    for (let link = 1; link <= 2; link++) {
      table.lose(new TransportError('the server does not know the key', 'unknown', { code: -404 }))
      if (link === 1) table.pass(30_000)
      if (link === 1) table.open()
    }
    expect(told(table)).to.include('key lost')
  })

  it('tells of the server’s clock, and of pings', () => {
    const table = watched({ skew: 90_000 })
    table.open()
    const ping = table.last('ping_delay_disconnect')
    told(table)
    table.pass(120)
    table.says({
      _: 'bad_msg_notification',
      badMsgId: ping.messageId,
      badMsgSeqno: 0,
      errorCode: 17,
    })
    const clocks = table.traces.flatMap((event) => (event._ === 'clock' ? [event.offset] : []))
    expect(clocks.length).to.be.greaterThan(0)
    expect(clocks.at(-1)).to.be.closeTo(-90, 1)
    table.traces.length = 0
    table.pass(40)
    const again = table.last('ping_delay_disconnect')
    table.says({ _: 'pong', msgId: again.messageId, pingId: 1n })
    expect(table.traces).to.deep.include({ _: 'ping', rtt: 40 })
  })
})
