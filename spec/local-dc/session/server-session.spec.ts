import { expect } from 'chai'
import fc from 'fast-check'
import { isServerMessageId } from '../../../lib/core/protocol/message-id.ts'
import { type Message, writeContainer } from '../../../lib/core/protocol/pack.ts'
import { BAD } from '../../../lib/local-dc/session/inbox.ts'
import type { SessionEffect } from '../../../lib/local-dc/session/session-events.ts'
import { aCall, begun, callsIn, heardIn, objectsIn, PING, RESULT, resultIn, SALT, type Talk, talk } from './talk.ts'

describe('a server session, by what a packet is refused with', () => {
  const rows: readonly (readonly [
    string,
    number,
    (talking: Talk) => readonly [readonly Message[], Parameters<Talk['say']>[1]?],
  ])[] = [
    ['a wrong salt', BAD.salt, (t) => [[t.message(PING)], { salt: 1n }]],
    ["an id that is no client's", BAD.parity, (t) => [[t.message(PING, { messageId: t.ids.next(t.env) + 1n })]]],
    ['an id of long ago', BAD.tooLow, (t) => [[t.message(PING, { messageId: t.ids.next(t.env) - (301n << 32n) })]]],
    ['an id of the future', BAD.tooHigh, (t) => [[t.message(PING, { messageId: t.ids.next(t.env) + (31n << 32n) })]]],
    [
      'a seq_no below that of the message before',
      BAD.seqTooLow,
      (t) => {
        t.say([t.message(aCall())])
        return [[t.message(PING, { seqNo: 0 })]]
      },
    ],
    [
      'the seq_no of the call before',
      BAD.seqTooLow,
      (t) => {
        t.say([t.message(aCall(), { seqNo: 1 })])
        return [[t.message(aCall(), { seqNo: 1 })]]
      },
    ],
    [
      'a seq_no above that of the message after',
      BAD.seqTooHigh,
      (t) => {
        const early = t.message(aCall(), { seqNo: 5 })
        t.say([t.message(aCall(), { seqNo: 3 })])
        return [[early]]
      },
    ],
    [
      'a container that wants to be acked',
      BAD.seqNotEven,
      (t) => [[t.message(PING), t.message(PING)], { outer: { seqNo: 1 } }],
    ],
    ['a call that does not want to be acked', BAD.seqNotOdd, (t) => [[t.message(aCall(), { seqNo: 0 })]]],
    [
      'a container with a message after it',
      BAD.container,
      (t) => [[t.message(PING), t.message(PING, { messageId: t.ids.next(t.env) + (1n << 32n) })]],
    ],
    [
      'a container that is cut',
      BAD.container,
      (t) => [[t.message(PING)], { outer: { body: writeContainer([t.message(PING)]).slice(0, -4) } }],
    ],
    [
      'a container with the id of a message',
      BAD.containerKnown,
      (t) => {
        const message = t.message(PING)
        t.say([message])
        return [
          [
            t.message(PING, { messageId: message.messageId - 4n }),
            t.message(PING, { messageId: message.messageId - 8n }),
          ],
          { outer: { messageId: message.messageId } },
        ]
      },
    ],
  ]
  for (const [what, code, make] of rows)
    it(`${code}: ${what}`, () => {
      const talking = begun()
      const [messages, given] = make(talking)
      const effects = talking.say(messages, given)
      const [bad, ...more] = heardIn(effects)
      expect(bad?.object).to.include({
        _: code === BAD.salt ? 'bad_server_salt' : 'bad_msg_notification',
        errorCode: code,
      })
      expect(bad!.messageId & 3n).to.equal(1n)
      expect(callsIn(effects)).to.deep.equal([])
      expect(more.map(({ object }) => object._)).to.not.include('pong')
    })

  it('20: ids below those that are remembered', () => {
    const talking = begun()
    const early = talking.message(PING)
    for (let at = 0; at < 1100; at++) talking.say([talking.message(PING)])
    expect(objectsIn(talking.say([early]))).to.deep.include({
      _: 'bad_msg_notification',
      badMsgId: early.messageId,
      badMsgSeqno: early.seqNo,
      errorCode: BAD.tooOld,
    })
  })

  it("tells the salt that counts, of the packet's own message", () => {
    const talking = talk()
    const [a, b] = [talking.message(PING), talking.message(PING)]
    const outer = { messageId: talking.ids.next(talking.env), seqNo: 0 }
    const [bad, ...none] = heardIn(talking.say([a, b], { salt: 1n, outer }))
    expect(bad?.object).to.deep.equal({
      _: 'bad_server_salt',
      badMsgId: outer.messageId,
      badMsgSeqno: 0,
      errorCode: 48,
      newServerSalt: SALT,
    })
    expect(none).to.deep.equal([])
  })

  it('takes any salt for auth.bindTempAuthKey', () => {
    const talking = talk()
    const call = talking.message(aCall(0xcdd42a05 | 0))
    expect(callsIn(talking.say([call], { salt: 1n }))).to.deep.equal([call.messageId])
  })

  it('takes old messages in a new container', () => {
    const talking = begun()
    const old = talking.message(aCall(), { messageId: talking.ids.next(talking.env) })
    talking.env.now += 400_000
    const effects = talking.say([old, talking.message(PING)])
    expect(callsIn(effects)).to.deep.equal([old.messageId])
  })
})

