/**
 * Who was seen, with the access hashes by which they are addressed: in memory, and in the stored session.
 * https://core.telegram.org/api/peers#access-hash
 */
import { concat, defer, EMPTY, ignoreElements, map, type Observable, of, switchMap, tap } from 'rxjs'
import type { Chat, InputPeer, Peer, User } from '../../api/types.ts'
import type { Change, Store, StoredPeer } from '../../runtime/storage/storage.ts'

export interface KnownPeers {
  /** Whether the peer can be addressed without asking anyone. */
  knows(peer: Peer): boolean
  /**
   * Starts: forgets everyone on subscribe, since another account has other access hashes.
   * Emits: nothing; completes when that is on its way to the store.
   * Errors: StorageError.
   * Unsubscribe: leaves what was not forgotten.
   */
  forget(): Observable<never>
  /** The server said who has that name or number; users do not show theirs to everyone. */
  named(kind: 'username' | 'phone', name: string, peer: Peer): void
  /** Remembers those that can be addressed. */
  remember(users: readonly User[], chats: readonly Chat[]): void
  /**
   * Starts: looks on subscribe, in memory, then in the stored session.
   * Emits: the peer's address, or nothing, then completes.
   * Errors: StorageError.
   * Unsubscribe: forgets the question.
   */
  byId(peer: Peer): Observable<InputPeer>
  /** As `byId`. The name without its @. */
  byUsername(username: string): Observable<InputPeer>
  /** As `byId`. Digits alone. */
  byPhone(phone: string): Observable<InputPeer>
}

export interface KnownPeersOptions {
  /** The open store, once. */
  readonly store$: Observable<Store>
  /** Writes to the store, some time. */
  keep(changes: readonly Change[]): void
}

/** So many are kept in memory; those that were not seen for longest make room, and stay in the store. */
const MOST_IN_MEMORY = 20_000

/** Makes the memory of one account. */
export function createKnownPeers({ store$, keep }: KnownPeersOptions): KnownPeers {
  const peers = new Map<string, StoredPeer>()
  /** By kind and name, the key of who has it; undefined for a name that was given up. */
  const names = new Map<string, string | undefined>()

  const write = (changes: readonly Change[]): void => {
    for (const { kind, key, value } of changes)
      if (kind === 'username' || kind === 'phone') note(names, `${kind} ${key}`, value)
    keep(changes)
  }

  const byKey = (key: string): Observable<InputPeer> =>
    defer(() => {
      const known = peers.get(key)
      if (known !== undefined) return of(addressOf(known))
      return store$.pipe(
        switchMap((store) => store.get('peer', key)),
        switchMap((peer) => {
          if (peer === undefined) return EMPTY
          note(peers, key, peer)
          return of(addressOf(peer))
        }),
      )
    })
  const byIndex = (kind: 'username' | 'phone', value: string): Observable<InputPeer> =>
    defer(() => {
      const known = names.get(`${kind} ${value}`)
      if (known !== undefined) return byKey(known)
      if (names.has(`${kind} ${value}`)) return EMPTY
      return store$.pipe(
        switchMap((store) => store.get(kind, value)),
        switchMap((key) => (key === undefined ? EMPTY : byKey(key))),
      )
    })

  return {
    forget: () =>
      defer(() => {
        peers.clear()
        names.clear()
        return store$
      }).pipe(
        switchMap((store) =>
          concat(
            ...(['peer', 'username', 'phone'] as const).map((kind) =>
              store.list(kind).pipe(map((known) => known.map(([key]): Change => ({ kind, key, value: undefined })))),
            ),
          ),
        ),
        tap(keep),
        ignoreElements(),
      ),
    named(kind, name, peer) {
      const key = keyOf(peer)
      if (peers.has(key)) write([{ kind, key: kind === 'phone' ? name : name.toLowerCase(), value: key }])
    },
    knows: (peer) => peer._ === 'peerChat' || peers.has(keyOf(peer)),
    remember(users, chats) {
      const seen = [...users.map(userRecord), ...chats.map(chatRecord)]
      const changes = seen.flatMap((peer): readonly Change[] => {
        if (peer === undefined) return []
        const key = `${peer.kind}:${peer.id}`
        const before = peers.get(key)
        note(peers, key, peer)
        return before !== undefined && sameRecord(before, peer) ? [] : changesOf(key, peer, before)
      })
      if (changes.length > 0) write(changes)
    },
    byId: (peer) =>
      peer._ === 'peerChat' ? of<InputPeer>({ _: 'inputPeerChat', chatId: peer.chatId }) : byKey(keyOf(peer)),
    byUsername: (username) => byIndex('username', username.toLowerCase()),
    byPhone: (phone) => byIndex('phone', phone),
  }
}

/** Puts an entry at the end of those that are kept in memory; the first makes room. */
function note<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key)
  entries.set(key, value)
  if (entries.size > MOST_IN_MEMORY) entries.delete(entries.keys().next().value!)
}

/** The store's key of a peer. */
function keyOf(peer: Peer): string {
  switch (peer._) {
    case 'peerUser':
      return `user:${peer.userId}`
    case 'peerChat':
      return `chat:${peer.chatId}`
    case 'peerChannel':
      return `channel:${peer.channelId}`
  }
}

/** A `min` user's hash serves for its photo only, and must not replace a full one: https://core.telegram.org/api/min */
function userRecord(user: User): StoredPeer | undefined {
  if (user._ !== 'user' || user.min || user.accessHash === undefined) return undefined
  const { id, accessHash, phone } = user
  return { kind: 'user', id, accessHash, usernames: usernamesOf(user), ...(phone ? { phone } : {}) }
}

function chatRecord(chat: Chat): StoredPeer | undefined {
  if (chat._ !== 'channel' || chat.min || chat.accessHash === undefined) return undefined
  return { kind: 'channel', id: chat.id, accessHash: chat.accessHash, usernames: usernamesOf(chat) }
}

interface Named {
  readonly username?: string | undefined
  readonly usernames?: readonly { readonly active?: boolean | undefined; readonly username: string }[] | undefined
}

function usernamesOf({ username, usernames }: Named): readonly string[] {
  const active = (usernames ?? []).filter((each) => each.active).map((each) => each.username)
  return username === undefined ? active : [username, ...active.filter((each) => each !== username)]
}

function sameRecord(a: StoredPeer, b: StoredPeer): boolean {
  return a.accessHash === b.accessHash && a.phone === b.phone && a.usernames.join(' ') === b.usernames.join(' ')
}

/** The record, and what leads to it. Names that were given up lead nowhere. */
function changesOf(key: string, peer: StoredPeer, before: StoredPeer | undefined): readonly Change[] {
  const gone = (before?.usernames ?? []).filter((name) => !peer.usernames.includes(name))
  return [
    { kind: 'peer', key, value: peer },
    ...gone.map((name): Change => ({ kind: 'username', key: name.toLowerCase(), value: undefined })),
    ...peer.usernames.map((name): Change => ({ kind: 'username', key: name.toLowerCase(), value: key })),
    ...(peer.phone === undefined ? [] : [{ kind: 'phone', key: peer.phone, value: key } as const]),
  ]
}

function addressOf({ kind, id, accessHash }: StoredPeer): InputPeer {
  switch (kind) {
    case 'user':
      return { _: 'inputPeerUser', userId: id, accessHash }
    case 'chat':
      return { _: 'inputPeerChat', chatId: id }
    case 'channel':
      return { _: 'inputPeerChannel', channelId: id, accessHash }
  }
}
