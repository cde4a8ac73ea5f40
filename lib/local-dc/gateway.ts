/**
 * Where everything of a local DC meets: links from outside, the machine that knows the protocol, and the methods that
 * know the world. With gateway-call.ts the one place that subscribes.
 */
import { type Observable, Subject, type Subscription } from 'rxjs'
import type { RsaPrivateKey } from '../core/crypto/rsa-private.ts'
import { type Clock, environment } from '../runtime/rx/clock.ts'
import { cold } from '../runtime/rx/cold.ts'
import { machine, type Tools } from '../runtime/rx/machine.ts'
import type { AcceptedLink } from '../runtime/transport/link.ts'
import type { DcAddress, Handlers } from './context.ts'
import type { LocalDcEvent } from './events.ts'
import { type CallParts, publish, runCall } from './gateway-call.ts'
import { Hub, type HubEffect, type HubEvent } from './hub.ts'
import { Keys } from './keys.ts'
import type { Layers } from './layers/layers.ts'
import { builtIn } from './methods/index.ts'
import type { ProxyDoor } from './proxy-door.ts'
import { Sessions } from './sessions.ts'
import type { Fact } from './world/box.ts'
import type { World } from './world/world.ts'

export interface GatewayOptions {
  readonly world: World
  readonly layers: Layers
  readonly privateKey: RsaPrivateKey
  readonly methods: Handlers
  /** What a proxy would let in, and which DCs it would reach. */
  readonly proxy?: { readonly door: ProxyDoor; readonly dcs: number } | undefined
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
}

export interface Gateway {
  /** Hot; never errors, completes when the local DC stops. */
  readonly events$: Observable<LocalDcEvent>
  /** Serves a connection to a DC. `test`: it came by a way that only clients of test DCs take. */
  accept(link: AcceptedLink, dc: number, test?: boolean): void
  /** The main addresses, told by help.getConfig from now on. */
  announce(dcs: readonly DcAddress[]): void
  /** Tells the sessions of all accounts concerned what an operation of the world did. */
  publish(facts: readonly Fact[]): void
}

type Order = Exclude<HubEffect, { readonly _: 'timer' | 'untimer' }>

/**
 * Runs a local DC without any port.
 *
 * Starts: everything is made on subscribe.
 * Emits: the gateway, once, and stays.
 * Errors: an Error when the machine breaks, which is a bug.
 * Unsubscribe: closes all connections and ends all calls.
 */
export function gateway(options: GatewayOptions): Observable<Gateway> {
  return cold((subscriber) => {
    const { world, layers, privateKey, methods, proxy, clock, random } = options
    const inlet = new Subject<HubEvent>()
    const events = new Subject<LocalDcEvent>()
    const keys = new Keys()
    const sessions = new Sessions()
    const links = new Map<number, AcceptedLink>()
    const running = new Map<string, Subscription>()
    const names = new Map<number, string>()
    let dcs: readonly DcAddress[] = []
    let lastLink = 0

    const parts: CallParts = {
      ...{ world, layers, keys, sessions, builtIn, overrides: methods, env: environment(clock, random) },
      dispatch: (event) => inlet.next(event),
      tell: (event) => events.next(event),
      dcs: () => dcs,
      learn: (id, method) => void names.set(id, method),
    }

    const perform = (order: Order, { dispatch, own }: Tools<HubEvent, never>): void => {
      switch (order._) {
        case 'send':
          links.get(order.link)?.send(order.bytes)
          break
        case 'close':
          links.get(order.link)?.close()
          break
        case 'call': {
          const key = `${order.live.name}#${order.query}`
          const run = runCall(parts, order.live, order.query, order.call)
          if (run === undefined || run.closed) break
          running.set(key, own(run))
          run.add(() => running.delete(key))
          break
        }
        case 'cancel':
          running.get(`${order.live.name}#${order.query}`)?.unsubscribe()
          break
        case 'later':
          dispatch(order.event)
          break
        case 'tell':
          events.next(order.event)
      }
    }

    const accept = (link: AcceptedLink, dc: number, test = false): void => {
      const id = ++lastLink
      const closed = () => {
        links.delete(id)
        inlet.next({ _: 'closed', link: id })
      }
      links.set(id, link)
      inlet.next({ _: 'opened', link: id, dc, remote: link.remote, test })
      subscriber.add(
        link.incoming$.subscribe({
          next: (bytes) => inlet.next({ _: 'received', link: id, bytes }),
          error: closed,
          complete: closed,
        }),
      )
    }

    subscriber.add(() => {
      for (const link of [...links.values()]) link.close()
      events.complete()
    })
    const hub = () => new Hub({ privateKey, keys, sessions, proxy, methodName: (id) => names.get(id) })
    subscriber.add(
      inlet
        .pipe(machine<HubEvent, HubEffect, never>(hub, perform, { clock, random }))
        .subscribe({ error: (error) => subscriber.error(error) }),
    )
    subscriber.next({
      events$: events.asObservable(),
      accept,
      announce: (list) => {
        dcs = list
      },
      publish: (facts) => publish(parts, facts),
    })
  })
}
