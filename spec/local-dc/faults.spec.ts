import { expect } from 'chai'
import { getNearestDcRequest } from '../../lib/api/help.ts'
import { sendMessageRequest } from '../../lib/api/messages.ts'
import { getUsersRequest } from '../../lib/api/users.ts'
import { authKey } from '../../lib/core/crypto/message-key.ts'
import { seal } from '../../lib/core/protocol/envelope.ts'
import { isRpcResult, readRequestId } from '../../lib/core/protocol/pack.ts'
import type { Faults, IncomingCall, LocalDcOptions, OutgoingMessage } from '../../lib/local-dc/index.node.ts'
import { writeService } from '../../lib/local-dc/session/write-service.ts'
import { seededRandom } from '../support/marbles.ts'
import type { RawClient } from '../support/raw-client.ts'
import { errorCodeOf } from '../support/raw-client.ts'
import { ANN, type Running, refused, run } from './running.ts'

const self = getUsersRequest({ id: [{ _: 'inputUserSelf' }] })

let dc: Running

/** A client that is signed in, of a DC that is honest until `lie` is called. */
async function begin(more: LocalDcOptions = {}): Promise<{ ann: RawClient; lie(faults: Faults): void }> {
  let now: Faults = {}
  const faults: Faults = {
    received: (...given) => now.received?.(...given) ?? 'take',
    incoming: (call) => now.incoming?.(call) ?? 'run',
    leaving: (messages, outlet) => now.leaving?.(messages, outlet) ?? messages,
    outgoing: (message, place) => now.outgoing?.(message, place) ?? [message],
    packet: (sealed, place) => now.packet?.(sealed, place) ?? [sealed],
  }
  dc = await run({ faults, ...more })
  const ann = await dc.person(ANN)
  return {
    ann,
    lie(faults) {
      now = faults
    },
  }
}

/** The same once only. */
function once<Value>(lie: () => Value, else_: Value): () => Value {
  let told = false
  return () => {
    const now = told ? else_ : lie()
    told = true
    return now
  }
}

