import { expect } from 'chai'
import { of, throwError } from 'rxjs'
import { getConfigRequest, getNearestDcRequest } from '../../../lib/api/help.ts'
import { RpcError } from '../../../lib/core/errors.ts'
import type { Invoker } from '../../../lib/core/invoker.ts'
import { chain } from '../../../lib/runtime/rpc/chain.ts'
import { init } from '../../../lib/runtime/rpc/init.ts'
import { marbles } from '../../support/marbles.ts'
import { answering, wire } from './calls.ts'

const device = { model: 'm', system: 's', appVersion: '1', systemLanguage: 'en', language: 'de' }
const notInited = new RpcError(400, 'CONNECTION_NOT_INITED', 'help.getConfig')

/** The constructor id that a request begins with. */
const idOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
const WITH_LAYER = 0xda9b0d0d
const INIT = 0xc1cd5ea9
const GET_CONFIG = 0xc4f9186b

function introduced(last: Invoker) {
  const introduction = init({ apiId: 5, device })
  return { ...introduction, tg: chain([introduction.interceptor], last) }
}

describe('runtime/rpc/init', () => {
  it('introduces the session until its first answer', () => {
    const last = answering([of({})])
    const { tg } = introduced(last)
    for (let call = 0; call < 2; call++) tg.invoke(getConfigRequest()).subscribe({ error: expect.fail })
    expect(last.seen.map((each) => each.method)).to.deep.equal(['help.getConfig', 'help.getConfig'])
    const [first, second] = last.seen.map(wire)
    expect(idOf(first!)).to.equal(WITH_LAYER)
    expect(idOf(first!.subarray(8))).to.equal(INIT)
    expect(idOf(first!.subarray(first!.length - 4))).to.equal(GET_CONFIG)
    expect(second).to.deep.equal(wire(getConfigRequest()))
  })

  it('does so again after it was told to', () => {
    const last = answering([of({})])
    const { tg, again } = introduced(last)
    tg.invoke(getConfigRequest()).subscribe({ error: expect.fail })
    again()
    tg.invoke(getConfigRequest()).subscribe({ error: expect.fail })
    tg.invoke(getConfigRequest()).subscribe({ error: expect.fail })
    expect(last.seen.map((each) => idOf(wire(each)))).to.deep.equal([WITH_LAYER, WITH_LAYER, GET_CONFIG])
  })

  it('counts a refusal of the call itself as an answer', () => {
    const last = answering([throwError(() => new RpcError(401, 'AUTH_KEY_UNREGISTERED', 'x')), of({})])
    const { tg } = introduced(last)
    const errors: unknown[] = []
    tg.invoke(getConfigRequest()).subscribe({ error: (error) => errors.push(error.type) })
    tg.invoke(getConfigRequest()).subscribe({ error: expect.fail })
    expect(errors).to.deep.equal(['AUTH_KEY_UNREGISTERED'])
    expect(idOf(wire(last.seen[1]!))).to.equal(GET_CONFIG)
  })

  it(
    'introduces the session once more when the server has forgotten it',
    marbles(({ cold, expectObservable, expectSubscriptions, finally: later }) => {
      const forgotten = cold('-#', {}, notInited)
      const answered = cold('--a|', { a: {} })
      const last = answering([of({}), forgotten, answered])
      const { tg } = introduced(last)
      tg.invoke(getConfigRequest()).subscribe({ error: expect.fail })
      expectObservable(tg.invoke(getConfigRequest())).toBe('---a|', { a: {} })
      expectSubscriptions(forgotten.subscriptions).toBe('^!')
      expectSubscriptions(answered.subscriptions).toBe('-^--!')
      later(() => expect(last.seen.map((each) => idOf(wire(each)))).to.deep.equal([WITH_LAYER, GET_CONFIG, WITH_LAYER]))
    }),
  )

  it(
    'does not try that twice for one call',
    marbles(({ cold, expectObservable, finally: later }) => {
      const last = answering([cold('-#', {}, notInited)])
      expectObservable(introduced(last).tg.invoke(getNearestDcRequest())).toBe('--#', {}, notInited)
      later(() => expect(last.seen.length).to.equal(2))
    }),
  )
})
