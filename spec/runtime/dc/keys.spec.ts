import { expect } from 'chai'
import { type Observable, of } from 'rxjs'
import { authKey } from '../../../lib/core/crypto/message-key.ts'
import { createKeys, type Keys } from '../../../lib/runtime/dc/keys.ts'
import type { KeyedLink, KnownKey } from '../../../lib/runtime/session/handshake.ts'
import { memoryStorage } from '../../../lib/runtime/storage/memory.ts'
import type { Change, Store } from '../../../lib/runtime/storage/storage.ts'
import { seededRandom } from '../../support/marbles.ts'

const random = seededRandom(3)
const key = authKey(random(256))
const link = { link: undefined as never, key, salt: 5n, timeOffset: 7, fresh: true } satisfies KeyedLink
const salts = [{ salt: 9n, validSince: 1, validUntil: 2 }]

function opened(): Store {
  let store: Store | undefined
  memoryStorage()
    .open()
    .subscribe({ next: (each) => (store = each), error: expect.fail })
  return store!
}
function ring(store: Store): Keys {
  const keep = (changes: readonly Change[]) => void store.write(changes).subscribe({ error: expect.fail })
  return createKeys({ store$: of(store), keep })
}
function emitted<Value>(source: Observable<Value>): Value | undefined {
  let value: Value | undefined
  source.subscribe({ next: (each) => (value = each), error: expect.fail })
  return value
}
const known = (keys: Keys, dc: number): KnownKey | undefined => emitted(keys.known(dc))

describe('runtime/dc/keys', () => {
  it('has none where none was made', () => {
    expect(known(ring(opened()), 2)).to.equal(undefined)
  })

  it('keeps keys with their time and salts, for this run and the next', () => {
    const store = opened()
    const keys = ring(store)
    keys.made(2, link)
    keys.salted(2, key.id, salts, 8)
    const expected = { key, timeOffset: 8, salts }
    expect(known(keys, 2)).to.deep.equal(expected)
    expect(known(ring(store), 2)).to.deep.equal(expected)
    expect(known(ring(store), -2)).to.equal(undefined)
  })

  it('forgets a key that the server does not know, and only that one', () => {
    const store = opened()
    const keys = ring(store)
    keys.made(2, link)
    keys.lost(2, key.id + 1n)
    expect(known(keys, 2)?.key).to.equal(key)
    keys.lost(2, key.id)
    expect(known(keys, 2)).to.equal(undefined)
    expect(known(ring(store), 2)).to.equal(undefined)
    expect(emitted(store.list('salts'))).to.deep.equal([])
  })

  it('takes no salts for a key that was replaced', () => {
    const keys = ring(opened())
    keys.made(2, link)
    keys.salted(2, key.id + 1n, salts, 8)
    expect(known(keys, 2)).to.deep.equal({ key, timeOffset: 7, salts: undefined })
  })
})