describe('a server session, by what it answers', () => {
  it('a new session: before anything else, with the lowest id of the packet', () => {
    const talking = talk()
    const [first, second] = [talking.message(PING), talking.message(aCall())]
    const heard = heardIn(talking.say([first, second]))
    expect(heard.map(({ object }) => object._)).to.deep.equal(['new_session_created', 'pong', 'msgs_ack'])
    const [created] = heard
    expect(created?.object).to.include({ _: 'new_session_created', firstMsgId: first.messageId, serverSalt: SALT })
    expect(created!.messageId & 3n).to.equal(3n)
    expect(created!.seqNo % 2).to.equal(1)
    expect(heardIn(talking.say([talking.message(PING)])).map(({ object }) => object._)).to.deep.equal(['pong'])
  })

  it('ping and ping_delay_disconnect: pong', () => {
    const talking = begun()
    const message = talking.message({ _: 'ping_delay_disconnect', pingId: 4n, disconnectDelay: 75 })
    const [pong] = heardIn(talking.say([message]))
    expect(pong?.object).to.deep.equal({ _: 'pong', msgId: message.messageId, pingId: 4n })
    expect(pong!.seqNo % 2).to.equal(0)
    expect(pong!.messageId & 3n).to.equal(1n)
  })

  it('ping_delay_disconnect: ends that connection unless another comes in time', () => {
    const talking = begun()
    const ping = () => talking.say([talking.message({ _: 'ping_delay_disconnect', pingId: 4n, disconnectDelay: 75 })])
    ping()
    talking.fold.advance(60_000)
    ping()
    expect(talking.fold.advance(74_999)).to.deep.equal([])
    expect(talking.fold.advance(1)[0]).to.deep.equal({ _: 'disconnect', link: 1 })
    ping()
    talking.event({ _: 'closed', link: 1 })
    expect(talking.fold.timers.size).to.equal(0)
  })

  it('get_future_salts: as many as asked, from now on, outside rpc_result', () => {
    const talking = begun()
    const message = talking.message({ _: 'get_future_salts', num: 3 })
    const now = talking.env.now / 1000
    const [salts] = objectsIn(talking.say([message]))
    if (salts?._ !== 'future_salts') throw new Error(`expected future_salts, got ${salts?._}`)
    expect(salts).to.include({ reqMsgId: message.messageId, now })
    expect(salts.salts.map(({ validSince }) => validSince)).to.deep.equal([now, now + 1800, now + 3600])
    expect(salts.salts[0]!.salt).to.equal(SALT)
    expect(objectsIn(talking.say([talking.message({ _: 'get_future_salts', num: 1000 })]))[0])
      .to.have.property('salts')
      .with.length(64)
  })

  it('msgs_state_req: a byte for each message', () => {
    const talking = begun()
    const call = talking.message(aCall())
    const lost = talking.message(aCall())
    const ping = talking.message(PING)
    talking.say([call])
    talking.say([ping])
    const future = talking.ids.next(talking.env) + (1n << 32n)
    const ask = () =>
      objectsIn(
        talking.say([
          talking.message({
            _: 'msgs_state_req',
            msgIds: [call.messageId, lost.messageId, ping.messageId, future, 4n],
          }),
        ]),
      )[0]
    expect(ask())
      .to.have.property('info')
      .that.deep.equals(Uint8Array.of(4 + 8 + 32, 2, 4 + 16, 3, 1))
    talking.event({ _: 'answered', query: call.messageId, result: RESULT, failed: false })
    expect(ask())
      .to.have.property('info')
      .that.deep.equals(Uint8Array.of(4 + 8 + 32 + 64, 2, 4 + 16, 3, 1))
  })

  it('msgs_state_req: what was said not to have come is not taken when it comes late', () => {
    const talking = begun()
    const [lost, ping] = [talking.message(aCall()), talking.message(PING)]
    talking.say([ping])
    const asked = talking.say([talking.message({ _: 'msgs_state_req', msgIds: [lost.messageId] })])
    expect(objectsIn(asked)[0]).to.have.property('info').that.deep.equals(Uint8Array.of(2))
    expect(objectsIn(talking.say([lost]))[0]).to.include({ badMsgId: lost.messageId, errorCode: 20 })
  })

  it('new_session_created: what was sent before the message that it names is not taken when it comes late', () => {
    const talking = talk()
    const [lost, first] = [talking.message(aCall()), talking.message(aCall())]
    talking.say([first])
    expect(objectsIn(talking.say([lost]))[0]).to.include({ badMsgId: lost.messageId, errorCode: 20 })
  })

  it('destroy_session: whatever became of it, outside rpc_result', () => {
    const talking = begun()
    expect(talking.say([talking.message({ _: 'destroy_session', sessionId: 8n })])).to.deep.include({
      _: 'destroySession',
      sessionId: 8n,
    })
    expect(objectsIn(talking.event({ _: 'destroyed', sessionId: 8n, found: true }))).to.deep.equal([
      { _: 'destroy_session_ok', sessionId: 8n },
    ])
    expect(objectsIn(talking.event({ _: 'destroyed', sessionId: 8n, found: false }))).to.deep.equal([
      { _: 'destroy_session_none', sessionId: 8n },
    ])
  })

  it('destroy_auth_key: says so before the key is gone', () => {
    const talking = begun()
    const effects = talking.say([talking.message({ _: 'destroy_auth_key' })])
    expect(objectsIn(effects)).to.deep.equal([{ _: 'destroy_auth_key_ok' }])
    expect(effects.findIndex(({ _ }) => _ === 'destroyKey')).to.be.greaterThan(
      effects.findIndex(({ _ }) => _ === 'write'),
    )
  })

  it('http_wait and acks: nothing', () => {
    const talking = begun()
    expect(
      objectsIn(talking.say([talking.message({ _: 'http_wait', maxDelay: 0, waitAfter: 0, maxWait: 25000 })])),
    ).to.deep.equal([])
    expect(objectsIn(talking.say([talking.message({ _: 'msgs_ack', msgIds: [1n] }, { seqNo: 1 })]))).to.deep.equal([])
  })

  it('an odd service message that has no answer: an ack', () => {
    const talking = begun()
    const message = talking.message({ _: 'http_wait', maxDelay: 0, waitAfter: 0, maxWait: 0 }, { seqNo: 1 })
    expect(objectsIn(talking.say([message]))).to.deep.equal([{ _: 'msgs_ack', msgIds: [message.messageId] }])
  })

  it('a quick ack where one is wanted, and not for what is refused', () => {
    const talking = begun()
    expect(talking.say([talking.message(PING)], { quickAck: true })).to.deep.include({
      _: 'quickAck',
      link: 1,
      token: 0x80000001,
    })
    expect(talking.say([talking.message(PING)], { quickAck: true, salt: 1n }).map(({ _ }) => _)).to.not.include(
      'quickAck',
    )
  })

  it('a service message that is cut: a fault, and nothing else', () => {
    const talking = begun()
    const ping = talking.message(PING)
    const effects = talking.say([{ ...ping, body: ping.body.slice(0, 8) }])
    expect(effects.map(({ _ }) => _)).to.deep.equal(['fault', 'flushSoon'])
  })

  it('what can not be read: an error to the call, a fault, and the rest of the container is served', () => {
    const talking = begun()
    const broken = talking.message(Uint8Array.of(0xa1, 0xcf, 0x72, 0x30, 4, 1, 2, 3, 4, 0, 0, 0))
    const effects = talking.say([broken, talking.message(PING)])
    expect(effects.map(({ _ }) => _)).to.include('fault')
    const objects = objectsIn(effects)
    expect(objects.map(({ _ }) => _)).to.have.members(['pong', 'rpc_result'])
    expect(resultIn(objects.find(({ _ }) => _ === 'rpc_result'))).to.deep.equal({
      _: 'rpc_error',
      errorCode: 400,
      errorMessage: 'INPUT_FETCH_ERROR',
    })
  })
})

