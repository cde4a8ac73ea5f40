import { expect } from 'chai'
import { type Observable, of } from 'rxjs'
import type { Config, DcOption } from '../../lib/api/types.ts'
import { addressChanges, addressesOf } from '../../lib/client/addresses.ts'
import { settingsOf } from '../../lib/client/options.ts'
import { UsageError } from '../../lib/core/errors.ts'
import { memoryStorage } from '../../lib/runtime/storage/memory.ts'
import type { Store } from '../../lib/runtime/storage/storage.ts'

const option = (id: number, ipAddress: string, more: Partial<DcOption> = {}): DcOption => ({
  _: 'dcOption',
  id,
  ipAddress,
  port: 443,
  ...more,
})
const config = (dcOptions: readonly DcOption[], testMode = false) =>
  ({ _: 'config', dcOptions, testMode }) as unknown as Config

function emitted<Value>(source: Observable<Value>): Value | undefined {
  let value: Value | undefined
  source.subscribe({ next: (each) => (value = each), error: expect.fail })
  return value
}
function opened(): Store {
  return emitted(memoryStorage().open())!
}
const app = { apiId: 5, apiHash: 'x' }

describe('client/addresses', () => {
  it('keeps of a configuration what serves everything', () => {
    const options = [
      option(1, 'a'),
      option(1, '::1', { ipv6: true }),
      option(2, 'b', { mediaOnly: true }),
      option(2, 'c', { cdn: true }),
      option(2, 'd', { tcpoOnly: true }),
      option(1, 'e', { port: 80 }),
      option(4, 'f', { static: true }),
    ]
    expect(addressChanges(config(options))).to.deep.equal([
      {
        kind: 'endpoints',
        key: '1',
        value: [
          { host: 'a', port: 443 },
          { host: '::1', port: 443 },
          { host: 'e', port: 80 },
        ],
      },
      { kind: 'endpoints', key: '4', value: [{ host: 'f', port: 443 }] },
    ])
    expect(addressChanges(config([option(2, 'a')], true)).map(({ key }) => key)).to.deep.equal(['10002'])
  })

  it('tries what the server told first, and what is built in after it', () => {
    const store = opened()
    store.write(addressChanges(config([option(2, 'told')]))).subscribe({ error: expect.fail })
    const endpoints = emitted(addressesOf(2, settingsOf(app), of(store)))!
    expect(endpoints.map(({ host }) => host)).to.deep.equal(['told', '149.154.167.51', '2001:67c:4e8:f002::a'])
    // A browser has only one way, whatever the address.
    expect(new Set(endpoints.map(({ ws }) => ws))).to.deep.equal(new Set(['wss://venus.web.telegram.org/apiws']))
    const test = emitted(addressesOf(2, settingsOf({ ...app, testMode: true }), of(store)))!
    expect(test.map(({ host }) => host)).to.deep.equal(['149.154.167.40', '2001:67c:4e8:f002::e'])
  })

  it('believes given addresses alone', () => {
    const store = opened()
    store.write(addressChanges(config([option(2, 'told')]))).subscribe({ error: expect.fail })
    const dcs = [{ id: 2, host: 'given', port: 1 }]
    const endpoints = emitted(addressesOf(2, settingsOf({ ...app, dcs }), of(store)))!
    expect(endpoints.map(({ host }) => host)).to.deep.equal(['given'])
  })

  it('says which there are', () => {
    expect(() => addressesOf(9, settingsOf(app), of(opened()))).to.throw(UsageError, 'got 9')
  })
})
