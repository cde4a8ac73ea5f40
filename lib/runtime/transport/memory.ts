/** Links without a network, for tests, simulations and a local DC in the same process. */
import { concat, defer, dematerialize, ignoreElements, materialize, merge, type Observable } from 'rxjs'
import { TransportError } from '../../core/errors.ts'
import type { Clock } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'
import { type Carrier, lateCarrier, promptCarrier } from './carrier.ts'
import { type Inbox, inbox } from './inbox.ts'
import type { AcceptedLink, Connect, Endpoint, Link } from './link.ts'
import { checkedOptions, type PacketOptions, packets } from './packets.ts'

/** Takes the accepting end of a new connection. Throws a TransportError to refuse it. */
export type Accept = (link: AcceptedLink, endpoint: Endpoint) => void

/** Cuts what is sent at once into the pieces that arrive. */
export type Cut = (bytes: Uint8Array) => Iterable<Uint8Array>

export interface MemoryOptions extends PacketOptions {
  /** What is sent arrives in one piece if not given. */
  readonly cut?: Cut | undefined
  /** With a clock all that is sent takes `latency` milliseconds of it; without one it takes no time. */
  readonly clock?: Clock | undefined
  /** One way, in milliseconds; 0 if not given. */
  readonly latency?: number | undefined
}

/**
 * The transport within one process. Each connection is handed to `accept` as a link of bytes, as from a socket.
 *
 * The links that it returns for an endpoint:
 *
 * Starts: on subscribe, one connection for each subscription; its other end goes to `accept`.
 * Emits: the open link of packets, once, and stays; completes when the other end was closed.
 * Errors: TransportError when `accept` refuses, or the other end was reset.
 * Unsubscribe: closes the connection. What was sent before still arrives, now.
 *
 *     accept:   --o------x          o: takes its end, of bytes   x: closes it
 *     memory:   --P------|          P: the link of packets
 */
export function memory(accept: Accept, options: MemoryOptions = {}): Connect {
  checkedOptions(options)
  return (endpoint) => memoryLink(endpoint, accept, options).pipe(packets(endpoint, options))
}

/**
 * A link of bytes to `accept`.
 *
 * Starts: on subscribe, one connection for each subscription; its other end goes to `accept`.
 * Emits: the open link, once, and stays; completes when the other end was closed.
 * Errors: TransportError when `accept` refuses, or the other end was reset.
 * Unsubscribe: closes the connection. What was sent before still arrives, now.
 *
 *     accept:       --o------x          o: takes its end   x: closes it
 *     memoryLink:   --L------|
 */
export function memoryLink(endpoint: Endpoint, accept: Accept, options: MemoryOptions = {}): Observable<Link> {
  const { clock, cut, latency = 0 } = options
  if (clock === undefined) return defer(() => dialled(endpoint, accept, promptCarrier(), cut))
  const late$ = clock.after(latency).pipe(ignoreElements())
  return defer(() => {
    const carrier = lateCarrier(late$)
    const link$ = concat(late$, dialled(endpoint, accept, carrier, cut))
    // Materialized, so that the end of the link is the end of the carrier as well.
    return merge(carrier.running$, link$.pipe(materialize())).pipe(dematerialize())
  })
}

/**
 * Two joined links of bytes: what one sends, the other receives, at once but never inside another delivery.
 *
 * The `incoming$` of each:
 *
 * Starts: nothing; the links are open from the beginning. What comes before somebody reads is kept.
 * Emits: the pieces that the other end sent, in order; completes when either end was closed.
 * Errors: TransportError when the other end was reset, or when more than 16 MiB wait for a reader.
 * Unsubscribe: reads no more; the links stay open.
 *
 *     near sends:       --a---b---x       x: closes
 *     far incoming$:    --a---b---|
 *     near incoming$:   ----------|
 */
export function linkPair(options: { readonly cut?: Cut | undefined } = {}): readonly [AcceptedLink, AcceptedLink] {
  return joined(promptCarrier(), options.cut, () => {})
}

function dialled(endpoint: Endpoint, accept: Accept, carrier: Carrier, cut: Cut | undefined): Observable<Link> {
  return cold((subscriber) => {
    const [near, far] = joined(carrier, cut, (error) => {
      if (error === undefined) subscriber.complete()
      else subscriber.error(error)
    })
    subscriber.add(() => {
      near.close()
      carrier.flush()
    })
    accept(far, endpoint)
    subscriber.next(near)
  })
}

/** `ended` is told when the second link ends the first one, after the first one's reader. */
function joined(
  carrier: Carrier,
  cut: Cut | undefined,
  ended: (error?: Error) => void,
): readonly [AcceptedLink, AcceptedLink] {
  const near = inbox()
  const far = inbox()
  const heard: Pick<Inbox, 'push' | 'end' | 'fail'> = {
    push: (bytes) => near.push(bytes),
    end() {
      near.end()
      ended()
    },
    fail(error) {
      near.fail(error)
      ended(error)
    },
  }
  return [linkEnd('memory:far', near, far, carrier, cut), linkEnd('memory:near', far, heard, carrier, cut)]
}

function linkEnd(
  remote: string,
  mine: Inbox,
  other: Pick<Inbox, 'push' | 'end' | 'fail'>,
  carrier: Carrier,
  cut: Cut = (bytes) => [bytes],
): AcceptedLink {
  let buffered = 0
  let over = false

  function finish(tellOther: () => void): void {
    if (over) return
    over = true
    carrier.carry(tellOther)
    mine.end()
  }

  return {
    remote,
    incoming$: mine.incoming$,
    send(bytes) {
      if (over) return
      for (const piece of cut(bytes)) {
        buffered += piece.length
        carrier.carry(() => {
          buffered -= piece.length
          other.push(piece)
        })
      }
    },
    get buffered() {
      return buffered
    },
    close: () => finish(other.end),
    reset: () => finish(() => other.fail(new TransportError(`the connection to ${remote} broke: reset`, 'unknown'))),
  }
}
