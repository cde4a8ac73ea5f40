/** Runs one call: finds its method, gives it its context, and brings back the answer. */
import { isObservable, type Subscription, take, tap, throwIfEmpty } from 'rxjs'
import type { Updates } from '../api/index.ts'
import { RpcError, UsageError } from '../core/errors.ts'
import type { Env } from '../core/machine.ts'
import { writeGzipPacked } from '../core/protocol/pack.ts'
import { idText } from '../core/tl/ids.ts'
import { type Admission, admit, readCall } from './admit.ts'
import type { Context, DcAddress, MethodName } from './context.ts'
import type { CallFate, IncomingCall } from './faults.ts'
import { authorizationOf } from './keys.ts'
import type { LayerCall } from './layers/layers.ts'
import { isFileMethod } from './methods/index.ts'
import { factFor, updatesFor } from './objects/updates.ts'
import { type PushParts, push } from './pushes.ts'
import { refuse } from './refuse.ts'
import { writeRpcError } from './session/write-service.ts'
import type { LiveSession } from './sessions.ts'
import type { Call } from './unwrap.ts'
import type { Fact } from './world/box.ts'
import type { Account } from './world/world.ts'
import { dateOf } from './world/world.ts'

export interface CallParts extends Admission, PushParts {
  readonly env: Env
  dcs(): readonly DcAddress[]
  /** Notes which method an id stands for. */
  learn(id: number, method: string): void
  /** What a spec makes of a call that may run. */
  readonly incoming?: ((call: IncomingCall) => CallFate) | undefined
  /** Told of every call that runs. */
  readonly executed?: ((call: IncomingCall) => void) | undefined
}

/** From here on an answer is packed, if that makes it shorter. */
const PACKED_FROM = 4096

/** Runs the call that `query` made, and dispatches the answer. What comes back ends it sooner. */
export function runCall(parts: CallParts, live: LiveSession, query: bigint, call: Call): Subscription | undefined {
  let method = idText(call.method)
  const user = authorizationOf(live.record)?.user
  const begun = parts.env.elapsed
  const done = (result: Uint8Array, outcome: { readonly result: string } | { readonly error: string }) => {
    const error = 'error' in outcome ? outcome.error : undefined
    // Who signed in by this very call made it.
    const by = authorizationOf(live.record)?.user ?? user
    const took = parts.env.elapsed - begun
    parts.tell({ event: 'call', method, user: by, session: live.name, message: String(query), took, ...outcome })
    const event = { _: 'answered', query, result, failed: error !== undefined } as const
    parts.dispatch({ _: 'session', name: live.name, event })
  }
  const failed = (error: unknown) => {
    const { code, text } = refusalOf(parts, method, error)
    done(writeRpcError(code, text), { error: `${code} ${text}` })
  }
  try {
    if (call.layer !== undefined && !parts.layers.has(call.layer)) {
      parts.tell({ event: 'layer', layer: call.layer, session: live.name })
      refuse(400, 'CONNECTION_LAYER_INVALID')
    }
    const read = readCall(parts, call, live.record)
    method = read.method
    parts.learn(call.method, method)
    const handler = admit(parts, call, method as MethodName, live.record)
    takeUpdates(live, call, method as MethodName)
    const fate = fateOf(parts, live, query, read)
    if (fate === 'lose') return undefined
    if (fate !== 'run' && fate.ran !== true) refuse(fate.error.code, fate.error.text)
    const answer = handler(read.params as never, contextOf(parts, live, query))
    const succeeded = (value: unknown) => {
      if (fate !== 'run') refuse(fate.error.code, fate.error.text)
      done(packed(writeAnswer(parts, live, read, value)), { result: kindOf(value) })
    }
    if (!isObservable(answer)) {
      succeeded(answer)
      return undefined
    }
    return answer.pipe(take(1), throwIfEmpty(), tap(succeeded)).subscribe({ error: failed })
  } catch (error) {
    failed(error)
    return undefined
  }
}

