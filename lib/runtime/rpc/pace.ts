/**
 * Sends no faster than it should: Telegram has limits for messages, of which it tells when they are exceeded.
 * https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
import { defer, finalize, switchMap, throwError } from 'rxjs'
import { TransportError, UsageError } from '../../core/errors.ts'
import type { Interceptor, Request } from '../../core/invoker.ts'
import type { Tracer } from '../../core/trace.ts'
import type { Clock } from '../rx/clock.ts'

/** How fast messages may leave. What is not given is not limited. */
export interface Pace {
  /** Messages a second, to all chats together. */
  readonly perSecond?: number | undefined
  /** Messages a second to one chat; 1/3 is one in three seconds. */
  readonly perChat?: number | undefined
}

/** What keeps a pace, once it knows the time and whom to tell. A client knows both. */
export type Pacing = (surroundings: { readonly clock: Clock; readonly trace?: Tracer | undefined }) => Interceptor

/** Messages that may wait for their turn; the newest fails beyond that. */
export const MOST_PACED = 1_000

/** Chats that are remembered before those are forgotten that have had their pause. */
const MOST_CHATS = 1_024

/** Methods that send, besides those that are named so. */
const SENDS: RegExp = /^(messages\.(send|forward)|ephemeral\.sendMessage)/
const ALSO_SEND: ReadonlySet<string> = new Set(['messages.editMessage', 'messages.startBot'])

/**
 * Spreads the calls that send something to a chat, in all and chat by chat: none waits longer than it must, and those to
 * one chat leave in the order in which they were made. Others pass at once. When 1,000 wait already, the next one fails
 * with a TransportError, `unsent`.
 *
 *     calls to one chat:    (abc)
 *     sent, perChat 1:      a 1s b 1s c
 *
 * @example
 * createClient({ apiId, apiHash, pace: pace({ perSecond: 30, perChat: 1 }) })
 *
 * @throws {UsageError} that names the bad rate.
 */
export function pace({ perSecond, perChat }: Pace): Pacing {
  const [gap, chatGap] = [gapOf('perSecond', perSecond), gapOf('perChat', perChat)]
  return ({ clock, trace }) => paced(new Turns(gap, chatGap), clock, trace)
}

function paced(turns: Turns, clock: Clock, trace: Tracer | undefined): Interceptor {
  return (request, next) => {
    const chat = chatOf(request)
    if (chat === undefined) return next.invoke(request)
    return defer(() => {
      const now = clock.elapsed()
      const turn = turns.take(chat, now)
      if (turn === undefined)
        return throwError(
          () => new TransportError(`${MOST_PACED} messages wait for their turn: this one was not sent`, 'unsent'),
        )
      if (turn <= now) return next.invoke(request)
      if (trace?.observed === true)
        trace.tell({ _: 'wait', method: request.method, why: 'pace', seconds: (turn - now) / 1000 })
      // Whoever leaves before its turn makes room for another.
      return clock.after(turn - now).pipe(
        finalize(() => turns.leave(chat, turn, clock.elapsed())),
        switchMap(() => next.invoke(request)),
      )
    })
  }
}

/** Milliseconds from one to the next. More than a thousand a second can't be told apart by a clock of milliseconds. */
function gapOf(name: keyof Pace, rate: number | undefined): number {
  if (rate === undefined) return 0
  if (typeof rate === 'number' && rate > 0 && rate <= 1000) return 1000 / rate
  const got = typeof rate === 'number' ? rate : `a ${typeof rate}`
  throw new UsageError(`pace.${name}: expected messages a second, above 0 and up to 1000, got ${got}`)
}

/** Times at which something leaves, given out in advance: those to come, and the last one that has been. In order. */
type Line = number[]

class Turns {
  readonly #gap: number
  readonly #chatGap: number
  readonly #all: Line = []
  readonly #chats = new Map<string, Line>()

  constructor(gap: number, chatGap: number) {
    this.#gap = gap
    this.#chatGap = chatGap
  }

  /** The first free turn for that chat, behind those that it has; undefined, if too many wait. */
  take(chat: string, now: number): number | undefined {
    forget(this.#all, this.#gap, now)
    if (this.#all.length > MOST_PACED) return undefined
    const line = this.#line(chat, now)
    const last = line.at(-1)
    const turn = insert(this.#all, this.#gap, last === undefined ? now : Math.max(now, last + this.#chatGap))
    line.push(turn)
    return turn
  }

  /** A turn is not needed any more. One that has been stays: the next one keeps its distance from it. */
  leave(chat: string, turn: number, now: number): void {
    if (turn <= now) return
    for (const line of [this.#all, this.#chats.get(chat) ?? []]) {
      const index = line.indexOf(turn)
      if (index >= 0) line.splice(index, 1)
    }
  }

  #line(chat: string, now: number): Line {
    if (this.#chatGap === 0) return []
    const known = this.#chats.get(chat)
    if (known !== undefined) {
      forget(known, this.#chatGap, now)
      return known
    }
    if (this.#chats.size >= MOST_CHATS) {
      for (const [each, line] of this.#chats) {
        forget(line, this.#chatGap, now)
        if (line.length === 0) this.#chats.delete(each)
      }
    }
    const line: Line = []
    this.#chats.set(chat, line)
    return line
  }
}

/** What is so long ago that nothing has to keep its distance from it. */
function forget(line: Line, gap: number, now: number): void {
  while (line.length > 0 && line[0]! + gap <= now) line.shift()
}

/** Puts the first time from `from` on that is far enough from all others. */
function insert(line: Line, gap: number, from: number): number {
  let time = from
  let index = 0
  for (; index < line.length; index++) {
    const other = line[index]!
    if (other > time && other - time >= gap) break
    time = Math.max(time, other + gap)
  }
  line.splice(index, 0, time)
  return time
}

/** What tells an InputPeer from others; the own chat has a kind alone. */
interface PeerIds {
  readonly _?: string | undefined
  readonly userId?: number | undefined
  readonly chatId?: number | undefined
  readonly channelId?: number | undefined
}

/** The chat that a call sends to; undefined, if it sends nothing to a chat. */
function chatOf({ method, params }: Request<unknown>): string | undefined {
  if (!SENDS.test(method) && !ALSO_SEND.has(method)) return undefined
  const { peer, toPeer } = (params ?? {}) as { readonly peer?: unknown; readonly toPeer?: unknown }
  const to = toPeer ?? peer
  if (typeof to !== 'object' || to === null) return undefined
  const { _ = '', userId, chatId, channelId } = to as PeerIds
  if (userId !== undefined) return `user ${userId}`
  if (channelId !== undefined) return `channel ${channelId}`
  return chatId === undefined ? _ : `chat ${chatId}`
}
