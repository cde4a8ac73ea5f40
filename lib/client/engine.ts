/**
 * Runs the updates' stages for a signed-in account, and keeps what they give until someone listens. So many batches are
 * kept; when there are more, the stages stop, and go on from there with the first listener: by a difference.
 */
import { Subject, Subscription } from 'rxjs'
import type { Chat, User } from '../api/types.ts'
import type { StoredBox } from '../runtime/storage/storage.ts'
import { type HealGapsOptions, healGaps } from '../runtime/updates/heal-gaps.ts'
import type { Healed, Piece } from '../runtime/updates/piece.ts'

export interface Engine {
  /** Follows the account from where it stood; undefined for one that was never followed. */
  start(from: StoredBox | undefined): void
  /** Nobody is signed in any more. */
  stop(): void
  piece(piece: Piece): void
  /** The first listener is there: what was kept goes out. */
  release(): void
}

export interface EngineOptions extends Omit<HealGapsOptions, 'from'> {
  /** Remembers whom a batch speaks of, before anything else is done with it. */
  seen(users: readonly User[], chats: readonly Chat[]): void
  /** Hands a batch to the listeners. */
  deliver(batch: Healed): void
}

/** So many batches are kept for the first listener. */
const MOST_HELD = 1_000

/** Makes an engine; it stands still until `start`. */
export function createEngine({ seen, deliver, ...options }: EngineOptions): Engine {
  const pieces = new Subject<Piece>()
  let run: Subscription | undefined
  let held: Healed[] = []
  let isReleased = false
  /** Set when too much was kept: where to go on. */
  let paused: { readonly from: StoredBox | undefined } | undefined

  const stop = (): void => {
    run?.unsubscribe()
    run = undefined
    options.syncing?.(false)
  }

  const take = (batch: Healed): void => {
    seen(batch.users, batch.chats)
    const last = held.at(-1)
    if (isReleased) deliver(batch)
    // What only moves the box needs no listener and no room.
    else if (batch.updates.length === 0 && last === undefined) deliver(batch)
    else if (batch.updates.length === 0) held[held.length - 1] = { ...last!, box: batch.box }
    else if (held.length < MOST_HELD) held.push(batch)
    else {
      paused = { from: last!.box }
      stop()
    }
  }

  const start = (from: StoredBox | undefined): void => {
    if (run !== undefined || paused !== undefined) return
    run = new Subscription()
    run.add(
      pieces.pipe(healGaps({ ...options, from })).subscribe({
        next: take,
        error: (error: unknown) => {
          options.fault?.(error)
          stop()
        },
      }),
    )
  }

  return {
    start,
    stop() {
      held = []
      paused = undefined
      stop()
    },
    piece(piece) {
      if (run !== undefined) return pieces.next(piece)
      if (paused !== undefined || !isReleased || piece._ === 'lost') return
      // Nobody is signed in: a login has updates too, which no counter orders.
      const { placed, users, chats } = piece
      const updates = placed.flatMap(({ update, box }) => (update !== undefined && box === 'none' ? [update] : []))
      if (updates.length > 0) deliver({ updates, users, chats, box: undefined })
    },
    release() {
      if (isReleased) return
      isReleased = true
      const batches = held
      held = []
      for (const batch of batches) deliver(batch)
      const resume = paused
      paused = undefined
      if (resume !== undefined) start(resume.from)
    },
  }
}
