/** What the stages between the session and the listeners hand on: types only. */
import type { Chat, Update, User } from '../../api/types.ts'
import type { StoredBox } from '../storage/storage.ts'

/**
 * The sequence that an update belongs to: https://core.telegram.org/api/updates#update-sequences
 * `none` stands for those that no counter orders.
 */
export type Box = 'common' | 'qts' | `channel:${number}` | 'none'

/** An update with its place: the box stands at `pts` after it, and stood at `pts - count` before. */
export interface Placed {
  /** Undefined where a call of ours moved the box, and there is nothing to tell. */
  readonly update: Update | undefined
  readonly box: Box
  readonly pts: number
  readonly count: number
}

/** One container, with everything in its place. */
export interface Pieces {
  readonly _: 'pieces'
  readonly placed: readonly Placed[]
  readonly users: readonly User[]
  readonly chats: readonly Chat[]
  /** Unix seconds, or 0 where the container has none. */
  readonly date: number
  /** 0 where the container is in no sequence. */
  readonly seq: number
}

/** Something was surely missed, and the difference will tell what. */
export interface Lost {
  readonly _: 'lost'
  /** For people. */
  readonly why: string
}

export type Piece = Pieces | Lost

/** What listeners get: updates of one container in order, with the users and chats that they speak of. */
export interface UpdateBatch {
  readonly updates: readonly Update[]
  readonly users: readonly User[]
  readonly chats: readonly Chat[]
}

/** A batch in its final order, and where the box stands once it has been delivered; undefined before that is known. */
export interface Healed extends UpdateBatch {
  readonly box: StoredBox | undefined
}
