/** Ids in real schemas that are not the CRC-32 of their declaration, each with the reason. Any other is a mistake. */

/** `name#id`, the id with eight digits, to the reason. */
export const KNOWN_EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ['ipPortSecret#37982646', 'hashed with `bytes` left as it is'],
  ['accessPointRule#4679b65f', 'chosen by hand; part of the backup configuration'],
  ['help.configSimple#5a592a6c', 'chosen by hand; part of the backup configuration'],
  ['decryptedMessageMediaDocument#6abd9782', 'kept when its size became a long in layer 143 of secret chats'],
])
