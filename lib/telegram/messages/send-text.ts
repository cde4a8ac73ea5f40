/** Sends words. */
import { catchError, map, type Observable, switchMap, tap, throwError } from 'rxjs'
import { sendMessage } from '#api/messages'
import type { InputPeer, InputReplyTo, MessageEntity, MessagesSendMessageParams } from '../../api/types.ts'
import { DecodeError, isRpcError } from '../../core/errors.ts'
import type { PeerRef } from '../peers/peer-ref.ts'
import { resolvePeer } from '../peers/resolve-peer.ts'
import type { Caller } from '../telegram.ts'
import { createIntent, type RandomId } from './intent.ts'
import type { TextMessage } from './new-messages.ts'
import { isSent, sentBefore } from './sent-before.ts'
import { sentMessage } from './sent-message.ts'

export interface SendTextOptions {
  /** The message that this one answers. */
  readonly replyTo?: number | InputReplyTo | undefined
  readonly entities?: readonly MessageEntity[] | undefined
  /** Without a sound at the other side. */
  readonly silent?: boolean | undefined
  /**
   * Names the intent: all sends with the same account, peer and key are one message, also after a restart. Without it
   * each success is a message of its own.
   */
  readonly key?: string | undefined
}

/**
 * Sends a text message.
 *
 * Starts: on subscribe one call, two if the peer must be looked up first. Subscriptions at the same time, or after a
 * success, are messages of their own. One after an error or an unsubscribe repeats the message that was left so, and the
 * server takes it for the one that it may have.
 * Emits: the message as the server made it, once, then completes.
 * Errors: UsageError for a peer that leads nowhere; as every call.
 * Unsubscribe: cancels the call. A message that was already sent stays sent.
 *
 * @example
 * sendText(tg, '@durov', 'hi').subscribe((message) => console.log(message.id))
 */
export function sendText(
  tg: Caller,
  peer: PeerRef,
  text: string,
  options: SendTextOptions = {},
): Observable<TextMessage> {
  const { replyTo, entities, silent, key } = options
  const source = typeof peer === 'object' ? JSON.stringify(peer, withBigints) : String(peer)
  const intent = createIntent(tg.context.random, `sendText ${source}`, key)

  const send = (inputPeer: InputPeer, self: number, id: RandomId): Observable<TextMessage> => {
    const params: MessagesSendMessageParams = {
      peer: inputPeer,
      message: text,
      randomId: id(self),
      silent,
      entities,
      replyTo: typeof replyTo === 'number' ? { _: 'inputReplyToMessage', replyToMsgId: replyTo } : replyTo,
    }
    return sendMessage(tg, params).pipe(
      map((answer) => {
        const message = sentMessage(answer, params, self)
        if (message === undefined) throw new DecodeError(`expected the sent message in the answer, got ${answer._}`)
        return message
      }),
      catchError((error: unknown) =>
        isRpcError(error, 'RANDOM_ID_DUPLICATE') ? sentBefore(tg, params, self, error) : throwError(() => error),
      ),
      tap((message) => isSent(tg, message, params.randomId)),
    )
  }

  return intent.attempt((id) =>
    tg.context.known$.pipe(
      switchMap((account) => {
        const self = account._ === 'signedIn' ? account.id : 0
        return resolvePeer(tg, peer).pipe(switchMap((inputPeer) => send(inputPeer, self, id)))
      }),
    ),
  )
}

function withBigints(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}
