import { expect } from 'chai'
import { writeContainer, writeGzipPacked } from '../../../lib/core/protocol/pack.ts'
import { writeRpcError } from '../../../lib/local-dc/session/write-service.ts'
import { aCall, begun, callsIn, heardIn, objectsIn, RESULT, resultIn, SALT, waitsFor } from './talk.ts'

describe('a server session and its calls', () => {
  it('hands a call out, packed or not, and answers it once', () => {
    const talking = begun()
    const call = talking.message(writeGzipPacked(aCall(0x22222222)))
    const effects = talking.say([call])
    expect(
      effects.flatMap((effect) => (effect._ === 'call' ? [[effect.query, effect.call.method]] : [])),
    ).to.deep.equal([[call.messageId, 0x22222222]])
    const answer = heardIn(talking.event({ _: 'answered', query: call.messageId, result: RESULT, failed: false }))
    expect(answer.map(({ object }) => object)).to.deep.equal([{ _: 'rpc_result', to: call.messageId, result: RESULT }])
    expect(answer[0]!.seqNo % 2).to.equal(1)
    expect(answer[0]!.messageId & 3n).to.equal(1n)
    expect(
      talking
        .event({ _: 'answered', query: call.messageId, result: RESULT, failed: false })
        .filter(({ _ }) => _ === 'write'),
    ).to.deep.equal([])
  })

  it('acks a call that is not answered at once', () => {
    const talking = begun()
    const call = talking.message(aCall())
    expect(objectsIn(talking.say([call]))).to.deep.equal([{ _: 'msgs_ack', msgIds: [call.messageId] }])
  })

  it('puts answers that are ready together into one container', () => {
    const talking = begun()
    const [a, b] = [talking.message(aCall()), talking.message(aCall())]
    const outer = writeContainer([a, b])
    const opened = {
      salt: SALT,
      sessionId: 5n,
      quickAckToken: 0,
      messageId: talking.ids.next(talking.env),
      seqNo: talking.ids.nextSeqNo(false),
      body: outer,
    }
    talking.fold.send({ _: 'packet', link: 1, quickAck: false, opened })
    for (const { messageId } of [a, b])
      talking.fold.send({ _: 'answered', query: messageId, result: RESULT, failed: false })
    const effects = talking.fold.send({ _: 'flush' })
    expect(effects.filter(({ _ }) => _ === 'write')).to.have.length(1)
    const heard = heardIn(effects)
    expect(heard.map(({ object }) => object._)).to.deep.equal(['rpc_result', 'rpc_result'])
    expect(heard.every(({ messageId, packetId }) => messageId < packetId)).to.equal(true)
  })

  it('repeats the answer, under the same id, when the query comes again; the call does not run again', () => {
    const talking = begun()
    const call = talking.message(aCall())
    talking.say([call])
    const [first] = heardIn(talking.event({ _: 'answered', query: call.messageId, result: RESULT, failed: false }))
    const effects = talking.say([call])
    expect(callsIn(effects)).to.deep.equal([])
    expect(heardIn(effects).map(({ messageId }) => messageId)).to.deep.equal([first!.messageId])
    talking.say([talking.message({ _: 'msgs_ack', msgIds: [first!.messageId] })])
    expect(objectsIn(talking.say([call]))).to.deep.equal([{ _: 'msgs_ack', msgIds: [call.messageId] }])
  })

  it('drops an answer in three ways', () => {
    const talking = begun()
    const drop = (reqMsgId: bigint) => {
      const message = talking.message({ _: 'rpc_drop_answer', reqMsgId })
      const effects = talking.say([message])
      const objects = objectsIn(effects)
      const result = resultIn(objects.find((object) => object._ === 'rpc_result' && object.to === message.messageId))
      return { effects, objects, result, told: effects.find(({ _ }) => _ === 'dropped') }
    }
    expect(drop(4n)).to.deep.include({
      result: { _: 'rpc_answer_unknown' },
      told: { _: 'dropped', method: undefined, answer: 'unknown' },
    })

    const running = talking.message(aCall())
    talking.say([running])
    const dropped = drop(running.messageId)
    expect(dropped.effects).to.deep.include({ _: 'cancel', query: running.messageId })
    expect(dropped.result).to.deep.equal({ _: 'rpc_answer_dropped_running' })
    expect(dropped.told).to.include({ method: 0x11111111, answer: 'running' })
    expect(
      resultIn(dropped.objects.find((object) => object._ === 'rpc_result' && object.to === running.messageId)),
    ).to.deep.equal({ _: 'rpc_answer_dropped_running' })

    const answered = talking.message(aCall())
    talking.say([answered])
    const [answer] = heardIn(talking.event({ _: 'answered', query: answered.messageId, result: RESULT, failed: false }))
    const { messageId: msgId, seqNo, body } = answer!
    expect(drop(answered.messageId)).to.deep.include({
      result: { _: 'rpc_answer_dropped', msgId, seqNo, bytes: body.length },
    })
    expect(drop(answered.messageId).result).to.deep.equal({ _: 'rpc_answer_unknown' })
    expect(objectsIn(talking.say([answered])).filter(({ _ }) => _ === 'rpc_result')).to.deep.equal([])
  })

  it('runs a call after those that it names', () => {
    const talking = begun()
    const [a, b] = [talking.message(aCall()), talking.message(aCall())]
    talking.say([a, b])
    const c = talking.message(waitsFor([a.messageId, b.messageId], aCall(0x33333333)))
    expect(callsIn(talking.say([c]))).to.deep.equal([])
    expect(callsIn(talking.event({ _: 'answered', query: a.messageId, result: RESULT, failed: false }))).to.deep.equal(
      [],
    )
    expect(callsIn(talking.event({ _: 'answered', query: b.messageId, result: RESULT, failed: false }))).to.deep.equal([
      c.messageId,
    ])
    expect(talking.fold.timers.size).to.equal(0)
    const d = talking.message(waitsFor([a.messageId], aCall()))
    expect(callsIn(talking.say([d]))).to.deep.equal([d.messageId])
  })

  it('fails a call, and what waits for it, when one before it fails, or is unknown', () => {
    const talking = begun()
    const a = talking.message(aCall())
    talking.say([a])
    const b = talking.message(waitsFor([a.messageId], aCall()))
    const c = talking.message(waitsFor([b.messageId], aCall()))
    talking.say([b, c])
    const effects = talking.event({ _: 'answered', query: a.messageId, result: writeRpcError(400, 'X'), failed: true })
    expect(callsIn(effects)).to.deep.equal([])
    expect(
      objectsIn(effects)
        .map(resultIn)
        .map((object) => (object?._ === 'rpc_error' ? object.errorMessage : '')),
    ).to.have.members(['X', 'MSG_WAIT_FAILED', 'MSG_WAIT_FAILED'])
    const lost = talking.say([talking.message(waitsFor([4n], aCall()))])
    expect(resultIn(objectsIn(lost)[0])).to.deep.equal({
      _: 'rpc_error',
      errorCode: 400,
      errorMessage: 'MSG_WAIT_FAILED',
    })
  })

  it('waits half a second, and no longer', () => {
    const talking = begun()
    const a = talking.message(aCall())
    talking.say([a])
    talking.say([talking.message(waitsFor([a.messageId], aCall()))])
    expect(talking.fold.advance(499)).to.deep.equal([])
    talking.fold.advance(1)
    expect(resultIn(objectsIn(talking.event({ _: 'flush' }))[0])).to.deep.equal({
      _: 'rpc_error',
      errorCode: -503,
      errorMessage: 'MSG_WAIT_TIMEOUT',
    })
  })

  it('ends with its calls', () => {
    const talking = begun()
    const a = talking.message(aCall())
    talking.say([a])
    talking.say([talking.message(waitsFor([a.messageId], aCall()))])
    expect(talking.event({ _: 'end' }).filter(({ _ }) => _ === 'cancel')).to.deep.equal([
      { _: 'cancel', query: a.messageId },
    ])
    expect(talking.fold.timers.size).to.equal(0)
  })

  it('refuses calls beyond a bound', () => {
    const talking = begun()
    for (let at = 0; at < 1024; at++) talking.say([talking.message(aCall())])
    const over = talking.say([talking.message(aCall())])
    expect(callsIn(over)).to.deep.equal([])
    expect(resultIn(objectsIn(over)[0])).to.include({ errorCode: 420 })
  })
})
