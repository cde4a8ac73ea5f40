import { expect } from 'chai'
import type { Updates } from '../../lib/api/index.ts'
import { sendMessageRequest } from '../../lib/api/messages.ts'
import { invokeWithoutUpdatesRequest } from '../../lib/api/root.ts'
import { getStateRequest } from '../../lib/api/updates.ts'
import { readRest } from '../../lib/core/tl/reader.ts'
import { writeInt } from '../../lib/core/tl/writer.ts'
import { type LocalDcOptions, send } from '../../lib/local-dc/index.node.ts'
import { RawClient, wrapped } from '../support/raw-client.ts'
import { ANN, BOB, peerOf, pushed, pushes, type Running, run } from './running.ts'

let dc: Running
let randomId = 0n
const start = async (options?: LocalDcOptions) => {
  dc = await run(options)
  return dc
}

describe('a local DC and who hears of what', () => {
  afterEach(() => dc.stop())

  const say = (peer: Parameters<typeof sendMessageRequest>[0]['peer'], message: string) =>
    sendMessageRequest({ peer, message, randomId: ++randomId })
  const textsOf = (list: readonly Updates[]) =>
    list
      .flatMap((each) => (each._ === 'updates' ? each.updates : []))
      .flatMap((update) =>
        update._ === 'updateNewMessage' && update.message._ === 'message' ? [update.message.message] : [],
      )

  it("tells one's other keys, and never the session that has it in its answer", async () => {
    await start()
    const [first, second] = [await dc.person(ANN), await dc.person(ANN)]
    await dc.person(BOB)
    await first.call(getStateRequest())
    const before = pushed(first).length
    await first.call(say(await peerOf(first, BOB), 'hi'))
    expect(textsOf(await pushes(second, 1))).to.deep.equal(['hi'])
    expect(pushed(first)).to.have.length(before)
    expect(dc.told.filter(({ event }) => event === 'push').at(-1)).to.deep.include({ updates: ['updateNewMessage'] })
  })

  it('tells one session of a key: the last that wants it', async () => {
    await start()
    const [ann, bob] = [await dc.person(ANN), await dc.person(BOB)]
    const other = new RawClient(dc)
    await other.connect(dc.connect, { dc: 1, ...dc.dcs[0]! })
    Object.assign(other, { key: ann.key, salt: ann.salt })
    const toAnn = await peerOf(bob, ANN)
    await other.call(invokeWithoutUpdatesRequest({ query: getStateRequest() }))
    await bob.call(say(toAnn, 'a'))
    expect([textsOf(pushed(ann)), textsOf(pushed(other))]).to.deep.equal([['a'], []])
    await other.call(getStateRequest())
    await bob.call(say(toAnn, 'b'))
    expect([textsOf(pushed(ann)), textsOf(pushed(other))]).to.deep.equal([['a'], ['b']])
    other.disconnect()
  })

  it('tells those who come back under the same session what they missed, and a new session nothing', async () => {
    await start()
    const [ann, bob] = [await dc.person(ANN), await dc.person(BOB)]
    const toAnn = await peerOf(bob, ANN)
    ann.disconnect()
    await bob.call(say(toAnn, 'missed'))
    await ann.connect(dc.connect, { dc: 1, ...dc.dcs[0]! })
    ann.send({ _: 'ping', pingId: 1n })
    expect(textsOf(await pushes(ann, 1))).to.deep.equal(['missed'])
    ann.ack()
    ann.disconnect()
    await bob.call(say(toAnn, 'missed too'))
    await ann.connect(dc.connect, { dc: 1, ...dc.dcs[0]! })
    ann.restart()
    ann.heard.length = 0
    await ann.call(getStateRequest())
    expect(ann.heard.map(({ service }) => service?._)).to.include('new_session_created')
    expect(pushed(ann)).to.deep.equal([])
  })

  it('sends an answer again that was lost with its connection, and does not run the call twice', async () => {
    await start()
    const [ann] = [await dc.person(ANN), await dc.person(BOB)]
    const toBob = await peerOf(ann, BOB)
    const message = ann.message(wrapped(say(toBob, 'once')))
    ann.sealed(message)
    const first = await ann.find(({ answer }) => answer?.requestId === message.messageId)
    ann.disconnect()
    ann.heard.length = 0
    await ann.connect(dc.connect, { dc: 1, ...dc.dcs[0]! })
    ann.sealed(message)
    const again = await ann.find(({ answer }) => answer?.requestId === message.messageId)
    expect([again.messageId, again.seqNo]).to.deep.equal([first.messageId, first.seqNo])
    expect(dc.told.filter((event) => event.event === 'call' && event.method === 'messages.sendMessage')).to.have.length(
      1,
    )
  })

  it('tells nobody who signed out', async () => {
    await start()
    const [ann, bob] = [await dc.person(ANN), await dc.person(BOB)]
    await ann.call({
      ...getStateRequest(),
      method: 'auth.logOut',
      write: (_params, at) => writeInt(0x3e72ba19, at),
      read: readRest,
    })
    await bob.call(say(await peerOf(bob, ANN), 'hi'))
    expect(pushed(ann)).to.deep.equal([])
  })

  it('is told by whoever changes its world by hand', async () => {
    await start()
    const ann = await dc.person(ANN)
    const [a, b] = dc.users.map(({ id }) => dc.world.accounts.get(id)!) as [never, never]
    dc.publish(send(dc.world, ann.env, b, a, { content: { text: 'by hand' } }).facts)
    expect(textsOf(await pushes(ann, 1))).to.deep.equal(['by hand'])
  })
})
