/** The ways to say who is meant: types only. */
import type { Constructors, InputPeer, Peer } from '../../api/types.ts'
import type { PeerId } from './peer-id.ts'

/**
 * Whom a call is about:
 * - `'me'`, the account itself (a chat with oneself is Saved Messages)
 * - `'@username'`, also without the @, or as a link `https://t.me/username`
 * - `'+15551234567'`, the phone number of a contact
 * - a marked id, `peerId(message.peerId)` or `asPeerId(-1001234567890)`
 * - a `Peer` as messages have it, a user or chat as updates bring it, or an `InputPeer`
 */
export type PeerRef =
  | string
  | PeerId
  | Peer
  | InputPeer
  | Constructors['user']
  | Constructors['chat']
  | Constructors['channel']
