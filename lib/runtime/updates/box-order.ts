/**
 * The machine that keeps the common box in order: what follows is passed on, what was seen is dropped, what comes too
 * early waits half a second, and what stays missing is fetched as a difference. One fetch runs at a time. Updates of
 * channels, and those that no counter orders, pass.
 * https://core.telegram.org/api/updates#message-related-event-sequences
 */
import type { Chat, Update, UpdatesDifference, UpdatesState, User } from '../../api/types.ts'
import { isRpcError } from '../../core/errors.ts'
import { type Env, type FiredEvent, NONE, type TimerEffect, type UntimerEffect } from '../../core/machine.ts'
import type { StoredBox } from '../storage/storage.ts'
import { differenceUpdates } from './difference-updates.ts'
import type { Healed, Piece, Pieces, Placed } from './piece.ts'

export type BoxEvent =
  | { readonly _: 'piece'; readonly piece: Piece }
  | { readonly _: 'state'; readonly state: UpdatesState }
  | { readonly _: 'difference'; readonly difference: UpdatesDifference }
  | { readonly _: 'failed'; readonly error: unknown }
  | FiredEvent

export type BoxEffect =
  | { readonly _: 'emit'; readonly value: Healed }
  /** Ask for the difference since `box`; without one, ask where the account stands now. */
  | { readonly _: 'fetch'; readonly box: StoredBox | undefined }
  /** The account is behind, or not any more. */
  | { readonly _: 'syncing'; readonly syncing: boolean }
  | { readonly _: 'fault'; readonly error: unknown }
  | TimerEffect
  | UntimerEffect

/** How long an update that came early waits for those before it: the half second of the page above. */
const PATIENCE = 500
/** No word for this long, and it asks: https://core.telegram.org/api/updates#recovering-gaps */
const SILENCE = 15 * 60_000
/** With more than this many waiting, they are forgotten and the difference is asked for at once. */
const MOST_WAITING = 1_000
/** The pause after the first failed fetch, in milliseconds; it doubles with each, up to the longest. */
const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 60_000
/** A server that gives the same state so often is not going to end. */
const MOST_EQUAL_SLICES = 3

/** Errors by which the server says that what we know of the box means nothing to it. */
const FORGOTTEN = new Set(['PERSISTENT_TIMESTAMP_INVALID', 'PERSISTENT_TIMESTAMP_EMPTY', 'DATE_EMPTY'])

/** An ordered update with those whom its container brought. */
interface Entry extends Placed {
  readonly users: readonly User[]
  readonly chats: readonly Chat[]
}

interface State {
  pts: number
  qts: number
  seq: number
  date: number
}

const start = (entry: Placed): number => entry.pts - entry.count
const byStart = (a: Placed, b: Placed): number => start(a) - start(b)
const counterOf = (entry: Placed): 'pts' | 'qts' => (entry.box === 'qts' ? 'qts' : 'pts')

/** The machine, as `machine()` runs it. `from` is where the account stood when it was last heard of. */
export class BoxOrder {
  readonly begin: readonly BoxEffect[]
  private box: State | undefined
  private waiting: Entry[] = []
  private isFetching = true
  private fetchAgain = false
  private failures = 0
  /** Fetches in a row that left a gap open. */
  private vain = 0
  private equalSlices = 0
  private heardAt: number | undefined

  constructor(from: StoredBox | undefined) {
    this.box = from && { pts: from.pts, qts: from.qts ?? 0, seq: from.seq ?? 0, date: from.date ?? 1 }
    this.begin = [
      { _: 'syncing', syncing: true },
      { _: 'fetch', box: from },
    ]
  }

  /** How many updates wait for those before them. */
  get held(): number {
    return this.waiting.length
  }

  step(event: BoxEvent, env: Env): readonly BoxEffect[] {
    const isFirst = this.heardAt === undefined
    if (event._ !== 'fired') this.heardAt = env.elapsed
    const effects = this.handle(event, env)
    return isFirst ? [...effects, { _: 'timer', key: 'silence', at: env.elapsed + SILENCE }] : effects
  }

