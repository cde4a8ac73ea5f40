import { expect } from 'chai'
import { NEVER, type Observable, of } from 'rxjs'
import { type AuthKey, authKey } from '../../../lib/core/crypto/message-key.ts'
import { createKeys, type Keys } from '../../../lib/runtime/dc/keys.ts'
import type { Clock } from '../../../lib/runtime/rx/clock.ts'
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
function ring(store: Store, clock?: Clock, keyLost: (dc: number) => void = () => {}): Keys {
  const keep = (changes: readonly Change[]) => void store.write(changes).subscribe({ error: expect.fail })
  return createKeys({ store$: of(store), keep, clock, keyLost })
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

  describe('temporary ones', () => {
    const own = authKey(random(256))
    const begin = Date.UTC(2026, 0, 1)
    /** A clock that a spec moves, by the wall and by what really passes. */
    function moving(): Clock & { wall: number; passed: number } {
      return {
        wall: begin,
        passed: 0,
        now() {
          return this.wall
        },
        elapsed() {
          return this.passed
        },
        after: () => NEVER,
      }
    }
    const pass = (clock: ReturnType<typeof moving>, hours: number) => {
      clock.wall += hours * 3_600_000
      clock.passed += hours * 3_600_000
    }
    const made = (temp: AuthKey = own, timeOffset = 7): KeyedLink => ({
      ...link,
      key: temp,
      timeOffset,
      bind: { permanent: key, expiresAt: begin / 1000 + timeOffset + 86_400 },
    })
    const temporary = (keys: Keys) => emitted(keys.temporary(2))

    it('are kept for the next run once they are bound, and not before', () => {
      const store = opened()
      const keys = ring(store, moving())
      keys.made(2, link)
      keys.made(2, made())
      keys.salted(2, own.id, salts, 7)
      expect(temporary(keys)).to.deep.include({ key: own, isBound: false, salts })
      expect(temporary(ring(store, moving()))).to.equal(undefined)
      keys.bound(2, made())
      const expected = { key: own, isBound: true, salts, timeOffset: 7, expiresAt: begin / 1000 + 86_407 }
      expect(temporary(keys)).to.deep.equal(expected)
      expect(temporary(ring(store, moving()))).to.deep.equal(expected)
    })

    it('are not offered, and forgotten, with less than seventy minutes left: by the server’s clock', () => {
      for (const timeOffset of [7, -400_000, 400_000]) {
        const store = opened()
        const clock = moving()
        const keys = ring(store, clock)
        keys.made(2, link)
        keys.made(2, made(own, timeOffset))
        keys.bound(2, made(own, timeOffset))
        pass(clock, 22.8)
        expect(temporary(keys)?.key).to.deep.equal(own)
        expect(temporary(ring(store, clock))?.key).to.deep.equal(own)
        pass(clock, 0.1)
        expect(temporary(ring(store, clock))).to.equal(undefined)
        expect(temporary(keys)).to.equal(undefined)
        expect(emitted(store.list('tempKey'))).to.deep.equal([])
      }
    })

    it('end when they end, also when the wall clock jumps', () => {
      const clock = moving()
      const keys = ring(opened(), clock)
      keys.made(2, link)
      keys.made(2, made())
      keys.bound(2, made())
      clock.wall += 1_000 * 3_600_000
      expect(temporary(keys)?.key).to.deep.equal(own)
      clock.wall = begin
      clock.passed += 23 * 3_600_000
      expect(temporary(keys)).to.equal(undefined)
    })

    it('are lost alone; with the permanent one they go as well, and somebody is told', () => {
      const store = opened()
      const told: number[] = []
      const keys = ring(store, moving(), (dc) => told.push(dc))
      keys.made(2, link)
      keys.made(2, made())
      keys.bound(2, made())
      keys.salted(2, own.id, salts, 7)
      keys.lost(2, own.id)
      expect([temporary(keys), known(keys, 2)?.key, told]).to.deep.equal([undefined, key, []])
      expect(emitted(store.list('salts'))).to.deep.equal([])
      keys.made(2, made())
      keys.bound(2, made())
      keys.lost(2, key.id)
      keys.lost(2, key.id)
      expect([temporary(keys), known(keys, 2), told]).to.deep.equal([undefined, undefined, [2]])
      expect(emitted(store.list('tempKey'))).to.deep.equal([])
      expect(emitted(store.list('authKey'))).to.deep.equal([])
    })

    it('go from the store with a permanent one that was never asked for them', () => {
      const store = opened()
      const before = ring(store, moving())
      before.made(2, link)
      before.made(2, made())
      before.bound(2, made())
      const keys = ring(store, moving())
      known(keys, 2)
      keys.lost(2, key.id)
      expect(emitted(store.list('tempKey'))).to.deep.equal([])
    })

    it('are bound again when the server says so, and then not offered to the next run', () => {
      const store = opened()
      const keys = ring(store, moving())
      keys.made(2, link)
      keys.made(2, made())
      keys.bound(2, made())
      keys.refused(2, own.id + 1n, 'AUTH_KEY_PERM_EMPTY')
      expect(temporary(keys)?.isBound).to.equal(true)
      keys.refused(2, own.id, 'AUTH_KEY_PERM_EMPTY')
      expect(temporary(keys)?.isBound).to.equal(false)
      expect(temporary(ring(store, moving()))).to.equal(undefined)
    })

    it('of which several were made at once: the one that was bound last is the one', () => {
      const other = authKey(seededRandom(31)(256))
      const keys = ring(opened(), moving())
      keys.made(2, link)
      keys.made(2, made())
      keys.made(2, made(other))
      keys.bound(2, made())
      expect(temporary(keys)).to.deep.include({ key: own, isBound: true })
      // One that was bound to a permanent key that is gone is nobody's.
      keys.lost(2, key.id)
      keys.bound(2, made())
      expect(temporary(keys)).to.equal(undefined)
    })

    it('put the permanent one in doubt when the server can read no binding, twice in a row', () => {
      const keys = ring(opened(), moving())
      keys.made(2, link)
      const doubts: boolean[] = []
      const note = () => doubts.push(keys.inDoubt(2))
      const refuse = (error: string) => {
        keys.refused(2, own.id, error)
        note()
      }
      refuse('TEMP_AUTH_KEY_EMPTY')
      refuse('ENCRYPTED_MESSAGE_INVALID')
      refuse('ENCRYPTED_MESSAGE_INVALID')
      keys.confirmed(2)
      note()
      refuse('ENCRYPTED_MESSAGE_INVALID')
      keys.bound(2, made())
      note()
      refuse('ENCRYPTED_MESSAGE_INVALID')
      expect(doubts).to.deep.equal([false, false, true, false, false, false, false])
    })
  })
})
