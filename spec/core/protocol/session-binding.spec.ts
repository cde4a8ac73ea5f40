import { expect } from 'chai'
import { type AuthKey, authKey } from '../../../lib/core/crypto/message-key.ts'
import { ProtocolError, TransportError } from '../../../lib/core/errors.ts'
import { openTempKeyBinding, type TempKeyBinding } from '../../../lib/core/protocol/bind-temp-key.ts'
import { Binding } from '../../../lib/core/protocol/session-binding.ts'
import type { KeyBinding } from '../../../lib/core/protocol/session-events.ts'
import { decode, readBytes, readId, readInt, readLong } from '../../../lib/core/tl/reader.ts'
import { encode, writeInt } from '../../../lib/core/tl/writer.ts'
import { FAKE_KEY, type Heard, OTHER_KEY } from '../../support/fake-server.ts'
import { fakeEnv } from '../../support/machine.ts'
import { seededRandom } from '../../support/marbles.ts'
import { badSalt, newSession, refused } from '../../support/session-says.ts'
import { callBody, SessionTable } from '../../support/session-table.ts'

const PERMANENT = authKey(seededRandom(21)(256))
const TRUE = encode(0x997275b5 | 0, writeInt)
const FALSE = encode(0xbc799737 | 0, writeInt)
const HOUR = 3_600_000
const gone = new TransportError('transport error -404', 'unknown', { code: -404 })

/** A link with a temporary key of a day. */
function openTemporary(table: SessionTable, as?: KeyBinding['as'], key: AuthKey = FAKE_KEY): readonly string[] {
  const expiresAt = Math.floor(table.env.now / 1000) + 86_400
  return table.open({ key, bind: { permanent: PERMANENT, expiresAt, as } })
}
const lastBind = (table: SessionTable): Heard =>
  table.packets.flatMap(({ messages }) => messages).findLast(({ body }) => body[0] === 0x05 && body[3] === 0xcd)!
const binds = (table: SessionTable, answer: Uint8Array = TRUE): readonly string[] =>
  table.says(table.server.result(lastBind(table).messageId, answer))
const refuses = (table: SessionTable, code: number, text: string): readonly string[] =>
  table.says(table.server.refusal(lastBind(table).messageId, code, text))
/** A session under a temporary key that is bound. */
function bound(): SessionTable {
  const table = new SessionTable()
  openTemporary(table)
  binds(table)
  return table
}
const withoutViews = (words: readonly string[]) => words.filter((each) => !/^(offline|connecting)$/.test(each))
const calls = (words: readonly string[]) => words.filter((each) => /^write .*(call|bind)/.test(each))
const facts = (words: readonly string[]) =>
  words.filter((each) => /^(keyLost|keyStale|bound|bindRefused|keyKnown)/.test(each))

function opened({ body }: Heard): TempKeyBinding & { readonly outer: readonly unknown[] } {
  const [outer, message] = decode(body, () => {
    readId()
    const fields = [readLong(), readLong(), readInt()] as const
    return [fields, readBytes()] as const
  })
  const inner = openTempKeyBinding(message, PERMANENT)
  if (inner instanceof ProtocolError) throw inner
  return { ...inner, outer }
}

