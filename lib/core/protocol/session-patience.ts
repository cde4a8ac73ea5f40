/**
 * How long a session waits for its server before it looks into the silence, by the round trip that it measures with
 * pings. https://core.telegram.org/mtproto/service_messages#deferred-connection-closure--ping
 */

/** What is known of the way to the server and back. */
interface Way {
  /** The round trip in milliseconds, smoothed; undefined before the first. */
  readonly rtt: number | undefined
  /** How many links in a row fell silent: maybe the way is slower than we think. */
  readonly silences: number
}

/** A ping at least so often, in milliseconds, */
export const PING_INTERVAL = 60_000
/** and up to so many later, so that many clients do not ping at the same moment. */
export const PING_JITTER = 5_000

/** Nobody is waited for less than this, however near, and so long while nothing was measured. */
const LEAST = 2_000
/** However often links fell silent: no longer than this. */
const MOST = 16_000

/** A call without an answer is asked about after this at the earliest, */
const LEAST_LATE = 1_500
/** and again after twice as long each time, up to this; so late, too, when the server said that it has it. */
export const MOST_LATE = 60_000

/** What the last measurement counts. */
const WEIGHT = 0.25

/** A server closes a link when so many seconds more than necessary passed without a ping. */
const SPARE = 5

/** How long an answer may take on its way, with some room; in milliseconds, like all of these. */
function longTrip(rtt: number | undefined): number {
  return rtt === undefined ? LEAST : 1.5 * rtt + 1_000
}

/** With a call under way, silence is looked into after this. */
export function patience({ rtt, silences }: Way): number {
  return Math.min(Math.max(LEAST, longTrip(rtt)) * 2 ** silences, Math.max(MOST, longTrip(rtt)))
}

/** Nothing at all for so long after a ping: the link is dead. */
export function pongLimit(way: Way): number {
  return 2.5 * patience(way)
}

/** A call that was asked about so many times is asked about again after this. */
export function lateAfter({ rtt }: Way, asked: number): number {
  return Math.min(MOST_LATE, Math.max(LEAST_LATE, longTrip(rtt)) * 2 ** asked)
}

/** The seconds without a ping after which the server closes the link: more than ever pass on a link that is good. */
export function disconnectDelay(way: Way): number {
  return Math.ceil((PING_INTERVAL + PING_JITTER + pongLimit(way)) / 1_000) + SPARE
}

/** What the round trip is taken for after one more measurement. */
export function smoothed(rtt: number | undefined, measured: number): number {
  return rtt === undefined ? measured : rtt + WEIGHT * (measured - rtt)
}
