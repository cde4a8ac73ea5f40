import { expect } from 'chai'
import { type Observable, of } from 'rxjs'
import type { Chat, InputPeer, User } from '../../../lib/api/types.ts'
import { memoryStorage } from '../../../lib/runtime/storage/memory.ts'
import type { Change, Store } from '../../../lib/runtime/storage/storage.ts'
import { createKnownPeers } from '../../../lib/telegram/peers/known-peers.ts'

function opened(): {
  readonly store: Store
  readonly changes: Change[]
  readonly keep: (changes: readonly Change[]) => void
} {
  let store: Store | undefined
  memoryStorage()
    .open()
    .subscribe({ next: (each) => (store = each), error: expect.fail })
  const changes: Change[] = []
  const keep = (more: readonly Change[]) => {
    changes.push(...more)
    store!.write(more).subscribe({ error: expect.fail })
  }
  return { store: store!, changes, keep }
}

function emitted<Value>(source: Observable<Value>): Value | undefined {
  let value: Value | undefined
  source.subscribe({ next: (each) => (value = each), error: expect.fail })
  return value
}

const ann: User = { _: 'user', id: 7, accessHash: 77n, username: 'Ann', phone: '123' }
const channel: Chat = { _: 'channel', id: 8, accessHash: 88n, title: 't', photo: { _: 'chatPhotoEmpty' }, date: 1 }
const annIs: InputPeer = { _: 'inputPeerUser', userId: 7, accessHash: 77n }

describe('telegram/peers/known-peers', () => {
  it('finds those that were seen by id, name and phone, now and in another run', () => {
    const { store, keep } = opened()
    const first = createKnownPeers({ store$: of(store), keep })
    first.remember([ann], [channel])
    const second = createKnownPeers({ store$: of(store), keep })
    for (const peers of [first, second]) {
      expect(emitted(peers.byId({ _: 'peerUser', userId: 7 }))).to.deep.equal(annIs)
      expect(emitted(peers.byUsername('ann'))).to.deep.equal(annIs)
      expect(emitted(peers.byUsername('ANN'))).to.deep.equal(annIs)
      expect(emitted(peers.byPhone('123'))).to.deep.equal(annIs)
      const found = emitted(peers.byId({ _: 'peerChannel', channelId: 8 }))
      expect(found).to.deep.equal({ _: 'inputPeerChannel', channelId: 8, accessHash: 88n })
      expect(emitted(peers.byId({ _: 'peerUser', userId: 8 }))).to.equal(undefined)
    }
  })

  it('needs no word about basic groups', () => {
    const { store, keep } = opened()
    const peers = createKnownPeers({ store$: of(store), keep })
    expect(peers.knows({ _: 'peerChat', chatId: 5 })).to.equal(true)
    expect(emitted(peers.byId({ _: 'peerChat', chatId: 5 }))).to.deep.equal({ _: 'inputPeerChat', chatId: 5 })
  })

  it('does not learn from those that came in short', () => {
    const { store, keep, changes } = opened()
    const peers = createKnownPeers({ store$: of(store), keep })
    peers.remember(
      [
        { ...ann, min: true },
        { _: 'userEmpty', id: 9 },
        { _: 'user', id: 10 },
      ],
      [{ ...channel, min: true }],
    )
    expect(changes).to.deep.equal([])
    peers.remember([ann], [])
    peers.remember([{ ...ann, accessHash: 1n, min: true }], [])
    expect(emitted(peers.byUsername('ann'))).to.deep.equal(annIs)
  })

  it('writes only what is new', () => {
    const { store, keep, changes } = opened()
    const peers = createKnownPeers({ store$: of(store), keep })
    peers.remember([ann], [])
    expect(changes.map(({ kind, key }) => `${kind} ${key}`)).to.deep.equal(['peer user:7', 'username ann', 'phone 123'])
    peers.remember([ann, ann], [])
    expect(changes).to.have.length(3)
  })

  it('follows a name to its new owner', () => {
    const { store, keep } = opened()
    const peers = createKnownPeers({ store$: of(store), keep })
    peers.remember([ann], [])
    peers.remember(
      [{ ...ann, username: undefined, usernames: [{ _: 'username', active: true, username: 'anna' }] }],
      [],
    )
    expect(emitted(peers.byUsername('ann'))).to.equal(undefined)
    expect(emitted(peers.byUsername('anna'))).to.deep.equal(annIs)
    peers.remember([{ _: 'user', id: 9, accessHash: 99n, username: 'ann' }], [])
    expect(emitted(peers.byUsername('ann'))).to.deep.equal({ _: 'inputPeerUser', userId: 9, accessHash: 99n })
  })

  it('forgets everyone with the account', () => {
    const { store, keep } = opened()
    const peers = createKnownPeers({ store$: of(store), keep })
    peers.remember([ann], [])
    peers.forget().subscribe({ error: expect.fail })
    expect(peers.knows({ _: 'peerUser', userId: 7 })).to.equal(false)
    expect(emitted(peers.byUsername('ann'))).to.equal(undefined)
    expect(emitted(store.list('peer'))).to.deep.equal([])
  })
})
