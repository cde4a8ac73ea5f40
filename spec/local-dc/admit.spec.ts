import { expect } from 'chai'
import { getPasswordRequest } from '../../lib/api/account.ts'
import { getConfigRequest, getSupportRequest } from '../../lib/api/help.ts'
import { getLangPackRequest } from '../../lib/api/langpack.ts'
import { invokeWithTakeoutRequest } from '../../lib/api/root.ts'
import { getUsersRequest } from '../../lib/api/users.ts'
import type { Request } from '../../lib/core/invoker.ts'
import { readRest } from '../../lib/core/tl/reader.ts'
import { writeInt } from '../../lib/core/tl/writer.ts'
import type { LocalDcOptions } from '../../lib/local-dc/index.node.ts'
import { wrapped } from '../support/raw-client.ts'
import { ANN, type Running, refused, run, signIn } from './running.ts'

const self = getUsersRequest({ id: [{ _: 'inputUserSelf' }] })

/** A call of which nothing is known but its bytes. */
function bytes(...words: readonly number[]): Request<Uint8Array> {
  return {
    method: 'bytes',
    params: undefined,
    write: (_params, position) => words.reduce((at, word) => writeInt(word, at), position),
    read: readRest,
  }
}

let dc: Running
const start = async (options?: LocalDcOptions) => {
  dc = await run(options)
  return dc
}

describe('a local DC, by what it refuses', () => {
  afterEach(() => dc.stop())

  it('goes by the method first, then by who asks, then by what is built', async () => {
    await start()
    const client = await dc.client()
    const rows = [
      [bytes(0x1234abcd), '400 INPUT_METHOD_INVALID_1234abcd'],
      [getSupportRequest(), '401 AUTH_KEY_UNREGISTERED'],
      [self, '401 AUTH_KEY_UNREGISTERED'],
      [getLangPackRequest({ langPack: '', langCode: 'en' }), '400 METHOD_INVALID'],
      [bytes(0xd91a548 | 0, 0x1cb5c415, 1, 0x7777), '400 INPUT_CONSTRUCTOR_INVALID_00007777'],
      [bytes(0xc4f9186b | 0, 1), '400 INPUT_REQUEST_TOO_LONG'],
      [bytes(0x61e3f854), '400 INPUT_FETCH_ERROR'],
      [invokeWithTakeoutRequest({ takeoutId: 1n, query: getPasswordRequest() }), '400 TAKEOUT_INVALID'],
    ] as const
    for (const [request, error] of rows) expect(await refused(client, request)).to.equal(error)
    await signIn(client, ANN)
    expect(await refused(client, getSupportRequest())).to.equal('400 METHOD_INVALID')
    expect(dc.told.at(-1)).to.deep.include({
      event: 'call',
      method: 'help.getSupport',
      user: dc.users[0]!.id,
      session: (dc.told.at(-1) as { session: string }).session,
      error: '400 METHOD_INVALID',
    })
  })

  it('wants initConnection once for each key', async () => {
    await start()
    const client = await dc.client()
    client.wraps = false
    expect(await refused(client, getConfigRequest())).to.equal('400 CONNECTION_NOT_INITED')
    await client.call(wrapped(getConfigRequest()))
    await client.call(getConfigRequest())
    client.restart()
    await client.call(getConfigRequest())
    expect(await refused(client, wrapped(getConfigRequest(), 1))).to.equal('400 CONNECTION_LAYER_INVALID')
    await client.call(getConfigRequest())
    expect(dc.told.filter(({ event }) => event === 'layer')).to.have.length(1)
    expect(dc.told.find(({ event }) => event === 'layer')).to.include({ layer: 1 })
  })

  it('wants an application', async () => {
    await start()
    const client = await dc.client()
    client.wraps = false
    const nobody = wrapped(getConfigRequest())
    const params = (nobody.params as { query: Request<unknown> }).query.params as { apiId: number }
    Object.assign(params, { apiId: 0 })
    expect(await refused(client, nobody)).to.equal('400 CONNECTION_API_ID_INVALID')
  })
})