describe('a local DC that lies', () => {
  afterEach(() => dc.stop())

  it('refuses messages with any code, and then has not run them', async () => {
    const executed: IncomingCall[] = []
    const { ann, lie } = await begin({ executed: (call) => executed.push(call) })
    executed.length = 0
    const codes = [16, 17, 18, 19, 20, 32, 33, 34, 35, 64]
    for (const code of codes) {
      lie({ received: once<number | 'take'>(() => code, 'take') })
      const [id] = ann.send(self) as [bigint]
      const { service } = await ann.find(
        (heard) =>
          heard.service?._ === 'bad_msg_notification' && 'badMsgId' in heard.service && heard.service.badMsgId === id,
      )
      expect(service).to.include({ errorCode: code })
    }
    lie({ received: once<number | 'take'>(() => 48, 'take') })
    ann.send(self)
    expect(await ann.service('bad_server_salt')).to.include({ newServerSalt: ann.salt })
    expect(executed).to.deep.equal([])
  })

  it('refuses or misses single messages of a container', async () => {
    const { ann, lie } = await begin()
    const kinds: string[] = []
    let count = 0
    lie({
      received({ as }) {
        kinds.push(as)
        if (as !== 'inner') return 'take'
        return (['miss', 33, 'take'] as const)[count++]!
      },
    })
    const [missed, bad, taken] = ann.send(getNearestDcRequest(), getNearestDcRequest(), getNearestDcRequest())
    await ann.answerTo(taken!)
    expect(kinds).to.deep.equal(['container', 'inner', 'inner', 'inner'])
    expect(await ann.service('bad_msg_notification')).to.include({ badMsgId: bad, errorCode: 33 })
    lie({})
    ann.send({ _: 'msgs_state_req', msgIds: [missed!, taken!] })
    const { info } = await ann.service('msgs_state_info')
    expect([...info].map((state) => state & 7)).to.deep.equal([2, 4])
  })

  it('answers calls with errors, before they ran and after', async () => {
    const executed: IncomingCall[] = []
    const { ann, lie } = await begin({ executed: (call) => executed.push(call) })
    const send = (randomId: bigint) => sendMessageRequest({ peer: { _: 'inputPeerSelf' }, message: 'hi', randomId })
    const error = { code: 500, text: 'RPC_CALL_FAIL' }
    lie({ incoming: () => ({ error }) })
    expect(await refused(ann, send(1n))).to.equal('500 RPC_CALL_FAIL')
    lie({ incoming: () => ({ error, ran: true }) })
    expect(await refused(ann, send(2n))).to.equal('500 RPC_CALL_FAIL')
    lie({})
    await ann.call(send(2n))
    const sends = executed.filter(({ method }) => method === 'messages.sendMessage')
    expect(sends.map(({ params }) => (params as { randomId: bigint }).randomId)).to.deep.equal([2n, 2n])
    expect(sends[0]).to.include({ user: dc.users[0]!.id, session: sends[1]!.session })
    expect(dc.world.accounts.get(dc.users[0]!.id)!.box.messages.size).to.equal(1)
  })

  it('loses calls: they never run', async () => {
    const executed: IncomingCall[] = []
    const { ann, lie } = await begin({ executed: (call) => executed.push(call) })
    executed.length = 0
    lie({ incoming: once<'lose' | 'run'>(() => 'lose', 'run') })
    const [lost] = ann.send(self) as [bigint]
    const [found] = ann.send(getNearestDcRequest()) as [bigint]
    await ann.answerTo(found)
    expect(ann.heard.some(({ answer }) => answer?.requestId === lost)).to.equal(false)
    expect(executed.map(({ method }) => method)).to.deep.equal(['help.getNearestDc'])
  })

  it('doubles, drops, sorts and makes messages, and knows what they answer', async () => {
    const { ann, lie } = await begin()
    const methods: (string | undefined)[] = []
    lie({
      leaving(messages, { make, method }) {
        const answers = messages.filter(({ body }) => isRpcResult(body))
        methods.push(...answers.map(({ body }) => method(readRequestId(body) as bigint)))
        const more = make(writeService({ _: 'pong', msgId: 5n, pingId: 6n }), { push: true, content: true })
        return answers.length === 0 ? messages : [...answers, ...answers, more]
      },
    })
    const [first, second] = ann.send(getNearestDcRequest(), self) as [bigint, bigint]
    await ann.answerTo(first)
    await ann.answerTo(second)
    const { packetId } = await ann.find(({ answer }) => answer?.requestId === first)
    const together = ann.heard.filter((heard) => heard.packetId === packetId)
    expect(together.map(({ answer, service }) => answer?.requestId ?? service?._)).to.deep.equal([
      first,
      first,
      second,
      second,
      'pong',
    ])
    expect(together.at(-1)!.seqNo & 1).to.equal(1)
    expect(together.at(-1)!.messageId & 3n).to.equal(3n)
    expect(methods).to.deep.equal(['help.getNearestDc', 'users.getUsers'])
  })

  it('changes every field of what is sealed, and holds it back', async () => {
    const { ann, lie } = await begin()
    const seen: OutgoingMessage[] = []
    lie({
      outgoing(message) {
        seen.push(message)
        return [
          { ...message, delay: 30 },
          { ...message, messageId: message.messageId + 2n, seqNo: 4 },
        ]
      },
    })
    const [id] = ann.send(getNearestDcRequest()) as [bigint]
    await ann.until(() => ann.heard.filter(({ answer }) => answer?.requestId === id).length === 2)
    const twice = ann.heard.filter(({ answer }) => answer?.requestId === id)
    expect(twice.map(({ seqNo }) => seqNo)).to.deep.equal([4, seen[0]!.seqNo])
    expect(twice[0]!.messageId - twice[1]!.messageId).to.equal(2n)
    expect(seen[0]).to.include({ salt: ann.salt, sessionId: ann.sessionId })
  })

  it('spoils packets', async () => {
    const { ann, lie } = await begin()
    const packets: number[] = []
    lie({
      packet(sealed) {
        packets.push(sealed.length)
        return [sealed, sealed.slice()]
      },
    })
    const [id] = ann.send(getNearestDcRequest()) as [bigint]
    await ann.until(() => ann.heard.filter(({ answer }) => answer?.requestId === id).length === 2)
    expect(packets).to.have.length(1)
  })

  it('is asked nothing that it has no hook for', async () => {
    dc = await run({ faults: {} })
    const ann = await dc.person(ANN)
    expect(await ann.call(self)).to.have.length(1)
  })
})