describe('core/protocol session: a temporary key', () => {
  it('is bound by a call that leaves alone and first, before all others', () => {
    const table = new SessionTable()
    table.call(1)
    expect(openTemporary(table)).to.deep.equal(['handshake', 'write bind'])
    expect(calls(table.call(2))).to.deep.equal([])
    expect(table.packets[0]).to.include({ contained: false })
    const words = binds(table)
    expect(words.slice(0, 2)).to.deep.equal(['bound', 'ready'])
    expect(words[2]).to.match(/^write \[call 1, call 2/)
  })

  it('is bound by what only the owner of the permanent key can say, of this session and this very message', () => {
    const table = new SessionTable()
    openTemporary(table)
    const heard = lastBind(table)
    const { outer, ...inner } = opened(heard)
    expect(inner).to.deep.equal({
      messageId: heard.messageId,
      nonce: inner.nonce,
      tempAuthKeyId: FAKE_KEY.id,
      permAuthKeyId: PERMANENT.id,
      tempSessionId: table.packets[0]!.sessionId,
      expiresAt: Math.floor(table.env.now / 1000) + 86_400,
    })
    expect(outer).to.deep.equal([PERMANENT.id, inner.nonce, inner.expiresAt])
    expect(heard.seqNo).to.equal(1)
  })

  it('needs no binding when it is bound', () => {
    const table = new SessionTable()
    table.call(1)
    expect(openTemporary(table, 'bound')).to.deep.equal(['ready', 'write [call 1, ping]'])
  })

  it('is bound again after a lost link that brought no answer', () => {
    const table = new SessionTable()
    openTemporary(table)
    const first = lastBind(table).messageId
    table.lose()
    table.pass(30_000)
    expect(openTemporary(table)).to.deep.equal(['handshake', 'write bind'])
    expect(lastBind(table).messageId > first).to.equal(true)
    expect(opened(lastBind(table)).messageId).to.equal(lastBind(table).messageId)
    expect(facts(binds(table))).to.deep.equal(['bound'])
  })

  it('is bound again, with another id inside, when the message is refused or forgotten', () => {
    const rows: readonly (readonly [what: string, say: (table: SessionTable) => readonly string[]])[] = [
      ['a wrong salt', (table) => table.says(badSalt(lastBind(table).messageId, 77n))],
      ['a slow clock', (table) => table.says(refused(lastBind(table).messageId, 16))],
      ['a fast clock', (table) => table.says(refused(lastBind(table).messageId, 17))],
      ['a wrong number', (table) => table.says(refused(lastBind(table).messageId, 32))],
      ['a session that began later', (table) => table.says(newSession(lastBind(table).messageId + 4n))],
    ]
    for (const [what, say] of rows) {
      const table = new SessionTable()
      table.call(1)
      openTemporary(table)
      const first = lastBind(table).messageId
      const words = say(table)
      expect(words.at(-1), what).to.equal('write bind')
      expect(lastBind(table).messageId, what).to.not.equal(first)
      const inner = opened(lastBind(table))
      expect(inner.messageId, what).to.equal(lastBind(table).messageId)
      expect(inner.tempSessionId, what).to.equal(table.packets.at(-1)!.sessionId)
      expect(binds(table).slice(-2), what).to.satisfy(([, last]: string[]) => last!.startsWith('write [call 1'))
    }
  })

  it('has its link given up when the server says nothing to it', () => {
    const table = new SessionTable()
    table.call(1)
    openTemporary(table)
    table.says(newSession(lastBind(table).messageId))
    const words = table.pass(15_000)
    expect(withoutViews(words).slice(0, 2)).to.deep.equal(['drop 1', 'fault: TransportError unsent'])
    expect(facts(words)).to.deep.equal([])
  })

  it('leaves no call behind when the session is closed before it is bound', () => {
    const table = new SessionTable()
    openTemporary(table)
    table.call(1)
    expect(table.send({ _: 'close' })).to.include.members(['fail 1: ClosedError', 'closed', 'end'])
  })

  describe('that the server does not take', () => {
    for (const text of [
      'ENCRYPTED_MESSAGE_INVALID',
      'TEMP_AUTH_KEY_EMPTY',
      'TEMP_AUTH_KEY_ALREADY_BOUND',
      'EXPIRES_AT_INVALID',
    ])
      it(`is lost: ${text}`, () => {
        const table = new SessionTable()
        table.call(1)
        openTemporary(table)
        const words = refuses(table, 400, text)
        expect(facts(words)).to.deep.equal(['bindRefused', 'keyLost'])
        expect(words.filter((each) => each.startsWith('fail'))).to.deep.equal([])
        table.pass(30_000)
        // With another key all goes on.
        expect(openTemporary(table, undefined, OTHER_KEY)).to.deep.equal(['handshake', 'write bind'])
        expect(binds(table).at(-1)).to.match(/^write \[call 1/)
      })

    it('is lost with boolFalse as well', () => {
      const table = new SessionTable()
      openTemporary(table)
      expect(facts(binds(table, FALSE))).to.deep.equal(['bindRefused', 'keyLost'])
    })

    it('stays when the server is in trouble', () => {
      for (const [code, text] of [
        [500, 'AUTH_KEY_UNSYNCHRONIZED'],
        [-503, 'Timeout'],
      ] as const) {
        const table = new SessionTable()
        openTemporary(table)
        expect(facts(refuses(table, code, text)), text).to.deep.equal(['bindRefused'])
      }
    })

    it('is offered again when the server wants to wait first, over the same link', () => {
      const table = new SessionTable()
      table.call(1)
      openTemporary(table)
      const words = refuses(table, 420, 'FLOOD_WAIT_3')
      expect(words[0]).to.equal('fault: TransportError unsent')
      expect(calls(table.pass(2_999))).to.deep.equal([])
      expect(calls(table.pass(1))).to.deep.equal(['write bind'])
      expect(binds(table).at(-1)).to.match(/^write .*call 1/)
    })

    it('takes the permanent one along when that is good for nothing', () => {
      const table = new SessionTable()
      table.call(1)
      openTemporary(table)
      const words = refuses(table, 406, 'AUTH_KEY_DUPLICATED')
      expect(facts(words)).to.deep.equal(['bindRefused', 'keyLost'])
      expect(words).to.include('fail 1: TransportError unsent')
    })

    it('is made anew after pauses that grow, and after five refusals the calls that wait fail', () => {
      const table = new SessionTable()
      table.call(1)
      const pauses: number[] = []
      for (let time = 1; time <= 5; time++) {
        const key = time % 2 === 0 ? OTHER_KEY : FAKE_KEY
        expect(openTemporary(table, undefined, key)).to.include('write bind')
        const words = refuses(table, 400, 'TEMP_AUTH_KEY_EMPTY')
        const failed = words.filter((each) => each.startsWith('fail'))
        expect(failed).to.deep.equal(time === 5 ? ['fail 1: TransportError unsent'] : [])
        const before = table.env.elapsed
        while (!table.pass(100).some((each) => each.startsWith('open'))) expect(table.env.elapsed).to.be.below(HOUR)
        pauses.push(table.env.elapsed - before)
      }
      for (const [at, least] of [1_000, 2_000, 4_000, 8_000, 16_000].entries())
        expect(pauses[at]).to.be.within(least, least * 1.25 + 100)
    })
  })

  describe('that is not bound any more', () => {
    it('is asked for anew once what is under way was refused, and no call is lost by that', () => {
      const table = bound()
      table.call(1, 2)
      const refuse = (id: number) =>
        table.says(table.server.refusal(table.sent(id).messageId, 401, 'AUTH_KEY_PERM_EMPTY'))
      expect(calls(refuse(1))).to.deep.equal([])
      expect(calls(table.call(3))).to.deep.equal([])
      const words = refuse(2)
      expect(facts(words)).to.deep.equal(['bindRefused'])
      expect(words).to.include('drop 1').and.to.include('open 2')
      expect(openTemporary(table)).to.deep.equal(['handshake', 'write bind'])
      expect(binds(table).at(-1)).to.match(/^write \[call 1, call 2, call 3/)
    })

    it('does not wait for ever for a call that is under way', () => {
      const table = bound()
      table.call(1, 2)
      table.says(table.server.refusal(table.sent(1).messageId, 401, 'AUTH_KEY_PERM_EMPTY'))
      expect(facts(table.pass(4_999))).to.deep.equal([])
      expect(facts(table.pass(1))).to.deep.equal(['bindRefused'])
    })

    it('means nothing for a permanent key: that is the error of the call', () => {
      const table = new SessionTable().openAndGreet()
      table.call(1)
      expect(table.says(table.server.refusal(table.sent(1).messageId, 401, 'AUTH_KEY_PERM_EMPTY'))).to.deep.equal([
        'refuse 1: 401 AUTH_KEY_PERM_EMPTY',
      ])
    })
  })

  describe('that the server forgot', () => {
    it('is lost at once, and alone, and remade without a pause: once', () => {
      const table = bound()
      const words = table.lose(gone)
      expect(facts(words)).to.deep.equal(['keyLost'])
      expect(words.slice(-2)).to.deep.equal(['connecting', 'open 2'])
      expect(openTemporary(table, undefined, OTHER_KEY)).to.deep.equal(['handshake', 'write bind'])
      expect(facts(table.lose(gone))).to.deep.equal(['keyLost'])
      expect(table.pass(1_900)).to.deep.equal([])
      expect(table.pass(700)).to.deep.equal(['connecting', 'open 3'])
    })

    it('takes along what is under way unless that may be repeated; what waits goes on waiting', () => {
      const table = bound()
      table.send({ _: 'invoke', id: 1, body: callBody(1), repeatable: true })
      table.call(2)
      table.send({ _: 'invoke', id: 3, body: callBody(3) })
      const words = table.lose(gone)
      expect(words.filter((each) => each.startsWith('fail'))).to.deep.equal(['fail 2: TransportError unknown'])
      openTemporary(table, undefined, OTHER_KEY)
      expect(binds(table).at(-1)).to.match(/^write \[call 1, call 3/)
    })
  })

  describe('whose end is near', () => {
    /** Lets that much time pass, or less if the link goes, while the server answers all that it is asked. */
    function live(table: SessionTable, milliseconds: number): readonly string[] {
      const words: string[] = []
      for (let passed = 0; passed < milliseconds && !words.includes('drop 1'); passed += 1_000) {
        const now = table.pass(1_000)
        words.push(...now)
        if (now.some((each) => each.includes('states of')))
          words.push(...table.says({ _: 'msgs_state_info', reqMsgId: table.last('msgs_state_req').messageId, info }))
        if (now.some((each) => each.includes('ping')))
          words.push(...table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 1n }))
      }
      return words
    }
    const info = Uint8Array.of(4)

    it('is given up an hour before, and up to ten minutes earlier', () => {
      const env = fakeEnv()
      const serverTime = env.now / 1000
      const delays = Array.from({ length: 50 }, () =>
        new Binding(PERMANENT, serverTime + 86_400, 'bound').renewIn(serverTime, env),
      )
      expect(Math.min(...delays)).to.be.at.least((86_400 - 4_200) * 1000)
      expect(Math.max(...delays)).to.be.at.most((86_400 - 3_600) * 1000)
      expect(Math.max(...delays) - Math.min(...delays)).to.be.above(300_000)
      // Clocks that are wrong do not make keys be made all the time.
      expect(new Binding(PERMANENT, serverTime - 5, 'bound').renewIn(serverTime, env)).to.equal(60_000)
    })

    it('is so by the server’s clock, as soon as that is known', () => {
      const table = new SessionTable({ skew: -10 * HOUR })
      openTemporary(table, 'bound')
      const renewal = () => (table.fold.timers.get('renew')! - table.env.elapsed) / HOUR
      expect(renewal()).to.be.within(22.8, 23)
      table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 1n })
      expect(renewal()).to.be.within(12.8, 13)
    })

    it('is given up at once when nothing is under way, and the next link is opened without a pause', () => {
      const table = bound()
      const words = live(table, 24 * HOUR - HOUR)
      expect(facts(words)).to.deep.equal(['keyStale'])
      const at = words.indexOf('keyStale')
      expect(words.slice(at).filter((each) => /^(drop|open|fault|fail)/.test(each))).to.deep.equal(['drop 1', 'open 2'])
      expect(words.slice(at)).to.not.include('offline')
      expect(openTemporary(table, undefined, OTHER_KEY)).to.deep.equal(['handshake', 'write bind'])
    }).timeout(20_000)

    /** A table with a call under way whose key is ripe. */
    function ripe(): SessionTable {
      const table = bound()
      live(table, 24 * HOUR - HOUR - 601_000)
      table.call(1)
      while (table.fold.timers.has('renew')) live(table, 1_000)
      return table
    }

    it('waits for the calls under way while others go on, then lets none leave until they are answered', () => {
      const table = ripe()
      expect(table.call(2).join()).to.include('call 2')
      expect(table.answers(2)).to.include('answer 2')
      const later = live(table, 301_000)
      expect(facts(later)).to.deep.equal([])
      expect(calls(table.call(3))).to.deep.equal([])
      const words = table.answers(1)
      expect(words).to.include('answer 1').and.to.include('keyStale').and.to.include('open 2')
      openTemporary(table, undefined, OTHER_KEY)
      expect(binds(table).at(-1)).to.match(/^write \[call 3/)
    }).timeout(20_000)

    it('is given up all the same when a call is never answered', () => {
      const table = ripe()
      const words = live(table, 361_000)
      expect(facts(words)).to.deep.equal(['keyStale'])
      expect(words).to.include('fail 1: TransportError unknown')
    }).timeout(20_000)
  })

  describe('and the permanent one that is in doubt', () => {
    const probe = (table: SessionTable) =>
      table.open({ key: PERMANENT, bind: { permanent: PERMANENT, expiresAt: 0, as: 'probing' } })

    it('is asked for by a ping, and no call leaves', () => {
      const table = new SessionTable()
      table.call(1)
      expect(probe(table)).to.deep.equal(['handshake', 'write ping'])
      const words = table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 1n })
      expect(facts(words)).to.deep.equal(['keyKnown'])
      expect(words).to.include('open 2')
      openTemporary(table)
      expect(binds(table).at(-1)).to.match(/^write \[call 1/)
    })

    it('is lost when the server says twice that it does not know it', () => {
      const table = new SessionTable()
      table.call(1)
      probe(table)
      expect(facts(table.lose(gone))).to.deep.equal([])
      table.pass(30_000)
      probe(table)
      const words = table.lose(gone)
      expect(facts(words)).to.deep.equal(['keyLost'])
      expect(words).to.include('fail 1: TransportError unsent')
    })
  })
})

