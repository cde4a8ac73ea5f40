/**
 * What answers carry besides the answer: updates, moves of a box, users and chats. The server does not push to a
 * session what it told it in an answer, so all of it goes where pushes go.
 * https://core.telegram.org/api/updates#updates-handling
 */
import type { Chat, Updates, User } from '../../api/types.ts'
import type { Interceptor, Request } from '../../core/invoker.ts'
import { noticed } from '../rx/noticed.ts'

/** Where the findings go. */
export interface FeedSink {
  updates(updates: Updates, request: Request<unknown>): void
  /** A call of ours moved a box by `ptsCount` to `pts`, and there is no update to tell it. */
  moved(pts: number, ptsCount: number, request: Request<unknown>): void
  peers(users: readonly User[], chats: readonly Chat[]): void
}

const UPDATES = new Set([
  'updates',
  'updatesCombined',
  'updatesTooLong',
  'updateShort',
  'updateShortMessage',
  'updateShortChatMessage',
  'updateShortSentMessage',
])

/** Whatever an answer may be, seen by the fields that matter here. */
interface Answer {
  readonly _?: string
  readonly updates?: unknown
  readonly users?: unknown
  readonly chats?: unknown
  readonly pts?: number
  readonly ptsCount?: number
}

/**
 * Looks into every answer, hands what it finds to `sink`, and passes the answer on.
 *
 *     answers:   ---a-------b------
 *     sink:      ---u(a)-----------      a has updates
 *     result:    ---a-------b------
 */
export function feedUpdates(sink: FeedSink): Interceptor {
  return (request, next) => next.invoke(request).pipe(noticed((answer) => look(answer, request, sink)))
}

function look(answer: unknown, request: Request<unknown>, sink: FeedSink): void {
  if (typeof answer !== 'object' || answer === null) return
  // A bare vector of users, as users.getUsers has it.
  if (Array.isArray(answer)) {
    if ((answer[0] as Answer | undefined)?._ === 'user') sink.peers(answer, [])
    return
  }
  const found = answer as Answer
  const kind = found._ ?? ''
  // Differences come from the updates' own stages, which hand on what is in them.
  if (kind.startsWith('updates.')) return
  if (Array.isArray(found.users) || Array.isArray(found.chats))
    sink.peers((found.users ?? []) as readonly User[], (found.chats ?? []) as readonly Chat[])
  if (UPDATES.has(kind)) sink.updates(found as Updates, request)
  else if (UPDATES.has((found.updates as Answer | undefined)?._ ?? '')) sink.updates(found.updates as Updates, request)
  else if (kind.startsWith('messages.affected') && found.pts !== undefined && found.ptsCount !== undefined)
    sink.moved(found.pts, found.ptsCount, request)
}
