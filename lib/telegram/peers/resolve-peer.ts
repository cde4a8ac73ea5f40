/** From the ways to say who is meant to the address that calls need. */
import { concat, defer, map, type Observable, of, switchMap, take, tap, throwError } from 'rxjs'
import { resolvePhone, resolveUsername } from '#api/contacts'
import type { ContactsResolvedPeer, InputPeer, Peer } from '../../api/types.ts'
import { UsageError } from '../../core/errors.ts'
import type { Account } from '../auth/account.ts'
import type { Caller } from '../telegram.ts'
import { asPeerId, peerOfId } from './peer-id.ts'
import type { PeerRef } from './peer-ref.ts'

/**
 * Finds out how a peer is addressed: from the reference itself, from those that were seen, or by asking the server.
 *
 * Starts: looks on subscribe; one call at most.
 * Emits: the address, once, then completes.
 * Errors: UsageError for a reference that leads nowhere; as every call.
 * Unsubscribe: cancels the call.
 */
export function resolvePeer(tg: Caller, ref: PeerRef): Observable<InputPeer> {
  return defer(() => {
    if (typeof ref === 'string') return byText(tg, ref.trim())
    if (typeof ref === 'number') return byPeer(tg, peerOfId(asPeerId(ref)))
    switch (ref._) {
      case 'peerUser':
      case 'peerChat':
      case 'peerChannel':
        return byPeer(tg, ref)
      case 'chat':
        return of<InputPeer>({ _: 'inputPeerChat', chatId: ref.id })
      case 'user':
        return ref.accessHash === undefined || ref.min
          ? byPeer(tg, { _: 'peerUser', userId: ref.id })
          : of<InputPeer>({ _: 'inputPeerUser', userId: ref.id, accessHash: ref.accessHash })
      case 'channel':
        return ref.accessHash === undefined || ref.min
          ? byPeer(tg, { _: 'peerChannel', channelId: ref.id })
          : of<InputPeer>({ _: 'inputPeerChannel', channelId: ref.id, accessHash: ref.accessHash })
      default:
        return of(ref)
    }
  })
}

const USERNAME = /^(?:@|(?:https?:\/\/)?t\.me\/)?([a-z][a-z0-9_]{2,31})\/?$/i
const PHONE = /^\+[\d\s()-]{5,}$/

function byText(tg: Caller, text: string): Observable<InputPeer> {
  const { peers } = tg.context
  if (text === 'me' || text === 'self') return of({ _: 'inputPeerSelf' })
  if (PHONE.test(text)) {
    const phone = text.replace(/\D/g, '')
    const asked$ = resolvePhone(tg, { phone }).pipe(tap(({ peer }) => peers.named('phone', phone, peer)))
    return firstOf(peers.byPhone(phone), asked$.pipe(map(addressed)))
  }
  const username = USERNAME.exec(text)?.[1]
  if (username === undefined)
    return throwError(
      () => new UsageError(`expected 'me', '@username' or '+phone' for a peer, got ${JSON.stringify(text)}`),
    )
  const asked$ = resolveUsername(tg, { username }).pipe(tap(({ peer }) => peers.named('username', username, peer)))
  return firstOf(peers.byUsername(username), asked$.pipe(map(addressed)))
}

function byPeer(tg: Caller, peer: Peer): Observable<InputPeer> {
  return tg.context.known$.pipe(switchMap((account) => byPeerOf(account, tg, peer)))
}

function byPeerOf(account: Account, tg: Caller, peer: Peer): Observable<InputPeer> {
  if (account._ === 'signedIn' && peer._ === 'peerUser' && peer.userId === account.id) return of({ _: 'inputPeerSelf' })
  const unknown = throwError(() => {
    const [kind, id] =
      peer._ === 'peerUser' ? ['user', peer.userId] : ['channel', peer._ === 'peerChannel' && peer.channelId]
    return new UsageError(`expected a peer that this account has met, got ${kind} ${id}: use its @username first`)
  })
  // Bots may address whoever wrote to them without a hash: https://core.telegram.org/api/peers#access-hash
  const anonymous = account._ === 'signedIn' && account.bot ? of(withoutHash(peer)) : unknown
  return firstOf(tg.context.peers.byId(peer), anonymous)
}

function withoutHash(peer: Peer): InputPeer {
  switch (peer._) {
    case 'peerUser':
      return { _: 'inputPeerUser', userId: peer.userId, accessHash: 0n }
    case 'peerChat':
      return { _: 'inputPeerChat', chatId: peer.chatId }
    case 'peerChannel':
      return { _: 'inputPeerChannel', channelId: peer.channelId, accessHash: 0n }
  }
}

/** The address of whom the server found; the answer brings it along. */
function addressed({ peer, users, chats }: ContactsResolvedPeer): InputPeer {
  if (peer._ === 'peerUser') {
    const user = users.find((each) => each._ === 'user' && each.id === peer.userId)
    if (user?._ === 'user') return { _: 'inputPeerUser', userId: user.id, accessHash: user.accessHash ?? 0n }
  }
  if (peer._ === 'peerChannel') {
    const channel = chats.find((each) => each._ === 'channel' && each.id === peer.channelId)
    if (channel?._ === 'channel')
      return { _: 'inputPeerChannel', channelId: channel.id, accessHash: channel.accessHash ?? 0n }
  }
  return withoutHash(peer)
}

function firstOf<Value>(known: Observable<Value>, otherwise: Observable<Value>): Observable<Value> {
  return concat(known, otherwise).pipe(take(1))
}