describe('core/protocol session: the trace of a temporary key', () => {
  it('says that it was made, bound, renewed and lost', () => {
    const table = new SessionTable()
    table.send({ _: 'observe', on: true })
    const keys = () => table.traces.flatMap((each) => (each._ === 'key' ? [`${each.what} ${each.temporary}`] : []))
    const bind = { permanent: PERMANENT, expiresAt: Math.floor(table.env.now / 1000) + 4_000 }
    const link = (number: number, key: AuthKey) =>
      table.send({ _: 'opened', link: number, key, salt: 1n, timeOffset: 0, fresh: true, bind })
    link(1, FAKE_KEY)
    binds(table)
    expect(keys()).to.deep.equal(['made true', 'bound true'])
    // There is so little left of it that it is renewed in a minute.
    for (let second = 0; second < 62; second++) {
      if (table.pass(1_000).some((each) => each.includes('ping')))
        table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 1n })
    }
    expect(keys().at(-1)).to.equal('renewed true')
    const other = new SessionTable()
    other.send({ _: 'observe', on: true })
    openTemporary(other)
    other.lose(gone)
    expect(other.traces.findLast(({ _ }) => _ === 'key')).to.deep.equal({ _: 'key', what: 'lost', temporary: true })
  })
})

describe('core/protocol session: a key that was used elsewhere', () => {
  for (const text of ['AUTH_KEY_DUPLICATED', 'AUTH_KEY_INVALID'])
    it(`is given up for another: ${text}`, () => {
      for (const table of [bound(), new SessionTable().openAndGreet()]) {
        table.call(1, 2)
        const words = table.says(table.server.refusal(table.sent(1).messageId, 406, text))
        expect(words.filter((each) => /^(refuse|fail|drop|keyLost)/.test(each))).to.deep.equal([
          `refuse 1: 406 ${text}`,
          'fail 2: TransportError unknown',
          'keyLost',
          'drop 1',
        ])
      }
    })
})
