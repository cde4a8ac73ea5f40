/** The addresses of a name, as the system knows them. */
import { lookup as systemLookup } from 'node:dns'
import { isIP } from 'node:net'
import { type Observable, of } from 'rxjs'
import { cold } from '../rx/cold.ts'

/** Finds the addresses of a name, best first. Errors as Node does, with a `code`. */
export type Lookup = (host: string) => Observable<readonly string[]>

/**
 * Asks the system; an address is its own answer.
 *
 * Starts: asks on subscribe.
 * Emits: the addresses, best first (RFC 6724), then completes.
 * Errors: as Node does: ENOTFOUND, EAI_AGAIN.
 * Unsubscribe: forgets the question.
 *
 *     lookup:    ---(a|)      a: its addresses
 */
export function lookup(host: string): Observable<readonly string[]> {
  if (isIP(host) !== 0) return of([host])
  return cold((subscriber) => {
    systemLookup(host, { all: true, verbatim: true }, (error, found) => {
      if (error !== null) {
        subscriber.error(error)
        return
      }
      subscriber.next(found.map(({ address }) => address))
      subscriber.complete()
    })
  })
}
