/**
 * Answers to calls: whose they are, how they are unpacked, and how the calls end by them.
 * https://core.telegram.org/mtproto/service_messages#response-to-an-rpc-query
 */

import { isServiceId, readServiceObject, type ServiceObject } from '#service'
import { DecodeError, ProtocolError } from '../errors.ts'
import { refusalText } from '../refusal-text.ts'
import { decode } from '../tl/reader.ts'
import { isContentRelated } from './message-id.ts'
import { type Budget, constructorOf, type Message, readRequestId, readRpcResult } from './pack.ts'
import { answeredUnder, bindAnswered, refusedUnbound } from './session-bound.ts'
import type { Call } from './session-calls.ts'
import { answeredInRow, isRefusedWait } from './session-order.ts'
import { flushSoon } from './session-send.ts'
import { correctClock, fail, fault, type SessionCore, type Turn, trace } from './session-state.ts'

/** An answer that is so much older than its question, in units of 2^-32 s: our clock is wrong. */
const CLOCK_TOLERANCE = 15n << 32n

/** Real servers get it wrong now and then: reported, and that is all. */
export function checkParity(right: boolean, what: string, turn: Turn): void {
  if (!right) fault(new ProtocolError(`expected the other parity of seq_no for ${what}`), turn)
}

/** A service message, if it is one that can be read. */
export function readService(body: Uint8Array): ServiceObject | undefined {
  const id = constructorOf(body)
  if (id === undefined || !isServiceId(id)) return undefined
  try {
    return decode(body, readServiceObject)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** The answer to a call, or to the drop of one. Its message is acked already. */
export function rpcResult(session: SessionCore, message: Message, budget: Budget, turn: Turn): void {
  const requestId = readRequestId(message.body)
  if (requestId instanceof DecodeError) {
    fault(requestId, turn)
    return
  }
  checkParity(isContentRelated(message.seqNo), 'rpc_result', turn)
  if (requestId === 0n) {
    fault(new ProtocolError('expected rpc_result of a message, got one of none'), turn)
    return
  }
  if (session.binding?.awaits(requestId) === true) {
    bindResult(session, requestId, message, budget, turn)
    return
  }
  // Looked up before it is unpacked: what nobody waits for costs nothing.
  const call = session.calls.ofMessage(requestId)
  // A drop's own answer, the late answer of a call that was cancelled, or a repeated one: nobody waits for it.
  if (call === undefined) return void session.outbox.settle(requestId)
  accepted(session, requestId, message, turn)
  // What was sent before the call came before it: nothing of that is kept for the next link.
  session.outbox.confirmBefore(call.packetId)
  if (session.calls.waiting > 0) flushSoon(session, turn)
  const answer = readRpcResult(message.body, budget)
  const result = answer instanceof DecodeError ? answer : answer.result
  if (result instanceof DecodeError) {
    answeredInRow(call)
    fail(session, call, result, turn)
    return
  }
  const object = readService(result)
  if (object?._ === 'rpc_error') {
    rpcError(session, call, object, turn)
    return
  }
  answeredInRow(call)
  session.calls.end(call.id)
  if (session.observed) trace({ _: 'call', step: 'answered', call: call.id, bytes: result.length }, turn)
  turn.out.push({ _: 'answer', id: call.id, body: result })
  answeredUnder(session, undefined, turn)
}

/** The answer to auth.bindTempAuthKey, which is no caller's. */
function bindResult(session: SessionCore, requestId: bigint, message: Message, budget: Budget, turn: Turn): void {
  accepted(session, requestId, message, turn)
  const answer = readRpcResult(message.body, budget)
  const result = answer instanceof DecodeError ? answer : answer.result
  const object = result instanceof DecodeError ? undefined : readService(result)
  const isError = object?._ === 'rpc_error'
  bindAnswered(session, isError ? { code: object.errorCode, text: object.errorMessage } : result, turn)
}

/** `rpc_error` (service messages, "RPC Error"). Codes out of any range are an internal error. */
function rpcError(
  session: SessionCore,
  call: Call,
  { errorCode, errorMessage }: Extract<ServiceObject, { _: 'rpc_error' }>,
  turn: Turn,
): void {
  if (isRefusedWait(call, errorMessage)) {
    session.calls.again([call])
    session.calls.rows.held++
    return
  }
  const { id } = call
  const code = errorCode === 0 || Math.abs(errorCode) >= 10_000 ? 500 : errorCode
  const refusal = { code, text: errorMessage }
  if (refusedUnbound(session, call, refusal, turn)) return
  answeredInRow(call)
  session.calls.end(id)
  if (session.observed) trace({ _: 'call', step: 'refused', call: id, error: refusalText(code, errorMessage) }, turn)
  turn.out.push({ _: 'refuse', id, code, text: errorMessage })
  answeredUnder(session, refusal, turn)
}

/** The server handled that message of ours. */
export function accepted(session: SessionCore, requestId: bigint, { messageId }: Message, turn: Turn): void {
  session.refusals = 0
  // It can't have answered before it was asked.
  if (requestId - messageId > CLOCK_TOLERANCE) correctClock(session, messageId, turn)
}
