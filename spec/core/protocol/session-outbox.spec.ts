import { expect } from 'chai'
import { type Notice, Outbox, serviceObject } from '../../../lib/core/protocol/session-outbox.ts'

const ids = (from: number, count: number) => Array.from({ length: count }, (_, at) => BigInt(from + at))
const drop = (messageId: bigint): Notice => ({ _: 'drop', messageId })
const info = (requestId: bigint): Notice => ({ _: 'info', requestId, info: Uint8Array.of(4) })
const ping: Notice = { _: 'ping', pingId: 5n, disconnectDelay: 75, at: 0 }
const destroy = (sessionId: bigint): Notice => ({ _: 'destroy', sessionId, from: 5 })
const every: readonly Notice[] = [
  { _: 'acks', messageIds: [1n] },
  { _: 'salts' },
  { _: 'states', messageIds: [2n] },
  { _: 'resends', messageIds: [3n] },
  info(4n),
  destroy(6n),
  drop(7n),
  ping,
]

/** An outbox that has said these, each in a message of its own: ids 10, 20, ... of the packets 11, 21, ... */
function having(...said: readonly Notice[]): Outbox {
  const outbox = new Outbox()
  said.forEach((notice, at) => {
    outbox.send(notice, BigInt(10 * (at + 1)), BigInt(10 * (at + 1) + 1))
  })
  return outbox
}

