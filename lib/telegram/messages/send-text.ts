/** Sends words. */
import { catchError, map, type Observable, switchMap, throwError } from 'rxjs'
import { getHistory, sendMessage } from '../../api/messages.ts'
import type { InputPeer, InputReplyTo, MessageEntity, MessagesSendMessageParams } from '../../api/types.ts'
import { DecodeError, isRpcError } from '../../core/errors.ts'
import type { PeerRef } from '../peers/peer-ref.ts'
import { resolvePeer } from '../peers/resolve-peer.ts'
import type { Telegram } from '../telegram.ts'
import { createIntent, type RandomId } from './intent.ts'
import type { TextMessage } from './new-messages.ts'
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

/** How far back the original of a repeated message is looked for. */
const RECENT = 20

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
  tg: Telegram,
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
        isRpcError(error, 'RANDOM_ID_DUPLICATE') ? original(tg, params, error) : throwError(() => error),
      ),
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

/** An earlier attempt succeeded and its answer was lost: the message is among the last ones of the chat. */
function original(tg: Telegram, { peer, message }: MessagesSendMessageParams, error: unknown): Observable<TextMessage> {
  const all = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: RECENT, maxId: 0, minId: 0, hash: 0n }
  return getHistory(tg, { peer, ...all }).pipe(
    map((history) => {
      const recent = 'messages' in history ? history.messages : []
      const found = recent.find((each) => each._ === 'message' && each.out && each.message.trim() === message.trim())
      if (found?._ !== 'message') throw error
      return found
    }),
  )
}

function withBigints(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}
