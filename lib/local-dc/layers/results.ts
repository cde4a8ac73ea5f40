/**
 * Answers whose type differs between layers: what the project's layer answers, as the type that the other layer
 * expects. Asked only where the types really differ; undefined means that there is no such answer.
 */
import type { TlObject } from './codec.ts'

/** Makes another object of the project's own layer, which is then written as the other layer's type. */
export type ResultConverter = (value: TlObject) => TlObject | undefined

/** By the name of the method. */
export const RESULTS: Readonly<Record<string, ResultConverter>> = {
  // Up to layer 224 these answered with the Updates themselves; a bot that has to be asked first was unknown.
  'channels.joinChannel': joinUpdates,
  'messages.importChatInvite': joinUpdates,
}

function joinUpdates(value: TlObject): TlObject | undefined {
  return value._ === 'messages.chatInviteJoinResultOk' ? (value['updates'] as TlObject) : undefined
}
