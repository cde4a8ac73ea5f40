/**
 * Holds the client to its word. It hears what was wished for (from the load), what ran (from the server's gateway) and
 * what came of each call, and knows nothing of how sessions work.
 */
import { ClosedError, RpcError, TelegramError, TimeoutError, TransportError } from '../../lib/core/errors.ts'
import type { IncomingCall } from '../../lib/local-dc/faults.ts'
import type { World } from '../../lib/local-dc/world/world.ts'
import type { Reached } from './reached.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** What may become of a call that is made twice. */
export type CallKind = 'read' | 'write' | 'send'

/** One call of the load. */
export interface Wish {
  readonly id: number
  readonly client: string
  readonly kind: CallKind
  readonly method: string
}

interface Account extends Wish {
  readonly begun: number
  ended: 'answer' | 'error' | 'cancelled' | undefined
  endedAt: number
  error: unknown
  /** Messages by which it ran. */
  readonly runs: { readonly session: string; readonly messageId: bigint; readonly at: number }[]
  /** For sends: the id of the message that the answer told. */
  message: number | undefined
  readonly refusals: Set<string>
  isReceived: boolean
}

export interface Violation {
  readonly rule: string
  readonly what: string
}

export interface AuditorParts {
  readonly time: SimulatedTime
  readonly reached: Reached
  /** Nothing is bad: every call is answered, at once, and runs once. */
  readonly isFine?: boolean | undefined
}

/** By this a call of the load is known wherever it turns up. */
export function tagOf(id: number): string {
  return `#${id};`
}

/** The call that a text belongs to. */
export function idIn(text: string): number | undefined {
  const found = /^#(\d+);/.exec(text)
  return found === null ? undefined : Number(found[1])
}

/** When nothing is wrong no call takes longer than that: a connection, a salt, an answer fetched; in milliseconds. */
const PROMPT = 1_300
/** Only the first of a kind: one mistake shows in many places. */
const MOST_VIOLATIONS = 20

export class Auditor {
  readonly #parts: AuditorParts
  readonly #calls = new Map<number, Account>()
  readonly #violations: Violation[] = []
  readonly #bySession = new Map<string, Set<Account>>()
  /** What was pushed, and how often each client was told of it. */
  readonly #told = new Map<string, number>()
  #open = 0

  constructor(parts: AuditorParts) {
    this.#parts = parts
  }

  get violations(): readonly Violation[] {
    return this.#violations
  }

  /** How many calls there were. */
  get calls(): number {
    return this.#calls.size
  }

  /** How many are open. */
  get open(): number {
    return this.#open
  }

