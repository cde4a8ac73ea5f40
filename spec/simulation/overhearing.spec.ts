import { expect } from 'chai'
import { authKey } from '../../lib/core/crypto/message-key.ts'
import { seal } from '../../lib/core/protocol/envelope.ts'
import { type Message, writeContainer, writeRpcResult } from '../../lib/core/protocol/pack.ts'
import type { ServiceObject } from '../../lib/core/protocol/service.ts'
import type { Place } from '../../lib/local-dc/faults.ts'
import { writeService } from '../../lib/local-dc/session/write-service.ts'
import { Overhearing } from './overhearing.ts'
import { Random } from './random.ts'
import { Reached } from './reached.ts'
import { SimulatedTime } from './simulated-time.ts'
import { Trace } from './trace.ts'

const source = new Random(1)
const key = authKey(source.bytes(256))
const random = (length: number) => source.bytes(length)
const CALL = new Uint8Array(8).fill(1)

function listening({ isHonest = true, cancelled = [] as readonly bigint[] } = {}) {
  const time = new SimulatedTime()
  const reached = new Reached()
  const rules: string[] = []
  const overhearing = new Overhearing({
    time,
    reached,
    trace: new Trace(time),
    isHonest,
    violation: (rule) => void rules.push(rule),
    cancelledIn: () => cancelled,
  })
  const place = (link: number): Place => ({ link, session: 's', method: () => undefined })
  /** The client says something over that connection. */
  const says = (messageId: bigint, said: ServiceObject | Uint8Array, link = 1) =>
    overhearing.received(
      { messageId, seqNo: 1, body: said instanceof Uint8Array ? said : writeService(said), salt: 1n, as: 'single' },
      'take',
      place(link),
    )
  /** The server says something, and the client gets it, unless it is lost. */
  const told = (messages: readonly Message[], link = 1, isLost = false) => {
    const outer = messages.length === 1 ? messages[0]! : { messageId: 99n, seqNo: 0, body: writeContainer(messages) }
    overhearing.leaving({ salt: 1n, sessionId: 1n, ...outer }, place(link))
    const packet = seal({ key, from: 'server', salt: 1n, sessionId: 1n, random, ...outer })
    overhearing.sealed(packet)
    if (!isLost) overhearing.heard(packet)
  }
  const answer = (messageId: bigint): Message => ({ messageId, seqNo: 1, body: writeRpcResult(4n, CALL) })
  return { time, reached, rules, overhearing, says, told, answer }
}

describe('who overhears client and server', () => {
  it('catches an ack for what was never received', () => {
    const { says, told, answer, rules } = listening()
    told([answer(5n), answer(9n)])
    says(8n, { _: 'msgs_ack', msgIds: [5n, 9n] })
    expect(rules).to.deep.equal([])
    told([answer(13n)], 1, true)
    says(12n, { _: 'msgs_ack', msgIds: [13n] })
    expect(rules).to.deep.equal(['acks'])
  })

  it('catches an id that is used twice', () => {
    const { says, rules } = listening()
    says(4n, CALL)
    says(8n, CALL)
    expect(rules).to.deep.equal([])
    says(4n, CALL, 2)
    expect(rules).to.deep.equal(['ids'])
  })

  it('catches refusals that are the fault of the client, unless they were ordered', () => {
    const { overhearing, told, rules } = listening({ isHonest: false })
    const refused = (badMsgId: bigint): Message => ({
      messageId: 5n,
      seqNo: 0,
      body: writeService({ _: 'bad_msg_notification', badMsgId, badMsgSeqno: 1, errorCode: 35 }),
    })
    const place: Place = { link: 1, session: 's', method: () => undefined }
    overhearing.received({ messageId: 4n, seqNo: 1, body: CALL, salt: 1n, as: 'single' }, 35, place)
    told([refused(4n)])
    expect(rules).to.deep.equal([])
    told([refused(8n)])
    expect(rules).to.deep.equal(['mistakes'])
  })

  it('catches refused salts and times where the network alone is bad', () => {
    const { says, told, rules } = listening()
    const bad = { badMsgId: 4n, badMsgSeqno: 1 }
    const salt = writeService({ _: 'bad_server_salt', ...bad, errorCode: 48, newServerSalt: 2n })
    says(4n, CALL)
    told([{ messageId: 5n, seqNo: 0, body: salt }])
    expect(rules).to.deep.equal([])
    const created = writeService({ _: 'new_session_created', firstMsgId: 8n, uniqueId: 1n, serverSalt: 2n })
    told([{ messageId: 9n, seqNo: 1, body: created }])
    says(12n, CALL)
    const again = writeService({ _: 'bad_server_salt', ...bad, badMsgId: 12n, errorCode: 48, newServerSalt: 2n })
    told([{ messageId: 13n, seqNo: 0, body: again }])
    expect(rules).to.deep.equal(['salts'])
    const early = writeService({ _: 'bad_msg_notification', ...bad, errorCode: 16 })
    told([{ messageId: 17n, seqNo: 0, body: early }])
    expect(rules).to.deep.equal(['salts', 'clock'])
  })

  it('catches acks that were lost with their connection', () => {
    for (const isAcked of [true, false]) {
      const { time, says, told, answer, rules } = listening()
      says(4n, CALL)
      told([answer(5n)])
      says(8n, CALL, 2)
      if (isAcked) says(12n, { _: 'msgs_ack', msgIds: [5n] }, 2)
      time.run(2_000)
      says(16n, CALL, 2)
      expect(rules).to.deep.equal(isAcked ? [] : ['acks'])
    }
  })

  it('catches drops that were lost with their connection', () => {
    for (const isDropped of [true, false]) {
      const { time, says, rules } = listening({ cancelled: [4n] })
      says(4n, CALL)
      time.run(5_000)
      says(8n, CALL, 2)
      if (isDropped) says(12n, { _: 'rpc_drop_answer', reqMsgId: 4n }, 2)
      time.run(8_000)
      says(16n, CALL, 2)
      expect(rules).to.deep.equal(isDropped ? [] : ['drops'])
    }
  })

  it('knows answers that come twice', () => {
    const { told, answer, reached } = listening()
    told([answer(5n), answer(5n)])
    expect(reached.counts.get('answer came twice in one container')).to.equal(1)
    told([answer(5n)], 2)
    expect(reached.counts.get('answer came again on a later connection')).to.equal(1)
  })
})
