/** Copies of messages as their owner sees them: https://core.telegram.org/constructor/message */
import type { Message, MessageReplyHeader, Peer } from '../../api/index.ts'
import { type Box, type Copy, isOut, type Reply } from '../world/box.ts'

export function peerUser(userId: number): Peer {
  return { _: 'peerUser', userId }
}

export function messageFor(box: Box, copy: Copy): Message {
  return {
    _: 'message',
    id: copy.id,
    out: isOut(box, copy),
    silent: copy.silent,
    noforwards: copy.noforwards,
    fromId: peerUser(copy.from),
    peerId: peerUser(copy.peer),
    date: copy.date,
    editDate: copy.editDate,
    message: copy.content.text,
    entities: someOf(copy.content.entities),
    replyMarkup: copy.content.markup,
    replyTo: copy.reply === undefined ? undefined : replyHeader(copy.reply),
  }
}

/** Whoever is named by these messages: in them, and as the other side. */
export function peopleIn(copies: Iterable<Copy>): readonly number[] {
  const ids = new Set<number>()
  for (const { from, peer, content, reply } of copies) {
    ids.add(from).add(peer)
    for (const entity of [...(content.entities ?? []), ...(reply?.quoteEntities ?? [])])
      if (entity._ === 'messageEntityMentionName') ids.add(entity.userId)
  }
  return [...ids]
}

function replyHeader(reply: Reply): MessageReplyHeader {
  return {
    _: 'messageReplyHeader',
    replyToMsgId: reply.id,
    quote: reply.quote !== undefined,
    quoteText: reply.quote,
    quoteEntities: someOf(reply.quoteEntities),
    quoteOffset: reply.quoteOffset,
  }
}

/** No list instead of an empty one. */
function someOf<Item>(list: readonly Item[] | undefined): readonly Item[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list
}
