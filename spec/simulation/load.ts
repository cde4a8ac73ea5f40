/** What a client is used for: calls of all sizes, that may be repeated and that may not, some of them given up. */
import { map, type Observable, type Subscription } from 'rxjs'
import { editUserInfo, getDeepLinkInfo, saveAppLog } from '../../lib/api/help.ts'
import type { InputPeer } from '../../lib/api/index.ts'
import { getHistory, sendMessage } from '../../lib/api/messages.ts'
import type { Client } from '../../lib/client.ts'
import { inOrder } from '../../lib/runtime/rpc/in-order.ts'
import { type CallOptions, within } from '../../lib/runtime/rpc/within.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import { type Auditor, type CallKind, errorName, tagOf } from './auditor.ts'
import type { Plan } from './faults.ts'
import { Random } from './random.ts'
import { answerTo, asking, fill, type Person } from './server.ts'
import type { SimulatedTime } from './simulated-time.ts'
import type { Trace } from './trace.ts'

export interface LoadParts {
  readonly plan: Plan
  readonly time: SimulatedTime
  readonly auditor: Auditor
  readonly trace: Trace
}

export interface User {
  readonly name: string
  readonly client: Client
  readonly self: Person
  /** To whom messages go. */
  readonly others: readonly (Person & { readonly accessHash: bigint })[]
}

/** What came of a call. */
interface Outcome {
  /** What it should have been. */
  readonly wrong?: string | undefined
  readonly message?: number | undefined
}

/** A call before it is made. */
interface Draft {
  readonly kind: CallKind
  readonly method: string
  readonly make: (tg: Client, id: number) => Observable<Outcome>
  /** `false`: it may take calls besides. */
  readonly isOne?: boolean | undefined
}

/** Characters: mostly a few, now and then as many as fit. */
const USUAL = [1, 400] as const
const LARGE = [10_000, 60_000] as const
const HUGE = [60_000, 400_000] as const
/** How long a call is left alone before it is given up, and how long callers wait at most. */
const PATIENCE = [1, 8_000] as const
const TIMEOUT = [200, 30_000] as const
/** So many calls wait for the first connection. */
const AT_ONCE = 3
/** How much of the time there is load. */
const BUSY = 0.95
/** A message has so many characters at most. */
const TEXT = 3_000

export class Load {
  readonly #parts: LoadParts
  readonly #random: Random
  readonly #users: User[] = []
  #last = 0
  #due = 0

  constructor(parts: LoadParts) {
    this.#parts = parts
    this.#random = Random.of(parts.plan.seed, 'load')
  }

  /** Calls that are still to be made. */
  get due(): number {
    return this.#due
  }

  /** Lets a client be used. */
  use(user: User): void {
    const { plan, time } = this.#parts
    this.#users.push(user)
    const random = Random.of(plan.seed, `load ${user.name}`)
    const callers = Array.from({ length: plan.callers }, (_, at) => (at % 6 === 5 ? inOrder(user.client) : user.client))
    const isBursting = random.chance(0.3)
    for (let left = plan.calls; left > 0; ) {
      const isFirst = left === plan.calls
      const many = Math.min(left, isFirst ? AT_ONCE : isBursting ? random.whole(1, 50) : 1)
      // The first ones are there before the first connection.
      const at = isFirst ? 0 : random.between(0, plan.duration * BUSY)
      left -= many
      this.#due += many
      time.at(at, () => {
        for (let each = 0; each < many; each++) {
          this.#due--
          this.#call(user, random.pick(callers))
        }
      })
    }
  }

  /** So many calls at once, of the first client. */
  crowd(count: number): void {
    const [user] = this.#users
    if (user === undefined) return
    for (let each = 0; each < count; each++) this.#call(user, user.client)
  }

  #call(user: User, caller: Client): void {
    const { plan, time, auditor, trace } = this.#parts
    const random = this.#random
    const id = ++this.#last
    const { kind, method, make, isOne = true } = this.#draft(user)
    const tg = within(caller, this.#options(id, isOne))
    auditor.begins({ id, client: user.name, kind, method })
    trace.note(user.name, `calls ${method}`, id)
    let isCancelled = false
    let answers = 0
    let run: Subscription | undefined
    const patience = random.chance(plan.cancelled) ? random.scaled(...PATIENCE) : undefined
    run = make(tg, id).subscribe({
      next: (outcome) => {
        answers++
        trace.note(user.name, 'answered', id)
        if (isCancelled || answers > 1) auditor.spoke(id, 'an answer')
        else auditor.answered(id, outcome)
      },
      error: (error: unknown) => {
        trace.note(user.name, `failed ${errorName(error)}`, id)
        if (isCancelled || answers > 0) auditor.spoke(id, 'an error')
        else auditor.failed(id, error)
      },
      complete: () => {
        if (isCancelled || answers === 0) auditor.spoke(id, 'an end')
      },
    })
    if (patience === undefined || run.closed) return
    time.after(patience, () => {
      if (run.closed) return
      isCancelled = true
      trace.note(user.name, 'cancels', id)
      run.unsubscribe()
      auditor.cancelled(id)
    })
  }

