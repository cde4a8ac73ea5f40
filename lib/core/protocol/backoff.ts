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

/** How many milliseconds to wait after that many failures in a row. */
export function reconnectDelay(failures: number, random: (length: number) => Uint8Array): number {
  const delay = Math.min(LAST_DELAY, FIRST_DELAY * 2 ** Math.max(0, failures - 1))
  const [low = 0, high = 0] = random(2)
  return Math.round(delay * (1 + (JITTER * (low + 256 * high)) / 65_535))
}