  private handle(event: BoxEvent, env: Env): readonly BoxEffect[] {
    switch (event._) {
      case 'piece':
        return event.piece._ === 'lost' ? this.fetch() : this.pieces(event.piece, env)
      case 'state':
        return this.state(event.state, env)
      case 'difference':
        return this.difference(event.difference, env)
      case 'failed':
        return this.failed(event.error, env)
      case 'fired':
        return this.fired(event.key, env)
    }
  }

  private pieces({ placed, users, chats, date, seq }: Pieces, env: Env): readonly BoxEffect[] {
    const had = this.waiting.length
    const first: Update[] = []
    const ordered: Entry[] = []
    const rest: Update[] = []
    for (const each of placed) {
      if (each.box === 'common' || each.box === 'qts') ordered.push({ ...each, users, chats })
      // It tells which id a message of ours got, so it goes before the message.
      else if (each.update?._ === 'updateMessageID') first.push(each.update)
      else if (each.update !== undefined) rest.push(each.update)
    }
    // A difference under way may bring them too: after it they are looked at again.
    const moved = this.isFetching
      ? this.hold(ordered)
      : ordered.sort(byStart).filter((entry) => this.admit(entry, first))
    if (this.box !== undefined && seq > 0) this.box.seq = seq
    if (this.box !== undefined && date > 0 && !this.isFetching) this.box.date = date
    const effects: BoxEffect[] = []
    if (moved.length + first.length + rest.length + users.length + chats.length > 0)
      effects.push(this.emit([...first, ...rest], users, chats))
    if (moved.length > 0) effects.push(...this.drain())
    return [...effects, ...this.watch(env, had)]
  }

  private hold(entries: readonly Entry[]): readonly Entry[] {
    this.waiting.push(...entries)
    return NONE
  }

  /** Applies, drops or keeps one ordered update; whether it was applied. */
  private admit(entry: Entry, out: Update[]): boolean {
    const box = this.box!
    const counter = counterOf(entry)
    const { pts, count, update } = entry
    if (count < 0 || pts <= 0) return false
    // The second box begins wherever it is first heard of.
    const local = counter === 'qts' && box.qts === 0 ? start(entry) : box[counter]
    if (local + count < pts) this.waiting.push(entry)
    if (local + count !== pts) return false
    box[counter] = pts
    if (update !== undefined) out.push(update)
    return true
  }

  /** Applies those who waited and follow now, and drops those who were seen meanwhile. */
  private drain(): readonly BoxEffect[] {
    const effects: BoxEffect[] = []
    for (let moved = this.waiting.length > 0; moved; ) {
      moved = false
      const entries = this.waiting.sort(byStart)
      this.waiting = []
      for (const entry of entries) {
        const out: Update[] = []
        if (!this.admit(entry, out)) continue
        moved = true
        effects.push(this.emit(out, entry.users, entry.chats))
      }
    }
    return effects
  }

  /** Is there a gap, other than before, and what is to be done about it? */
  private watch(env: Env, had: number): readonly BoxEffect[] {
    if (this.waiting.length > MOST_WAITING) {
      this.waiting = []
      return this.fetch()
    }
    if (this.isFetching || (this.waiting.length === 0) === (had === 0)) return NONE
    return this.waiting.length === 0
      ? [{ _: 'untimer', key: 'gap' }]
      : [{ _: 'timer', key: 'gap', at: env.elapsed + PATIENCE }]
  }

  private fetch(): readonly BoxEffect[] {
    if (this.isFetching) {
      this.fetchAgain = true
      return NONE
    }
    this.isFetching = true
    return [{ _: 'untimer', key: 'gap' }, { _: 'syncing', syncing: true }, this.ask()]
  }

  private ask(): BoxEffect {
    return { _: 'fetch', box: this.box && { ...this.box } }
  }

  private emit(updates: readonly Update[], users: readonly User[], chats: readonly Chat[]): BoxEffect {
    return { _: 'emit', value: { updates, users, chats, box: this.box && { ...this.box } } }
  }

