/** The way of the updates through a client: from the main lane and from answers, in order, to the listeners. */
import { ignoreElements, merge, type Subscription, tap } from 'rxjs'
import { DecodeError } from '../core/errors.ts'
import type { Invoker } from '../core/invoker.ts'
import type { Tracer } from '../core/trace.ts'
import type { Ambient } from '../runtime/rx/machine.ts'
import type { Change } from '../runtime/storage/storage.ts'
import { differenceFrom } from '../runtime/updates/difference-from.ts'
import type { Lost } from '../runtime/updates/piece.ts'
import { createRouter, type Router } from '../runtime/updates/router.ts'
import { split } from '../runtime/updates/split.ts'
import type { KnownPeers } from '../telegram/peers/known-peers.ts'
import { createEngine } from './engine.ts'
import { createFeed } from './feed.ts'
import type { Following } from './unfollowed.ts'

export interface ClientUpdates extends Following {
  readonly router: Router
}

export interface ClientUpdatesOptions extends Ambient {
  readonly tg: Invoker
  readonly peers: KnownPeers
  /** The own user id; 0 while nobody is signed in. */
  self(): number
  keep(changes: readonly Change[]): void
  syncing(isSyncing: boolean): void
  fault(error: unknown): void
  readonly trace: Tracer
  /** Ties work to the life of the client. */
  own(work: Subscription): void
}

/** Makes the updates' side of a client. */
export function createUpdates(options: ClientUpdatesOptions): ClientUpdates {
  const { tg, peers, self, keep, syncing, fault, trace, own, clock, random } = options
  const router = createRouter({
    // A moment later, so that those who subscribe in the same breath are there too.
    heard: () => own(clock.after(0).subscribe({ next: engine.release, error: fault })),
  })
  const engine = createEngine({
    clock,
    random,
    syncing,
    fault,
    trace,
    seen: peers.remember,
    difference: (box) => differenceFrom(tg, box),
    deliver({ updates, users, chats, box }) {
      if (updates.length > 0) router.route({ updates, users, chats })
      // Only what has been delivered counts as seen.
      if (box !== undefined) keep([{ kind: 'box', key: 'common', value: box }])
    },
  })
  const placing = { self, knows: peers.knows }
  return {
    start: engine.start,
    stop: engine.stop,
    router,
    close: router.close,
    sink: createFeed({ ...placing, piece: engine.piece, peers: peers.remember }),
    from: (lane) =>
      merge(
        lane.updates$.pipe(split(placing), tap(engine.piece)),
        lane.facts$.pipe(
          tap((fact) => {
            // The first session of a run follows a question for what was missed anyway.
            if (fact._ === 'newSession' && !fact.first) engine.piece(lost('the server began a new session'))
          }),
        ),
        lane.faults$.pipe(
          tap((error) => {
            // What can't be read may have been an update.
            if (error instanceof DecodeError) engine.piece(lost(error.message))
          }),
        ),
      ).pipe(ignoreElements()),
  }
}

function lost(why: string): Lost {
  return { _: 'lost', why }
}