describe('a server session, whatever is said', () => {
  it('has ids that rise, and seq_nos that count', () => {
    const step = fc.oneof(
      fc.constant('ping' as const),
      fc.constant('call' as const),
      fc.constant('push' as const),
      fc.constant('answer' as const),
      fc.constant('reconnect' as const),
      fc.integer({ min: 1, max: 100_000 }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const talking = talk()
        const open: bigint[] = []
        const seen = new Map<bigint, number>()
        const order: bigint[] = []
        let link = 1
        const note = (effects: readonly SessionEffect[]) => {
          for (const { messageId, seqNo } of heardIn(effects)) {
            expect(isServerMessageId(messageId)).to.equal(true)
            expect(seen.get(messageId) ?? seqNo).to.equal(seqNo)
            if (!seen.has(messageId)) order.push(messageId)
            seen.set(messageId, seqNo)
          }
        }
        for (const each of steps) {
          if (typeof each === 'number') {
            talking.env.now += each
            talking.env.elapsed += each
          } else if (each === 'ping') note(talking.say([talking.message(PING)], { link, salt: SALT }))
          else if (each === 'call') {
            const call = talking.message(aCall())
            open.push(call.messageId)
            note(talking.say([call], { link }))
          } else if (each === 'push') note(talking.event({ _: 'push', body: aCall() }))
          else if (each === 'answer')
            note(talking.event({ _: 'answered', query: open.shift() ?? 4n, result: RESULT, failed: false }))
          else {
            talking.event({ _: 'closed', link })
            link++
          }
        }
        expect(order).to.deep.equal(order.toSorted((a, b) => (a < b ? -1 : 1)))
        const odd = order.map((id) => seen.get(id)!).filter((seqNo) => seqNo % 2 === 1)
        expect(odd).to.deep.equal(odd.toSorted((a, b) => a - b))
        expect(new Set(odd).size).to.equal(odd.length)
      }),
      { numRuns: 60 },
    )
  })
})
