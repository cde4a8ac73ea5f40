/**
 * From containers to pieces: what the server pushes and what calls bring along, in one form and each update in its
 * place. Pure, but for the decoding.
 * https://core.telegram.org/api/updates
 */
import { map, type OperatorFunction } from 'rxjs'
import { readUpdates } from '#api/codec'
import type { Peer, Updates } from '../../api/types.ts'
import { decode } from '../../core/tl/reader.ts'
import type { Lost, Piece } from './piece.ts'
import { place } from './place.ts'
import { expandShort, peersOfShort } from './short.ts'

/** What `split` is told of the account. */
export interface SplitOptions {
  /** The account's own user id; 0 before it is known. */
  self(): number
  /** Whether the peer can be addressed: short updates speak of others without bringing them along. */
  knows(peer: Peer): boolean
}

/**
 * Decodes and places pushed containers.
 *
 * Starts: the source on subscribe.
 * Emits: one piece for each container, at once; `lost` for one that can't be decoded, since what was in it is missed.
 * Errors: as the source.
 * Unsubscribe: ends the source.
 *
 *     source:   -a------------b-----------------c----
 *                updates(x,y)  updateShort       junk
 *     result:   -(x,y)--------b'----------------lost-
 */
export function split(options: SplitOptions): OperatorFunction<Uint8Array, Piece> {
  return map((bytes) => {
    let updates: Updates
    try {
      updates = decode(bytes, readUpdates)
    } catch (error) {
      return lost(`undecodable updates: ${error instanceof Error ? error.message : String(error)}`)
    }
    return splitUpdates(updates, options)
  })
}

/** One container's piece. */
export function splitUpdates(updates: Updates, { self, knows }: SplitOptions): Piece {
  switch (updates._) {
    case 'updates':
    case 'updatesCombined': {
      const { users, chats, date, seq } = updates
      return { _: 'pieces', placed: updates.updates.map(place), users, chats, date, seq }
    }
    case 'updateShort':
      return { _: 'pieces', placed: [place(updates.update)], users: [], chats: [], date: updates.date, seq: 0 }
    case 'updateShortMessage':
    case 'updateShortChatMessage': {
      if (!peersOfShort(updates).every(knows)) return lost('a short update of someone unknown')
      const placed = [place(expandShort(updates, self()))]
      return { _: 'pieces', placed, users: [], chats: [], date: updates.date, seq: 0 }
    }
    case 'updatesTooLong':
      return lost('the server says that it is too much')
    case 'updateShortSentMessage':
      // Only the call that it answers could tell what was sent.
      return lost('an answer that came as a push')
  }
}

function lost(why: string): Lost {
  return { _: 'lost', why }
}