describe('orders to a local DC', () => {
  afterEach(() => dc.stop())

  it('forget sessions, as a restart does', async () => {
    const { ann } = await begin()
    const created = () => ann.heard.filter(({ service }) => service?._ === 'new_session_created').length
    const before = created()
    dc.orders.forgetSessions()
    await ann.call(self)
    expect(created()).to.equal(before + 1)
  })

  it('forget a key', async () => {
    const { ann } = await begin()
    dc.orders.forgetKey(ann.key!.id)
    ann.send(self)
    await ann.until(() => ann.ended !== undefined)
    expect(errorCodeOf(ann)).to.equal(-404)
  })

  it('make all salts worthless', async () => {
    const { ann } = await begin()
    dc.orders.rotateSalts()
    ann.send(self)
    const { newServerSalt } = await ann.service('bad_server_salt')
    expect(newServerSalt).not.to.equal(ann.salt)
    ann.salt = newServerSalt
    expect(await ann.call(self)).to.have.length(1)
  })

  it('tell a transport error and hang up', async () => {
    const { ann } = await begin()
    const link = dc.told.flatMap((each) => (each.event === 'opened' ? [each.connection] : [])).at(-1)!
    dc.orders.transportError(link, -429)
    await ann.until(() => ann.ended !== undefined)
    expect(errorCodeOf(ann)).to.equal(-429)
    dc.orders.transportError(link, -429)
  })

  it('close every connection', async () => {
    const { ann } = await begin()
    dc.orders.closeLinks()
    await ann.until(() => ann.ended !== undefined)
    expect(ann.ended).to.equal(true)
  })

  it('say things unasked, and send packets as they are', async () => {
    const { ann } = await begin()
    await ann.call(self)
    const { session } = dc.told.flatMap((each) => (each.event === 'call' ? [each] : [])).at(-1)!
    dc.orders.say(session, writeService({ _: 'pong', msgId: 1n, pingId: 2n }), { push: true })
    expect(await ann.service('pong')).to.deep.equal({ _: 'pong', msgId: 1n, pingId: 2n })
    dc.orders.say('nobody', writeService({ _: 'pong', msgId: 1n, pingId: 2n }))
    const link = dc.told.flatMap((each) => (each.event === 'opened' ? [each.connection] : [])).at(-1)!
    const { key, sessionId } = ann
    const message = { messageId: (1n << 62n) | 1n, seqNo: 0, body: writeService({ _: 'pong', msgId: 3n, pingId: 4n }) }
    const packet = seal({ key: key!, from: 'server', salt: 0n, sessionId, random: seededRandom(4), ...message })
    dc.orders.sendPacket(link + 5, packet)
    dc.orders.sendPacket(link, packet)
    const { messageId } = await ann.find(({ service }) => service?._ === 'pong' && service.pingId === 4n)
    expect(messageId).to.equal(message.messageId)
  })

  it('add keys that were never exchanged, with whoever is signed in by them', async () => {
    await begin()
    const key = authKey(seededRandom(3)(256))
    dc.orders.addKey({ key, salt: 77n, user: dc.users[1]!.id })
    const bob = await dc.client()
    bob.key = key
    bob.salt = 77n
    expect(await bob.call(self)).to.have.nested.property('[0].firstName', 'Bob')
  })
})
