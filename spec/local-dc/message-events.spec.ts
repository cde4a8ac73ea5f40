import { inspect } from 'node:util'
import { expect } from 'chai'
import { getConfigRequest } from '../../lib/api/help.ts'
import { sendMessageRequest } from '../../lib/api/messages.ts'
import { getStateRequest } from '../../lib/api/updates.ts'
import type { Faults } from '../../lib/local-dc/faults.ts'
import type { LocalDcEvent, LocalDcOptions } from '../../lib/local-dc/index.node.ts'
import { messageEvents } from '../../lib/local-dc/message-events.ts'
import { ANN, BOB, type Running, run } from './running.ts'

/** The messages that were told, in words. */
function messages({ told }: Running): readonly string[] {
  return told.flatMap((event) => {
    if (event.event !== 'message') return []
    const { from, what, method, error } = event
    const of = method === undefined ? '' : ` of ${method}`
    return [`${from === 'client' ? '>' : '<'} ${what}${of}${error === undefined ? '' : `: ${error}`}`]
  })
}

const isMessage = ({ event }: LocalDcEvent): boolean => event === 'message'

describe('the messages that a local DC tells', () => {
  let dc: Running
  let stop = (): void => {}
  const start = async (options?: LocalDcOptions): Promise<void> => {
    dc = await run(options)
    stop = dc.stop
  }
  afterEach(() => stop())

  it('are none without a wish for them', async () => {
    await start()
    const client = await dc.client()
    await client.call(getConfigRequest())
    expect(dc.told.filter(isMessage)).to.deep.equal([])
  })

  it('are all that come and go, calls by their names and results by their calls', async () => {
    await start({ trace: true })
    const client = await dc.client()
    await client.call(getConfigRequest())
    await client.call(getStateRequest()).catch(() => {})
    const all = messages(dc)
    expect(all).to.include.members([
      '> help.getConfig',
      '< new_session_created',
      '< rpc_result of help.getConfig',
      '> updates.getState',
      '< rpc_result of updates.getState: 401 AUTH_KEY_UNREGISTERED',
    ])
    const asked = dc.told.find((event) => event.event === 'message' && event.what === 'help.getConfig')
    const ran = dc.told.find((event) => event.event === 'call' && event.method === 'help.getConfig')
    const answer = dc.told.find((event) => event.event === 'message' && event.method === 'help.getConfig')
    expect(ran).to.deep.include({ message: (asked as { message: string }).message, result: 'config' })
    expect(answer).to.deep.include({ of: (asked as { message: string }).message, connection: 1 })
  })

  it('have no texts, codes or numbers in them', async () => {
    await start({ trace: true })
    const ann = await dc.person(ANN)
    const text = 'a text that is nobody else’s'
    const user = dc.users[1]!.id
    await ann
      .call(
        sendMessageRequest({ peer: { _: 'inputPeerUser', userId: user, accessHash: 0n }, message: text, randomId: 1n }),
      )
      .catch(() => {})
    await ann.call(sendMessageRequest({ peer: { _: 'inputPeerSelf' }, message: text, randomId: 2n }))
    const all = inspect(dc.told.filter(isMessage), { depth: 9, maxArrayLength: null })
    for (const secret of [text, ANN.slice(1), BOB.slice(1), '22222']) expect(all).to.not.include(secret)
    expect(all).to.include('messages.sendMessage')
  })

  it('are those that really come and go, whatever hooks make of them', () => {
    const hooks: Faults = {
      received: ({ as }) => (as === 'single' ? 'miss' : 'take'),
      outgoing: (message) => [message, message],
    }
    const told: { from: string; fate?: string }[] = []
    const both = messageEvents(hooks, { tell: (event) => told.push(event), named: () => undefined })
    const place = { link: 1, session: 's', method: () => undefined }
    const message = { messageId: 4n, seqNo: 0, body: new Uint8Array(4), salt: 0n, sessionId: 1n }
    expect(both.received!({ ...message, as: 'single' }, place)).to.equal('miss')
    expect(both.received!({ ...message, as: 'container' }, place)).to.equal('take')
    expect(both.outgoing!(message, place)).to.have.length(2)
    expect(told.map(({ from, fate }) => [from, fate])).to.deep.equal([
      ['client', 'miss'],
      ['server', undefined],
      ['server', undefined],
    ])
    expect(both).to.have.all.keys('received', 'outgoing')
  })
})
