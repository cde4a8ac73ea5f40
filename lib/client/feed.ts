/** What answers carry besides, as pieces for the updates' stages. */
import type { Updates } from '../api/types.ts'
import type { Request } from '../core/invoker.ts'
import type { FeedSink } from '../runtime/rpc/feed-updates.ts'
import { isRequest } from '../runtime/rpc/is-request.ts'
import type { Box, Piece } from '../runtime/updates/piece.ts'
import { place } from '../runtime/updates/place.ts'
import { expandSent } from '../runtime/updates/short.ts'
import { type SplitOptions, splitUpdates } from '../runtime/updates/split.ts'

export interface FeedOptions extends SplitOptions, Pick<FeedSink, 'peers'> {
  piece(piece: Piece): void
}

/** Makes the sink of `feedUpdates`. */
export function createFeed({ piece, peers, ...options }: FeedOptions): FeedSink {
  const moved = (pts: number, count: number, request: Request<unknown>): void => {
    // A pts of 0 says that nothing moved.
    if (pts === 0) return
    piece({ ...nothing, placed: [{ update: undefined, box: boxOf(request), pts, count }] })
  }
  return {
    peers,
    moved,
    updates(updates: Updates, request) {
      if (updates._ !== 'updateShortSentMessage') return piece(splitUpdates(updates, options))
      const update = isRequest(request, 'messages.sendMessage')
        ? expandSent(updates, request.params, options.self())
        : undefined
      if (update === undefined) return moved(updates.pts, updates.ptsCount, request)
      piece({ ...nothing, placed: [place(update)], date: updates.date })
    },
  }
}

const nothing = { _: 'pieces', users: [], chats: [], date: 0, seq: 0 } as const

/** The box that a call moved: that of its channel, or the common one. */
function boxOf({ method, params }: Request<unknown>): Box {
  const { peer, channel } = params as Record<'peer' | 'channel', { readonly channelId?: number } | undefined>
  const id = (method.startsWith('channels.') ? channel : peer)?.channelId
  return id === undefined ? 'common' : `channel:${id}`
}
