import { deflateSync } from 'node:zlib'
import { expect } from 'chai'
import fc from 'fast-check'
import { getConfigRequest } from '../../lib/api/help.ts'
import {
  initConnectionRequest,
  invokeAfterMsgRequest,
  invokeAfterMsgsRequest,
  invokeWithApnsSecretRequest,
  invokeWithBusinessConnectionRequest,
  invokeWithGooglePlayIntegrityRequest,
  invokeWithLayerRequest,
  invokeWithMessagesRangeRequest,
  invokeWithoutUpdatesRequest,
  invokeWithReCaptchaRequest,
  invokeWithTakeoutRequest,
} from '../../lib/api/root.ts'
import { DecodeError } from '../../lib/core/errors.ts'
import type { Request } from '../../lib/core/invoker.ts'
import { writeGzipPacked } from '../../lib/core/protocol/pack.ts'
import { encode, encodeRequest, writeBytes, writeInt, writeRaw } from '../../lib/core/tl/writer.ts'
import { type Call, unwrap } from '../../lib/local-dc/unwrap.ts'

type Wrap = (query: Request<unknown>) => Request<unknown>

const about = {
  apiId: 7,
  deviceModel: 'd',
  systemVersion: 's',
  appVersion: 'a',
  systemLangCode: 'x',
  langPack: '',
  langCode: 'en',
}
const wrappers: Readonly<Record<string, Wrap>> = {
  layer: (query) => invokeWithLayerRequest({ layer: 229, query }),
  init: (query) =>
    initConnectionRequest({
      ...about,
      proxy: { _: 'inputClientProxy', address: '127.0.0.1', port: 1 },
      params: {
        _: 'jsonObject',
        value: [{ _: 'jsonObjectValue', key: 'tz_offset', value: { _: 'jsonNumber', value: 1 } }],
      },
      query,
    }),
  withoutUpdates: (query) => invokeWithoutUpdatesRequest({ query }),
  after: (query) => invokeAfterMsgRequest({ msgId: 4n, query }),
  afterAll: (query) => invokeAfterMsgsRequest({ msgIds: [8n, 12n], query }),
  range: (query) => invokeWithMessagesRangeRequest({ range: { _: 'messageRange', minId: 1, maxId: 2 }, query }),
  integrity: (query) => invokeWithGooglePlayIntegrityRequest({ nonce: 'n', token: 't', query }),
  apns: (query) => invokeWithApnsSecretRequest({ nonce: 'n', secret: 's', query }),
  captcha: (query) => invokeWithReCaptchaRequest({ token: 't', query }),
  // Any level may be packed.
  gzip: (query) => {
    const packed = writeGzipPacked(encodeRequest(query))
    return { method: query.method, params: undefined, write: (_params, at) => writeRaw(packed, at), read: query.read }
  },
}

function unwrapped(request: Request<unknown>): Call {
  const call = unwrap(encodeRequest(request))
  if (call instanceof DecodeError) throw call
  return call
}

describe('unwrap', () => {
  const bare = encodeRequest(getConfigRequest())

  it('leaves a bare call as it is', () => {
    expect(unwrapped(getConfigRequest())).to.deep.equal({
      layer: undefined,
      init: undefined,
      withoutUpdates: false,
      after: [],
      refused: undefined,
      method: 0xc4f9186b | 0,
      query: bare,
    })
  })

  it('takes wrappers off in any order, packed or not', () => {
    const names = Object.keys(wrappers)
    fc.assert(
      fc.property(fc.shuffledSubarray(names), (chosen) => {
        // A packed object is not packed twice.
        const order = chosen.filter((name, at) => name !== 'gzip' || chosen[at - 1] !== 'gzip')
        const request = order.reduce<Request<unknown>>((query, name) => wrappers[name]!(query), getConfigRequest())
        const call = unwrapped(request)
        expect(call.query).to.deep.equal(bare)
        expect(call.layer).to.equal(order.includes('layer') ? 229 : undefined)
        expect(call.init?.apiId).to.equal(order.includes('init') ? 7 : undefined)
        expect(call.withoutUpdates).to.equal(order.includes('withoutUpdates'))
        const after = [...(order.includes('after') ? [4n] : []), ...(order.includes('afterAll') ? [8n, 12n] : [])]
        expect(call.after).to.have.members(after)
      }),
      { numRuns: 100 },
    )
  })

  it('takes what is packed as zlib does', () => {
    const packed = new Uint8Array(deflateSync(bare))
    const body = encode(packed, (bytes, at) => writeBytes(bytes, writeInt(0x3072cfa1, at)))
    expect(unwrap(body)).to.have.property('query').that.deep.equals(bare)
  })

  it('says which wrappers stand for what was never given out', () => {
    expect(unwrapped(invokeWithTakeoutRequest({ takeoutId: 1n, query: getConfigRequest() })).refused).to.equal(
      'TAKEOUT_INVALID',
    )
    const request = invokeWithBusinessConnectionRequest({ connectionId: 'x', query: getConfigRequest() })
    expect(unwrapped(request)).to.include({ refused: 'CONNECTION_ID_INVALID', method: 0xc4f9186b | 0 })
  })

  it('refuses what is no call', () => {
    expect(unwrap(new Uint8Array(0))).to.be.instanceOf(DecodeError)
    expect(unwrap(bare.slice(0, 3))).to.be.instanceOf(DecodeError)
    expect(unwrap(encodeRequest(wrappers['init']!(getConfigRequest())).slice(0, 20))).to.be.instanceOf(DecodeError)
    const twice = wrappers['gzip']!(wrappers['gzip']!(getConfigRequest()))
    expect(unwrap(encodeRequest(twice))).to.be.instanceOf(DecodeError)
    const deep = Array.from({ length: 17 }).reduce<Request<unknown>>(
      (query) => wrappers['withoutUpdates']!(query),
      getConfigRequest(),
    )
    expect(unwrap(encodeRequest(deep))).to.be.instanceOf(DecodeError)
    const many = invokeAfterMsgsRequest({
      msgIds: Array.from({ length: 1025 }, (_, at) => BigInt(at)),
      query: getConfigRequest(),
    })
    expect(unwrap(encodeRequest(many))).to.be.instanceOf(DecodeError)
    expect(unwrap(encodeRequest(wrappers['gzip']!(getConfigRequest())), 3)).to.be.instanceOf(DecodeError)
  })
})
