/** The bounds of the world. Whatever is full is refused, or forgets its oldest part, as each line says. */
export const limits = {
  /** Accounts: more are refused. */
  accounts: 10_000,
  /** Messages in one account's box: more are refused with PEER_FLOOD. */
  messages: 100_000,
  /** Entries in one account's log: the oldest are forgotten, and a difference from before them is too long. */
  log: 100_000,
  /** The entries that are forgotten at once, so that forgetting is cheap. */
  logStep: 10_000,
  /** Remembered random ids of one account: the oldest are forgotten. */
  randomIds: 100_000,
  /** Login codes that wait for an answer: the oldest are forgotten. */
  codes: 1_000,
  /** Wrong answers to one login code before it is worth nothing. */
  codeTries: 5,
  /** Seconds that a login code is good for. */
  codeLife: 300,
  /** UTF-16 units of a message's text, as `config.message_length_max` says. */
  text: 4096,
  /** Entities of a message: more are refused. */
  entities: 100,
  /** Seconds in which people may edit what they sent, as `config.edit_time_limit` says. */
  editAge: 172_800,
  /** UTF-16 units of a first or last name. */
  name: 64,
} as const
