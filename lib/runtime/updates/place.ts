/**
 * Which box an update belongs to. Decided by the shape, so that constructors of layers to come find their place too:
 * whatever has a `qts` is of the second box, whatever has `pts` and `pts_count` of the common box or a channel's.
 * https://core.telegram.org/api/updates#update-sequences
 */
import type { Update } from '../../api/types.ts'
import type { Box, Placed } from './piece.ts'

/** The counters that an update may have, whatever its constructor. */
interface Counters {
  readonly pts?: number | undefined
  readonly ptsCount?: number
  readonly qts?: number
  readonly channelId?: number
  readonly message?: unknown
}

/** Puts an update in its place. */
export function place(update: Update): Placed {
  const { pts, ptsCount, qts, channelId, message } = update as Counters
  // Some constructors have both: updateChannelParticipant is of the second box although it names a channel. A qts of
  // 0 is no place: such updates are outside of all order.
  if (qts !== undefined && qts !== 0) return { update, box: 'qts', pts: qts, count: 1 }
  // updateReadChannelInbox tells a pts and counts nothing; updateChannelTooLong is a call for a difference.
  if (update._ === 'updateReadChannelInbox')
    return { update, box: `channel:${update.channelId}`, pts: update.pts, count: 0 }
  if (pts === undefined || ptsCount === undefined) return { update, box: 'none', pts: 0, count: 0 }
  return { update, box: boxOf(channelId ?? channelOf(message)), pts, count: ptsCount }
}

function boxOf(channelId: number | undefined): Box {
  return channelId === undefined ? 'common' : `channel:${channelId}`
}

/** The channel that a message is in. */
function channelOf(message: unknown): number | undefined {
  const peer = (message as { readonly peerId?: { readonly channelId?: number } } | undefined)?.peerId
  return peer?.channelId
}
