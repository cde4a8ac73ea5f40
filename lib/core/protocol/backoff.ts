/**
 * When to try again after a lost connection, as a function of what happened so far.
 * https://core.telegram.org/mtproto/transports#transport-errors for the flood.
 */

/** 1, 2, 4, 8, 16 seconds: what the good clients do. */
const FIRST_DELAY = 1_000
const LAST_DELAY = 16_000

/** Up to a quarter more, so that many clients don't come back at the same moment. */
const JITTER = 0.25

/** "Transport flood" (-429): too many connections came from here, so the next waits as after the fourth failure. */
export const FLOOD_FAILURES = 4

/** Never more connections than this: so many within so many milliseconds. */
interface Limit {
  readonly connects: number
  readonly within: number
}
const USUAL: readonly Limit[] = [{ connects: 5, within: 10_000 }]
/** After a flood, and after a server or a client that broke the protocol. */
const TROUBLED: readonly Limit[] = [
  { connects: 1, within: 1_000 },
  { connects: 2, within: 4_000 },
  { connects: 3, within: 8_000 },
]

/** So many of the last connects have to be remembered for that. */
export const CONNECTS_REMEMBERED = 5

/** When the next connection may be begun at the earliest, whoever wants it, by the times at which the last ones were. */
export function earliestConnect(connects: readonly number[], isTroubled: boolean): number {
  const limits = isTroubled ? [...USUAL, ...TROUBLED] : USUAL
  return Math.max(...limits.map((limit) => (connects.at(-limit.connects) ?? Number.NEGATIVE_INFINITY) + limit.within))
}

/** How many milliseconds to wait after that many failures in a row. */
export function reconnectDelay(failures: number, random: (length: number) => Uint8Array): number {
  const delay = Math.min(LAST_DELAY, FIRST_DELAY * 2 ** Math.max(0, failures - 1))
  const [low = 0, high = 0] = random(2)
  return Math.round(delay * (1 + (JITTER * (low + 256 * high)) / 65_535))
}
