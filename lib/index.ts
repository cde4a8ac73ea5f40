/** The library: https://core.telegram.org/mtproto as streams. Raw calls are in `rxgram/api/<namespace>`. */
export {
  type CallClient,
  type Client,
  type ClientOptions,
  type ClientState,
  type CloseOptions,
  createCaller,
  createClient,
  openCaller,
  openClient,
} from './client.ts'
export * from './core/errors.ts'
export type { Delivery, Interceptor, Invoker, Request } from './core/invoker.ts'
export { gzipCall, type Pack } from './core/protocol/pack.ts'
export type {
  BoxTrace,
  CallStep,
  CallTrace,
  ClientTrace,
  ClockTrace,
  KeyTrace,
  LinkTrace,
  PingTrace,
  RetryTrace,
  SaltTrace,
  SessionTrace,
  TraceEvent,
  Tracer,
  WaitTrace,
} from './core/trace.ts'
export type { DcAddress } from './runtime/dc/endpoints.ts'
export { type Attempt, attempt, type NamedRpcError } from './runtime/rpc/attempt.ts'
export { chain } from './runtime/rpc/chain.ts'
export { type FloodWaitOptions, floodWait } from './runtime/rpc/flood-wait.ts'
export { inOrder } from './runtime/rpc/in-order.ts'
export type { Device } from './runtime/rpc/init.ts'
export { isRequest } from './runtime/rpc/is-request.ts'
export { type Pace, type Pacing, pace } from './runtime/rpc/pace.ts'
export { type Recoveries, recover } from './runtime/rpc/recover.ts'
export { retry } from './runtime/rpc/retry.ts'
export { timeout } from './runtime/rpc/timeout.ts'
export { type CallOptions, within } from './runtime/rpc/within.ts'
export { type Clock, systemClock, systemRandom } from './runtime/rx/clock.ts'
export { iterate, toPromise } from './runtime/rx/promise.ts'
export { lingering, replayed, started } from './runtime/rx/share.ts'
export { memoryStorage } from './runtime/storage/memory.ts'
export type { Change, Records, Storage, Store } from './runtime/storage/storage.ts'
export type { Address, Connect, Dial, Endpoint, Link, OnQuickAck } from './runtime/transport/link.ts'
export { memory } from './runtime/transport/memory.ts'
export { type Mtproxy, type MtproxyOptions, mtproxy } from './runtime/transport/mtproxy.ts'
export type { ProxyServer } from './runtime/transport/proxy-server.ts'
export { race } from './runtime/transport/race.ts'
export { webSocket } from './runtime/transport/websocket.ts'
export type { UpdateBatch } from './runtime/updates/piece.ts'
export type { UpdateName, UpdateOf } from './runtime/updates/router.ts'
export type { Account } from './telegram/auth/account.ts'
export { getMe, type KnownUser } from './telegram/auth/get-me.ts'
export { sendCode } from './telegram/auth/send-code.ts'
export { type SignInParams, signIn } from './telegram/auth/sign-in.ts'
export { signInBot } from './telegram/auth/sign-in-bot.ts'
export { type SignUpParams, signUp } from './telegram/auth/sign-up.ts'
export { type HandleOptions, handle } from './telegram/handle.ts'
export { type LogLevel, type LogOptions, type LogSink, logTo } from './telegram/log-to.ts'
export { hasText } from './telegram/messages/has-text.ts'
export { incoming } from './telegram/messages/incoming.ts'
export { newMessages, type TextMessage } from './telegram/messages/new-messages.ts'
export { reply } from './telegram/messages/reply.ts'
export { type SendTextOptions, sendText } from './telegram/messages/send-text.ts'
export { on } from './telegram/on.ts'
export { asPeerId, type PeerId, peerId, peerOfId } from './telegram/peers/peer-id.ts'
export type { PeerRef } from './telegram/peers/peer-ref.ts'
export { resolvePeer } from './telegram/peers/resolve-peer.ts'
export type { Caller, Fault, Telegram } from './telegram/telegram.ts'
export { traceLine } from './telegram/trace-line.ts'
