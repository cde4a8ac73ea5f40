/** `rxgram/local-dc`: an embedded Telegram server that real clients accept. */
export { RpcError } from '../core/errors.ts'
export type { Context, DcAddress, Handler, Handlers, MethodName } from './context.ts'
export { me } from './context.ts'
export type { LocalDcEvent } from './events.ts'
export type {
  CallFate,
  Faults,
  IncomingCall,
  OutgoingMessage,
  Outlet,
  Place,
  ReceivedMessage,
} from './faults.ts'
export type { KeyOverview } from './keys.ts'
export type { LayerSchema } from './layers/layers.ts'
export type { ListenAddress, LocalBot, LocalDc, LocalDcOptions, LocalUser } from './options.ts'
export type { Orders, PlantedKey } from './orders.ts'
export { refuse } from './refuse.ts'
export { startLocalDc } from './start-local-dc.node.ts'
export { addBot, addUser, type NewBot, type NewUser } from './world/account.ts'
export type { Box, Change, Content, Copy, Dialog, Entry, Fact, Reply } from './world/box.ts'
export { edit } from './world/edit.ts'
export { read } from './world/read.ts'
export { remove } from './world/remove.ts'
export { type Draft, type Sent, send } from './world/send.ts'
export type { Account, World } from './world/world.ts'