  private state(state: UpdatesState, env: Env): readonly BoxEffect[] {
    this.box = standing(state)
    // The account was followed before its state came: what was pushed meanwhile is news, although it counts as seen.
    for (const entry of this.waiting)
      this.box[counterOf(entry)] = Math.min(this.box[counterOf(entry)], Math.max(0, start(entry)))
    const isBehind = this.box.pts < state.pts || this.box.qts < state.qts
    const effects = [this.emit([], [], []), ...this.drain()]
    if (isBehind && (this.box.pts < state.pts || this.box.qts < state.qts)) return [...effects, this.ask()]
    return [...effects, ...this.settled(env)]
  }

  private difference(answer: UpdatesDifference, env: Env): readonly BoxEffect[] {
    const before = this.box!
    switch (answer._) {
      case 'updates.differenceEmpty':
        this.box = { ...before, date: answer.date, seq: answer.seq }
        return [this.emit([], [], []), ...this.settled(env)]
      case 'updates.differenceTooLong': {
        this.box = { ...before, pts: answer.pts }
        const error = new Error('more was missed than the server tells: read dialogs and histories again')
        const next = answer.pts === before.pts ? this.settled(env) : [this.ask()]
        return [this.emit([], [], []), { _: 'fault', error }, ...next]
      }
      case 'updates.difference':
        this.box = standing(answer.state)
        return [this.emit(differenceUpdates(answer, answer.state), answer.users, answer.chats), ...this.settled(env)]
      case 'updates.differenceSlice': {
        const { intermediateState: state } = answer
        this.box = standing(state)
        const effects = [this.emit(differenceUpdates(answer, state), answer.users, answer.chats)]
        this.equalSlices = state.pts === before.pts && state.qts === before.qts ? this.equalSlices + 1 : 0
        if (this.equalSlices < MOST_EQUAL_SLICES) return [...effects, this.ask()]
        this.equalSlices = 0
        const error = new Error(`the difference did not move in ${MOST_EQUAL_SLICES} slices`)
        return [...effects, { _: 'fault', error }, ...this.settled(env)]
      }
    }
  }

  /** The fetch is over: those who waited are looked at again. */
  private settled(env: Env): readonly BoxEffect[] {
    this.isFetching = false
    this.failures = 0
    const effects: BoxEffect[] = [...this.drain(), { _: 'syncing', syncing: false }]
    if (this.fetchAgain) {
      this.fetchAgain = false
      return [...effects, ...this.fetch()]
    }
    this.vain = this.waiting.length === 0 ? 0 : this.vain + 1
    if (this.vain > 1) effects.push(...this.skip())
    return [...effects, ...this.watch(env, 0)]
  }

  /** Twice the server had nothing for the gap: it goes on behind it. */
  private skip(): readonly BoxEffect[] {
    const effects: BoxEffect[] = []
    this.vain = 0
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      this.box![counterOf(next)] = start(next)
      effects.push(...this.drain())
    }
    return effects
  }

  private failed(error: unknown, env: Env): readonly BoxEffect[] {
    if (isRpcError(error) && FORGOTTEN.has(error.type) && this.box !== undefined) {
      this.box = undefined
      return [{ _: 'fault', error }, this.ask()]
    }
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.failures)
    this.failures += 1
    return [
      { _: 'fault', error },
      { _: 'timer', key: 'fetch', at: env.elapsed + pause },
    ]
  }

  private fired(key: string, env: Env): readonly BoxEffect[] {
    if (key === 'gap') return this.fetch()
    if (key === 'fetch') return [this.ask()]
    // No update resets this timer: it looks when it comes due.
    const due = this.heardAt! + SILENCE
    if (due > env.elapsed) return [{ _: 'timer', key: 'silence', at: due }]
    this.heardAt = env.elapsed
    return [...this.fetch(), { _: 'timer', key: 'silence', at: env.elapsed + SILENCE }]
  }
}

function standing({ pts, qts, seq, date }: UpdatesState): State {
  return { pts, qts, seq, date }
}