  /** Those that are open, for people. */
  openCalls(): readonly string[] {
    return [...this.#calls.values()].filter(({ ended }) => ended === undefined).map(nameOf)
  }

  violation(rule: string, what: string): void {
    if (this.#violations.length < MOST_VIOLATIONS)
      this.#violations.push({ rule, what: `${what} (at ${this.#parts.time.elapsed.toFixed(1)})` })
  }

  begins(wish: Wish): void {
    const { elapsed } = this.#parts.time
    const fresh = { begun: elapsed, ended: undefined, endedAt: 0, error: undefined, message: undefined }
    this.#calls.set(wish.id, { ...wish, ...fresh, runs: [], refusals: new Set(), isReceived: false })
    this.#open++
  }

  /** A call was answered. `wrong`: by what was not its own answer. `message`: the id that a sent message has. */
  answered(id: number, { wrong, message }: { wrong?: string | undefined; message?: number | undefined } = {}): void {
    const call = this.#end(id, 'answer')
    if (call === undefined) return
    call.message = message
    const took = call.endedAt - call.begun
    if (this.#parts.isFine === true && took > PROMPT)
      this.violation('prompt', `${nameOf(call)} took ${Math.round(took)} ms, and nothing was wrong`)
    if (wrong !== undefined) this.violation('answers', `${nameOf(call)} was answered wrongly: ${wrong}`)
    for (const refusal of call.refusals) this.#parts.reached.reached(refusal)
  }

  failed(id: number, error: unknown): void {
    const call = this.#end(id, 'error')
    if (call === undefined) return
    call.error = error
    if (this.#parts.isFine === true && !(error instanceof ClosedError) && !(error instanceof TimeoutError))
      this.violation('prompt', `${nameOf(call)} failed with ${errorName(error)}, and nothing was wrong`)
    const { reached } = this.#parts
    if (!(error instanceof TelegramError)) {
      const text = error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error)
      this.violation('errors', `${nameOf(call)} ended with what is no error of the library: ${text}`)
    }
    if (error instanceof ClosedError) reached.reached('call closed with its client')
    if (error instanceof TimeoutError) reached.reached('call timed out')
    if (!(error instanceof TransportError)) return
    if (error.outcome === 'unsent') reached.reached('call ended unsent')
    else if (call.kind === 'write') reached.reached('call that may not be repeated ended unknown')
  }

  /** Its caller was told that the server has it. */
  received(id: number): void {
    const call = this.#calls.get(id)
    if (call === undefined) return
    this.#parts.reached.reached('call told to be received')
    if (call.ended !== undefined) this.spoke(id, 'the news that it was received')
    if (call.isReceived) this.violation('once', `${nameOf(call)} was told twice to be received`)
    call.isReceived = true
  }

  cancelled(id: number): void {
    const call = this.#end(id, 'cancelled')
    if (call === undefined) return
    this.#parts.reached.reached(
      call.runs.length === 0 ? 'call cancelled before it was sent' : 'call cancelled in flight',
    )
  }

  /** It emitted, or ended, although it was over. */
  spoke(id: number, what: string): void {
    const call = this.#calls.get(id)
    if (call !== undefined) this.violation('once', `${nameOf(call)} ended with ${call.ended}, and then came ${what}`)
  }

  /** The server runs a call. */
  executed({ method, params, session, messageId }: IncomingCall): number | undefined {
    const id = idOfParams(method, params)
    const call = id === undefined ? undefined : this.#calls.get(id)
    if (call === undefined) return undefined
    call.runs.push({ session, messageId, at: this.#parts.time.elapsed })
    const inSession = this.#bySession.get(session)
    if (inSession === undefined) this.#bySession.set(session, new Set([call]))
    else inSession.add(call)
    if (call.runs.length === 2 && this.#parts.isFine === true && call.method !== 'messages.sendMessage')
      this.violation('prompt', `${nameOf(call)} ran twice, and nothing was wrong`)
    if (call.kind === 'write' && call.runs.length === 2)
      this.violation('once', `${nameOf(call)} may not be repeated, and ran twice`)
    return id
  }

  /** The server refused a call that it might have run. */
  refused({ method, params }: IncomingCall, state: string): void {
    const id = idOfParams(method, params)
    if (id !== undefined) this.#calls.get(id)?.refusals.add(state)
  }

  /** Messages of calls that ran in that session and were cancelled before that time. */
  cancelledIn(session: string, before: number): readonly bigint[] {
    return [...(this.#bySession.get(session) ?? [])]
      .filter(({ ended, endedAt }) => ended === 'cancelled' && endedAt <= before)
      .flatMap(({ runs, endedAt }) =>
        runs.filter((run) => run.session === session && run.at <= endedAt).map(({ messageId }) => messageId),
      )
  }

  /** A client was told of something that was pushed once. */
  told(client: string, what: string): void {
    const key = `${client} ${what}`
    const times = (this.#told.get(key) ?? 0) + 1
    this.#told.set(key, times)
    if (times === 2) this.violation('updates', `${client} was told twice of ${what}`)
  }

  /** After everything: what the world has to say. */
  finish(world: World): void {
    for (const call of this.#calls.values()) {
      if (call.ended === undefined) this.violation('end', `${nameOf(call)} never ended`)
      if (call.error instanceof TransportError && call.error.outcome === 'unsent' && call.runs.length > 0)
        this.violation('unsent', `${nameOf(call)} ended unsent, and ran ${call.runs.length} times`)
      if (call.runs.length > 1 && call.ended === 'answer') {
        const sessions = new Set(call.runs.map(({ session }) => session))
        this.#parts.reached.reached(
          sessions.size > 1 ? 'call run again in another session' : 'call run again in the same session',
        )
      }
    }
    this.#sends(world)
  }

  /** One intent is one message, however often it was sent. */
  #sends(world: World): void {
    const messages = new Map<number, Set<number>>()
    for (const { box } of world.accounts.values())
      for (const copy of box.messages.values()) {
        const id = copy.from === box.owner ? idIn(copy.content.text) : undefined
        if (id !== undefined) messages.set(id, (messages.get(id) ?? new Set()).add(copy.id))
      }
    for (const call of this.#calls.values()) {
      if (call.kind !== 'send') continue
      const made = [...(messages.get(call.id) ?? [])]
      if (made.length > 1) this.violation('sends', `${nameOf(call)} became ${made.length} messages`)
      if (call.runs.length > 1 && made.length === 1)
        this.#parts.reached.reached('message sent twice, once in the world')
      if (call.ended !== 'answer') continue
      if (made.length === 0) this.violation('sends', `${nameOf(call)} was answered, and there is no message`)
      else if (call.message !== made[0])
        this.violation('sends', `${nameOf(call)} was told message ${call.message}, and is ${made[0]}`)
    }
  }

  #end(id: number, how: NonNullable<Account['ended']>): Account | undefined {
    const call = this.#calls.get(id)
    if (call === undefined) return undefined
    if (call.ended !== undefined) {
      this.spoke(id, how)
      return undefined
    }
    call.ended = how
    call.endedAt = this.#parts.time.elapsed
    this.#open--
    return call
  }
}

function nameOf({ id, client, kind, method }: Wish): string {
  return `call ${id} of ${client} (${kind} ${method})`
}

/** Which call of the load that is, by what it says. */
function idOfParams(method: string, params: unknown): number | undefined {
  const { path, message, events, hash } = params as {
    readonly path?: string
    readonly message?: unknown
    readonly events?: readonly { readonly type: string }[]
    readonly hash?: bigint
  }
  if (method === 'messages.getHistory') return hash === 0n || hash === undefined ? undefined : Number(hash)
  const text = path ?? (typeof message === 'string' ? message : undefined) ?? events?.[0]?.type
  return text === undefined ? undefined : idIn(text)
}

/** For the summary: how calls ended that ended badly. */
export function errorName(error: unknown): string {
  if (error instanceof RpcError) return error.type
  if (error instanceof TransportError) return `TransportError ${error.outcome}`
  return error instanceof Error ? error.constructor.name : 'no error'
}