  #options(id: number, isOne: boolean): CallOptions {
    const random = this.#random
    return {
      timeout: random.chance(0.1) ? random.scaled(...TIMEOUT) : undefined,
      floodWait: random.chance(0.1) ? 0 : undefined,
      priority: random.chance(0.1) ? 'low' : undefined,
      onReceived: random.chance(0.1) && isOne ? () => this.#parts.auditor.received(id) : undefined,
    }
  }

  /** So many characters. */
  #size(): number {
    const random = this.#random
    const kind = random.number()
    const [from, to]: readonly [number, number] = kind < 0.98 ? USUAL : kind < 0.9995 ? LARGE : HUGE
    return Math.floor(random.scaled(from, to))
  }

  #draft(user: User): Draft {
    const random = this.#random
    const [size, length] = [this.#size(), this.#size()]
    const kind = random.number()
    if (kind < 0.35) return reading(size, length)
    if (kind < 0.65) return writing(size, length)
    if (kind < 0.7) return logging()
    if (kind < 0.8) return looking(user, random)
    const to = random.pick(user.others)
    const draw = random.bytes(8)
    const randomId = new DataView(draw.buffer).getBigInt64(0, true) || 1n
    return kind < 0.9 ? sending(to, randomId, Math.min(length, TEXT)) : sendingText(to, Math.min(length, TEXT))
  }
}

/** Only looks. */
function reading(size: number, length: number): Draft {
  const make: Draft['make'] = (tg, id) =>
    getDeepLinkInfo(tg, { path: asking(id, size, length) }).pipe(
      map((answer) => ({ wrong: unlike('message' in answer ? answer.message : answer._, answerTo(id, size)) })),
    )
  return { kind: 'read', method: 'help.getDeepLinkInfo', make }
}

/** Changes something, nobody knows what: it may not be done twice. */
function writing(size: number, length: number): Draft {
  const make: Draft['make'] = (tg, id) =>
    editUserInfo(tg, { userId: { _: 'inputUserSelf' }, message: asking(id, size, length), entities: [] }).pipe(
      map((answer) => ({ wrong: unlike('message' in answer ? answer.message : answer._, answerTo(id, size)) })),
    )
  return { kind: 'write', method: 'help.editUserInfo', make }
}

function logging(): Draft {
  const make: Draft['make'] = (tg, id) =>
    saveAppLog(tg, {
      events: [{ _: 'inputAppEvent', time: 1, type: tagOf(id), peer: 1n, data: { _: 'jsonNull' } }],
    }).pipe(map((answer) => ({ wrong: answer === true ? undefined : String(answer) })))
  return { kind: 'write', method: 'help.saveAppLog', make }
}

/** Looks at the world. */
function looking({ others }: User, random: Random): Draft {
  const to = random.pick(others)
  const limit = random.whole(1, 20)
  const make: Draft['make'] = (tg, id) =>
    getHistory(tg, {
      peer: peerOf(to),
      offsetId: 0,
      offsetDate: 0,
      addOffset: 0,
      limit,
      maxId: 0,
      minId: 0,
      hash: BigInt(id),
    }).pipe(map((answer) => ({ wrong: 'messages' in answer ? undefined : answer._ })))
  return { kind: 'read', method: 'messages.getHistory', make }
}

/** Sends with a random id of its own: any number of times, once in the world. */
function sending(to: User['others'][number], randomId: bigint, length: number): Draft {
  const make: Draft['make'] = (tg, id) =>
    sendMessage(tg, { peer: peerOf(to), message: textOf(id, length), randomId }).pipe(
      map((updates) => {
        const list = 'updates' in updates ? updates.updates : []
        const named = list.find((update) => update._ === 'updateMessageID')
        if (named === undefined || named.randomId !== randomId) return { wrong: updates._ }
        return { message: named.id }
      }),
    )
  return { kind: 'send', method: 'messages.sendMessage', make }
}

/** The same, as people do it. */
function sendingText(to: User['others'][number], length: number): Draft {
  const make: Draft['make'] = (tg, id) =>
    sendText(tg, peerOf(to), textOf(id, length)).pipe(
      map((message) => ({ message: message.id, wrong: unlike(message.message, textOf(id, length)) })),
    )
  return { kind: 'send', method: 'messages.sendMessage', make, isOne: false }
}

function textOf(id: number, length: number): string {
  return tagOf(id) + fill(length)
}

function peerOf({ id, accessHash }: { readonly id: number; readonly accessHash: bigint }): InputPeer {
  return { _: 'inputPeerUser', userId: id, accessHash }
}

function unlike(got: string, expected: string): string | undefined {
  return got === expected
    ? undefined
    : `expected ${expected.slice(0, 12)} of ${expected.length}, got ${got.slice(0, 12)} of ${got.length}`
}