describe('core/protocol session outbox', () => {
  it('gives everything once, in its order', () => {
    const outbox = new Outbox()
    expect(outbox.take(5)).to.deep.equal([])
    for (const notice of [...every].reverse()) outbox.add(notice)
    expect(outbox.take(5)).to.deep.equal(every)
    expect(outbox.take(5)).to.deep.equal([])
  })

  it('knows what waits, and whether it is patient', () => {
    const outbox = new Outbox()
    expect([outbox.empty, outbox.urgent, outbox.acks, outbox.drops]).to.deep.equal([true, false, 0, 0])
    outbox.ack(1n)
    outbox.add(drop(2n))
    outbox.add({ _: 'salts' })
    expect([outbox.empty, outbox.urgent, outbox.acks, outbox.drops]).to.deep.equal([false, false, 1, 1])
    for (const notice of [
      ping,
      info(1n),
      { _: 'states', messageIds: [1n] },
      { _: 'resends', messageIds: [1n] },
    ] as const) {
      const hurried = new Outbox()
      hurried.add(notice)
      expect([hurried.empty, hurried.urgent], notice._).to.deep.equal([false, true])
    }
    const acked = new Outbox()
    acked.ack(1n)
    expect(acked.empty).to.equal(false)
    const dropped = new Outbox()
    dropped.add(drop(1n))
    expect(dropped.empty).to.equal(false)
  })

  it('puts together what is of one kind', () => {
    const outbox = new Outbox()
    outbox.ack(1n)
    outbox.add({ _: 'acks', messageIds: [2n, 3n] })
    outbox.add({ _: 'resends', messageIds: [4n] })
    outbox.add({ _: 'resends', messageIds: [5n] })
    outbox.add(drop(6n))
    outbox.add(drop(7n))
    expect(outbox.take(5)).to.deep.equal([
      { _: 'acks', messageIds: [1n, 2n, 3n] },
      { _: 'resends', messageIds: [4n, 5n] },
      drop(6n),
      drop(7n),
    ])
  })

  it('is bounded: of most kinds the newest are kept', () => {
    const outbox = new Outbox()
    outbox.add({ _: 'acks', messageIds: ids(0, 8_193) })
    outbox.ack(9_999n)
    outbox.add({ _: 'resends', messageIds: ids(0, 8_193) })
    for (let n = 0n; n < 9n; n++) outbox.add(info(n))
    for (let n = 0n; n < 5n; n++) outbox.add(destroy(n))
    const [acks, resends, ...rest] = outbox.take(5)
    expect(acks).to.deep.equal({ _: 'acks', messageIds: ids(1, 8_192) })
    expect(resends).to.deep.equal({ _: 'resends', messageIds: ids(1, 8_192) })
    expect(rest).to.deep.equal([...ids(1, 8).map(info), ...ids(1, 4).map(destroy)])
    for (let n = 0n; n < 8_193n; n++) outbox.add(drop(n))
    expect(outbox.drops).to.equal(8_192)
    expect(outbox.take(5)).to.deep.equal(ids(1, 100).map(drop))
    expect(outbox.drops).to.equal(8_092)
  })

  it('acks up to 8,192 one by one', () => {
    const outbox = new Outbox()
    for (const id of ids(0, 8_193)) outbox.ack(id)
    expect(outbox.acks).to.equal(8_192)
  })

  it('asks for the states of 8,192 at a time', () => {
    const outbox = new Outbox()
    outbox.add({ _: 'states', messageIds: ids(0, 8_200) })
    expect(outbox.take(5)).to.deep.equal([{ _: 'states', messageIds: ids(0, 8_192) }])
    expect(outbox.take(5)).to.deep.equal([{ _: 'states', messageIds: ids(8_192, 8) }])
    expect(outbox.urgent).to.equal(false)
  })

  it('knows what it said, by message and by packet, until that is settled', () => {
    const outbox = having(ping, drop(1n))
    outbox.send(info(3n), 22n, 21n)
    expect([10n, 11n, 20n, 21n, 22n, 9n].map((id) => outbox.awaits(id))).to.deep.equal([
      true,
      true,
      true,
      true,
      true,
      false,
    ])
    expect(outbox.settle(10n)).to.equal(ping)
    expect(outbox.settle(10n)).to.equal(undefined)
    expect(outbox.awaits(11n)).to.equal(false)
    expect(outbox.settlePacket(21n)).to.deep.equal([drop(1n), info(3n)])
    expect(outbox.settlePacket(21n)).to.deep.equal([])
  })

  it('forgets the oldest of more than 1,024 that nobody settled', () => {
    const outbox = new Outbox()
    for (const id of ids(1, 1_025)) outbox.send(drop(id), id, id)
    expect(outbox.settle(1n)).to.equal(undefined)
    expect(outbox.settle(2n)).to.deep.equal(drop(2n))
    expect(outbox.settle(1_025n)).to.deep.equal(drop(1_025n))
  })

  it('takes a session for destroyed that was to be, once', () => {
    const outbox = having(destroy(6n), drop(6n))
    expect(outbox.settleDestroy(7n)).to.equal(false)
    expect(outbox.settleDestroy(6n)).to.equal(true)
    expect(outbox.settleDestroy(6n)).to.equal(false)
    expect(outbox.awaits(20n)).to.equal(true)
  })

  it('takes for done what was said before an answer and gets none of its own', () => {
    const outbox = having(...every)
    outbox.confirmBefore(80n)
    const left = [10n, 20n, 30n, 40n, 50n, 60n, 70n, 80n].filter((id) => outbox.awaits(id))
    // Salts, states, the session and the drop have answers of their own.
    expect(left).to.deep.equal([20n, 30n, 60n, 70n, 80n])
    const two = having({ _: 'acks', messageIds: [1n] }, { _: 'acks', messageIds: [2n] })
    two.confirmBefore(20n)
    expect([two.awaits(10n), two.awaits(20n)]).to.deep.equal([false, true])
  })

  it('forgets what was said before the server began anew, but not the wish to destroy another session', () => {
    const outbox = having(...every)
    outbox.forgetBefore(71n)
    expect([60n, 70n, 80n].map((id) => outbox.awaits(id))).to.deep.equal([false, true, true])
    expect(outbox.take(5)).to.deep.equal([destroy(6n)])
  })

  it('says again on the next link what is still of use there', () => {
    const outbox = having(...every)
    for (const notice of [ping, { _: 'states', messageIds: [9n] }] as const) outbox.add(notice)
    outbox.linkLost()
    expect(outbox.awaits(10n)).to.equal(false)
    expect(outbox.take(5)).to.deep.equal([
      { _: 'acks', messageIds: [1n] },
      { _: 'resends', messageIds: [3n] },
      destroy(6n),
      drop(7n),
    ])
  })

  it('lets another session live until its time has come', () => {
    const outbox = new Outbox()
    outbox.add(destroy(6n))
    expect(outbox.empty).to.equal(true)
    expect(outbox.take(4)).to.deep.equal([])
    expect(outbox.take(5)).to.deep.equal([destroy(6n)])
    expect(outbox.take(6)).to.deep.equal([])
  })

  it('says nothing of one session in another, but for the wish to destroy; and nothing at all under another key', () => {
    const outbox = having(...every)
    for (const notice of every) outbox.add(notice)
    outbox.clear()
    expect(outbox.take(5)).to.deep.equal([destroy(6n), destroy(6n)])
    const other = having(...every)
    other.add(destroy(1n))
    other.keyLost()
    expect(other.take(5)).to.deep.equal([])
  })

  it('writes each as the service message that it is', () => {
    expect(every.map(serviceObject)).to.deep.equal([
      { _: 'msgs_ack', msgIds: [1n] },
      { _: 'get_future_salts', num: 64 },
      { _: 'msgs_state_req', msgIds: [2n] },
      { _: 'msg_resend_req', msgIds: [3n] },
      { _: 'msgs_state_info', reqMsgId: 4n, info: Uint8Array.of(4) },
      { _: 'destroy_session', sessionId: 6n },
      { _: 'rpc_drop_answer', reqMsgId: 7n },
      { _: 'ping_delay_disconnect', pingId: 5n, disconnectDelay: 75 },
    ])
  })
})