/** What a spec makes of a call; whoever counts those that run is told of it. */
function fateOf({ incoming, executed }: CallParts, live: LiveSession, messageId: bigint, read: LayerCall): CallFate {
  if (incoming === undefined && executed === undefined) return 'run'
  const user = authorizationOf(live.record)?.user
  const call: IncomingCall = { method: read.method, params: read.params, session: live.name, messageId, user }
  const fate = incoming?.(call) ?? 'run'
  if (fate === 'run' || (fate !== 'lose' && fate.ran === true)) executed?.(call)
  return fate
}

/** This session hears of updates from now on, unless it says that it does not want to. */
function takeUpdates({ name, record }: LiveSession, call: Call, method: MethodName): void {
  const authorization = authorizationOf(record)
  if (authorization === undefined || call.withoutUpdates || isFileMethod(method) || record.layer === undefined) return
  authorization.updatesTo = name
}

function writeAnswer({ layers }: CallParts, { record }: LiveSession, call: LayerCall, value: unknown): Uint8Array {
  return layers.answer(call, value, record.layer)
}

/** What kind of value an answer is, for those who watch. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return `vector of ${value.length}`
  const name = (value as { readonly _?: unknown } | null | undefined)?._
  return typeof name === 'string' ? name : typeof value
}

function packed(result: Uint8Array): Uint8Array {
  if (result.length < PACKED_FROM) return result
  const gzipped = writeGzipPacked(result)
  return gzipped.length < result.length ? gzipped : result
}

/** What the client is told. What broke by itself is told as a fault besides, and is not the client's to repeat. */
function refusalOf(
  { tell }: CallParts,
  method: string,
  error: unknown,
): { readonly code: number; readonly text: string } {
  if (error instanceof RpcError) return error
  const thrown = error instanceof Error ? error.constructor.name : 'something that is no Error'
  const event = { event: 'fault', message: `${method}: threw ${thrown}` } as const
  tell(Object.defineProperty(event, 'error', { value: error, enumerable: false }))
  return { code: 400, text: error instanceof UsageError ? 'ANSWER_INVALID' : 'METHOD_FAILED' }
}

function contextOf(parts: CallParts, live: LiveSession, messageId: bigint): Context {
  const { world, env, keys, tell, dispatch } = parts
  const { record, name, id } = live
  const authorization = authorizationOf(record)
  const now = dateOf(world, env)
  const tellAll = (account: Account, updates: Updates) => push(parts, account, updates, name)
  return {
    world,
    env,
    keys,
    tell,
    now,
    messageId,
    key: record,
    session: name,
    sessionId: id,
    dcs: parts.dcs(),
    dc: record.dc,
    testMode: record.testMode,
    layer: record.layer ?? parts.layers.own,
    user: authorization?.user === undefined ? undefined : world.accounts.get(authorization.user),
    push: (account, updates, people) => tellAll(account, updatesFor(world, account, updates, people, now)),
    pushShort: (account, update) =>
      tellAll(account, {
        _: 'updateShort',
        update,
        date: now,
      }),
    publish: (facts) => publish(parts, facts, name),
    forgetKey: (id) => dispatch({ _: 'order', order: { _: 'forgetKey', id } }),
    signIn(account) {
      if (authorization !== undefined) authorization.user = account.id
    },
    signOut() {
      if (authorization !== undefined)
        Object.assign(authorization, {
          user: undefined,
          updatesTo: undefined,
        })
    },
  }
}

/** Tells everybody whom these facts concern, but for one session. */
export function publish(
  parts: Pick<CallParts, 'world' | 'env'> & PushParts,
  facts: readonly Fact[],
  except?: string,
): void {
  const { world, env } = parts
  for (const fact of facts) {
    const account = world.accounts.get(fact.account)
    if (account !== undefined) push(parts, account, factFor(world, account, fact, dateOf(world, env)), except)
  }
}
