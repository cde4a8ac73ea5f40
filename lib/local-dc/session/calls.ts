/**
 * The calls of a session from the query to the acked answer: repeated, dropped, or waiting for others.
 * https://core.telegram.org/mtproto/service_messages#rpc-query-results and https://core.telegram.org/api/invoking
 */
import { DecodeError } from '../../core/errors.ts'
import type { Env } from '../../core/machine.ts'
import { isContentRelated } from '../../core/protocol/message-id.ts'
import { type BadMessage, type Message, writeRpcResult } from '../../core/protocol/pack.ts'
import type { ServiceObject } from '../../core/protocol/service.ts'
import type { Call } from '../unwrap.ts'
import type { Kept, Outbox } from './outbox.ts'
import { isOpen, Queries, type Query } from './query.ts'
import type { DropAnswer, SessionEffect } from './session-events.ts'
import { writeRpcError, writeService } from './write-service.ts'

/** How long a call waits for those that it is to come after (https://core.telegram.org/api/errors, MSG_WAIT_TIMEOUT). */
export const MAX_WAIT = 500

export class Calls {
  readonly #queries = new Queries()
  readonly #outbox: Outbox
  readonly #order: (effect: SessionEffect) => void
  readonly #toAck: Set<bigint>

  constructor(outbox: Outbox, order: (effect: SessionEffect) => void, toAck: Set<bigint>) {
    this.#outbox = outbox
    this.#order = order
    this.#toAck = toAck
  }

  /** A new call came. */
  begin(id: bigint, call: Call | DecodeError, env: Env): void {
    this.#toAck.add(id)
    const isFull = this.#queries.isFull
    if (call instanceof DecodeError || isFull) {
      const query = this.#queries.begin(id, call instanceof DecodeError ? undefined : call.method)
      this.#answer(query, isFull ? writeRpcError(420, 'FLOOD_WAIT_1') : writeRpcError(400, 'INPUT_FETCH_ERROR'), true)
      return
    }
    const before = call.after.map((each) => this.#queries.get(each))
    const query = this.#queries.begin(id, call.method, call)
    if (before.some((each) => each === undefined || (!isOpen(each) && each.failed))) this.#failWait(query)
    else if (before.every((each) => !isOpen(each!))) this.#run(query)
    else this.#order({ _: 'timer', key: `wait:${id}`, at: env.elapsed + MAX_WAIT })
  }

  /** A call came whose body can't be unpacked. */
  unreadable({ messageId, seqNo, error }: BadMessage): void {
    this.#order({ _: 'fault', error })
    if (!isContentRelated(seqNo)) return
    this.#answer(this.#queries.begin(messageId, undefined), writeRpcError(400, 'INPUT_FETCH_ERROR'), true)
  }

  /** A message came again: so does its answer; without one, its ack, which must have been lost. */
  repeated({ messageId, seqNo }: Message): void {
    const answer = this.#queries.get(messageId)?.answer
    if (answer !== undefined) answer.link = undefined
    else if (isContentRelated(seqNo)) this.#toAck.add(messageId)
  }

  answered(id: bigint, result: Uint8Array, failed: boolean): void {
    const query = this.#queries.get(id)
    if (query === undefined || !isOpen(query)) return
    this.#answer(query, result, failed)
    this.#release()
  }

  /** The client has these answers. */
  acked(kept: readonly Kept[]): void {
    for (const { query } of kept) {
      const answered = query === undefined ? undefined : this.#queries.get(query)
      if (answered !== undefined) answered.answer = undefined
    }
  }

  /** `rpc_drop_answer`: what it is answered with. */
  drop(id: bigint): ServiceObject {
    const query = this.#queries.get(id)
    const [answer, object] = this.#dropped(query)
    this.#order({ _: 'dropped', method: query?.method, answer })
    return object
  }

  #dropped(query: Query | undefined): readonly [DropAnswer, ServiceObject] {
    if (query !== undefined && isOpen(query)) {
      this.#untimer(query)
      if (query.state === 'running') this.#order({ _: 'cancel', query: query.id })
      // The call itself is answered too, so that whoever counts answers does not wait for ever.
      this.#answer(query, writeService({ _: 'rpc_answer_dropped_running' }), true)
      this.#release()
      return ['running', { _: 'rpc_answer_dropped_running' }]
    }
    const answer = query?.answer
    if (query === undefined || answer === undefined || query.state === 'dropped')
      return ['unknown', { _: 'rpc_answer_unknown' }]
    this.#outbox.remove(answer)
    this.#queries.end(query, 'dropped', query.failed)
    query.answer = undefined
    const { messageId: msgId, seqNo } = answer.sent ?? { messageId: 0n, seqNo: 0 }
    return ['dropped', { _: 'rpc_answer_dropped', msgId, seqNo, bytes: answer.body.length }]
  }

  /** The calls that a call waited for took too long. */
  waitedTooLong(id: bigint): void {
    const query = this.#queries.get(id)
    if (query?.state !== 'waiting') return
    this.#answer(query, writeRpcError(-503, 'MSG_WAIT_TIMEOUT'), true)
    this.#release()
  }

  cancelAll(): void {
    for (const query of this.#queries.open()) {
      this.#untimer(query)
      if (query.state === 'running') this.#order({ _: 'cancel', query: query.id })
      this.#queries.end(query, 'dropped', true)
    }
  }

  /** The constructor id of the method that a message called. */
  methodOf(id: bigint): number | undefined {
    return this.#queries.get(id)?.method
  }

  /** The bits of msgs_state_info that concern calls: 32 for one that runs or ran, 64 for one that is answered. */
  stateOf(id: bigint): number {
    const query = this.#queries.get(id)
    if (query === undefined) return 0
    return isOpen(query) ? 32 : 32 + 64
  }

  /** Runs the held calls for which everything before them is answered, in order. */
  #release(): void {
    for (const query of this.#queries.open()) {
      if (query.state !== 'waiting' || query.held === undefined) continue
      const before = query.held.after.map((id) => this.#queries.get(id))
      if (before.some((each) => each !== undefined && !isOpen(each) && each.failed)) this.#failWait(query)
      else if (before.every((each) => each === undefined || !isOpen(each))) this.#run(query)
    }
  }

  #run(query: Query): void {
    const call = query.held!
    this.#untimer(query)
    query.state = 'running'
    query.held = undefined
    this.#order({ _: 'call', query: query.id, call })
  }

  /** Those that wait for this one fail with it. */
  #failWait(query: Query): void {
    this.#answer(query, writeRpcError(400, 'MSG_WAIT_FAILED'), true)
    this.#release()
  }

  #answer(query: Query, result: Uint8Array, failed: boolean): void {
    this.#untimer(query)
    this.#queries.end(query, 'answered', failed)
    query.answer = this.#outbox.keep('answer', writeRpcResult(query.id, result), query.id)
    // An answer says by itself that the call came.
    this.#toAck.delete(query.id)
  }

  #untimer({ id, state, held }: Query): void {
    if (state === 'waiting' && held !== undefined) this.#order({ _: 'untimer', key: `wait:${id}` })
  }
}
