/**
 * Ids of users, chats and channels in one number. Bare ids overlap: user 5 and channel 5 are different peers. The marked
 * form keeps them apart, and its type is branded, so that a bare id can't pass for one.
 * https://core.telegram.org/api/bots/ids
 */
import type { Peer } from '../../api/types.ts'
import { UsageError } from '../../core/errors.ts'

declare const marked: unique symbol

/** A marked id: users are positive, basic groups `-id`, channels `-1000000000000 - id`. */
export type PeerId = number & { readonly [marked]: true }

/** Where the marked ids of channels begin, downwards. */
const CHANNELS = -1_000_000_000_000

/** The marked id of a peer. */
export function peerId(peer: Peer): PeerId {
  switch (peer._) {
    case 'peerUser':
      return peer.userId as PeerId
    case 'peerChat':
      return -peer.chatId as PeerId
    case 'peerChannel':
      return (CHANNELS - peer.channelId) as PeerId
  }
}

/** Takes a number that came from elsewhere (a file, a command line) for the marked id that it is said to be. */
export function asPeerId(id: number): PeerId {
  if (!Number.isSafeInteger(id) || id === 0)
    throw new UsageError(`expected a marked peer id, a whole number, got ${id}`)
  return id as PeerId
}

/** The peer of a marked id. */
export function peerOfId(id: PeerId): Peer {
  const number: number = id
  if (number > 0) return { _: 'peerUser', userId: number }
  return number > CHANNELS ? { _: 'peerChat', chatId: -number } : { _: 'peerChannel', channelId: CHANNELS - number }
}
