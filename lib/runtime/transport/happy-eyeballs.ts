/** Several addresses of one place, of IPv4 and IPv6: RFC 8305, "Happy Eyeballs". */
import type { Observable } from 'rxjs'
import type { Clock } from '../rx/clock.ts'
import { addressText } from './address-text.ts'
import { firstOpened } from './first-opened.ts'
import type { Address } from './link.ts'

/** How long one address is tried alone, in milliseconds: "Connection Attempt Delay" (RFC 8305, section 5). */
export const ATTEMPT_DELAY: number = 250

/** More are not tried for one link. */
const MAX_ADDRESSES = 16

/**
 * Dials the addresses of one place in turn, families alternating, until one answers. The first stays the first, and one
 * that is there twice is dialled once.
 *
 * Starts: dials the first on subscribe, the next after 250 ms or a failure.
 * Emits: the first link (or whatever `dial` opens) and stays with it; the others are closed.
 * Errors: as `firstOpened`.
 * Unsubscribe: leaves all that were dialled.
 *
 *     first:          ^--------!            dialled, silent
 *     second:         -----^---a            250 ms later; answers
 *     happyEyeballs:  ---------a
 */
export function happyEyeballs<Opened>(
  addresses: readonly Address[],
  dial: (address: Address) => Observable<Opened>,
  clock: Clock,
): Observable<Opened> {
  // What a server tells and what is built in are often the same.
  const different = [...new Map(addresses.map((address) => [addressText(address), address])).values()]
  const attempts = alternating(different).slice(0, MAX_ADDRESSES)
  return firstOpened(attempts.map(dial), { clock, delay: ATTEMPT_DELAY })
}

/** Takes turns between the families, beginning with that of the first; inside a family the order stays (section 4). */
export function alternating(addresses: readonly Address[]): readonly Address[] {
  const isSix = ({ host }: Address): boolean => host.includes(':')
  const [first] = addresses
  if (first === undefined) return []
  const mine = addresses.filter((each) => isSix(each) === isSix(first))
  const others = addresses.filter((each) => isSix(each) !== isSix(first))
  return Array.from({ length: Math.max(mine.length, others.length) }, (_, index) => [
    ...mine.slice(index, index + 1),
    ...others.slice(index, index + 1),
  ]).flat()
}
