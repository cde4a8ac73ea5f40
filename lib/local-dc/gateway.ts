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
import type { Faults, IncomingCall, Place } from './faults.ts'
import { type CallParts, publish, runCall } from './gateway-call.ts'
import { Hub, type HubEffect, type HubEvent } from './hub.ts'
import { type KeyOverview, Keys, overviewOf } from './keys.ts'
import type { Layers } from './layers/layers.ts'
import { messageEvents } from './message-events.ts'
import { builtIn } from './methods/index.ts'
import { type Orders, ordersFor } from './orders.ts'
import type { ProxyDoor } from './proxy-door.ts'
import type { ServerSession, SessionFaults } from './session/server-session.ts'
import { type LiveSession, Sessions } from './sessions.ts'
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
  /** How it is to lie. */
  readonly faults?: Faults | undefined
  /** Whether every message is told. */
  readonly trace?: boolean | undefined
  /** Told of every call that runs, before the world looks whether it ran before. */
  readonly executed?: ((call: IncomingCall) => void) | undefined
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
  /** What may be done to it. */
  readonly orders: Orders
  /** The auth keys that it knows now. */
  keys(): readonly KeyOverview[]
}

/**
 * How many bytes may wait for one client. Whoever lets more pile up does not read: its connection is reset, which frees
 * them. It loses nothing by that: when it comes back, its session and the log of updates are still there.
 */
const MAX_WAITING = 16 * 1024 * 1024

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
    const { world, layers, privateKey, methods, proxy, clock, random, trace = false } = options
    const inlet = new Subject<HubEvent>()
    const events = new Subject<LocalDcEvent>()
    const tell = (event: LocalDcEvent): void => events.next(event)
    const faults = trace ? messageEvents(options.faults, { tell, named: layers.named }) : options.faults
    const links = new Map<number, AcceptedLink>()
    const names = new Map<number, string>()
    const keys = new Keys()
    const place = placer(names)
    const bent = faults === undefined ? undefined : bending(faults, place)
    const sessions = new Sessions(bent)
    let dcs: readonly DcAddress[] = []

    const parts: CallParts = {
      world,
      layers,
      keys,
      sessions,
      builtIn,
      overrides: methods,
      env: environment(clock, random),
      dispatch: (event) => inlet.next(event),
      tell,
      dcs: () => dcs,
      learn: (id, method) => void names.set(id, method),
      incoming: faults?.incoming?.bind(faults),
      executed: options.executed,
    }
    subscriber.add(() => {
      for (const link of links.values()) link.close()
      events.complete()
    })
    const lies = faults && {
      hooks: faults,
      place: (live: LiveSession, link: number) => place(live.name, link, live.session),
    }
    const hub = () => new Hub({ privateKey, keys, sessions, proxy, methodName: (id) => names.get(id), faults: lies })
    const running$ = inlet.pipe(machine<HubEvent, HubEffect, never>(hub, performer(parts, links), { clock, random }))
    subscriber.add(running$.subscribe({ error: (error: unknown) => subscriber.error(error) }))
    subscriber.next({
      events$: events.asObservable(),
      accept: acceptor(links, parts.dispatch, subscriber),
      announce: (list) => {
        dcs = list
      },
      publish: (facts) => publish(parts, facts),
      orders: ordersFor((order) => parts.dispatch({ _: 'order', order })),
      keys: () => keys.all().map(overviewOf),
    })
  })
}

/** Says where something happens, to those who bend it. */
function placer(names: ReadonlyMap<number, string>): (name: string, link: number, session: ServerSession) => Place {
  return (name, link, session) => ({
    link,
    session: name,
    method(messageId) {
      const id = session.methodOf(messageId)
      return id === undefined ? undefined : names.get(id)
    },
  })
}

function bending(hooks: Faults, place: ReturnType<typeof placer>): (name: string) => SessionFaults {
  return (name) => ({ hooks, place: (link, session) => place(name, link, session) })
}

/** Does what the machine orders. */
function performer(
  parts: CallParts,
  links: ReadonlyMap<number, AcceptedLink>,
): (order: Order, tools: Tools<HubEvent, never>) => void {
  const running = new Map<string, Subscription>()
  const keyOf = (order: Extract<Order, { readonly _: 'call' | 'cancel' }>) => `${order.live.name}#${order.query}`
  return (order, { dispatch, own }) => {
    switch (order._) {
      case 'send':
        sendOn(links.get(order.link), order, parts)
        break
      case 'close':
        links.get(order.link)?.close()
        break
      case 'call': {
        const run = runCall(parts, order.live, order.query, order.call)
        if (run === undefined || run.closed) break
        const key = keyOf(order)
        running.set(key, own(run))
        run.add(() => running.delete(key))
        break
      }
      case 'cancel':
        running.get(keyOf(order))?.unsubscribe()
        break
      case 'later':
        dispatch(order.event)
        break
      case 'tell':
        parts.tell(order.event)
    }
  }
}

function sendOn(
  link: AcceptedLink | undefined,
  { link: number, bytes }: Extract<Order, { readonly _: 'send' }>,
  { tell }: CallParts,
): void {
  if (link === undefined) return
  const { buffered } = link
  if (buffered <= MAX_WAITING) {
    link.send(bytes)
    return
  }
  const expected = `expected a client that reads, got one with ${buffered} bytes waiting`
  tell({ event: 'fault', message: `connection ${number}: ${expected}: reset` })
  link.reset()
}

/** Takes connections in: each gets a number, and what it brings becomes events. */
function acceptor(
  links: Map<number, AcceptedLink>,
  dispatch: (event: HubEvent) => void,
  life: Subscription,
): Gateway['accept'] {
  let last = 0
  return (accepted, dc, test = false) => {
    const link = ++last
    const closed = () => {
      links.delete(link)
      dispatch({ _: 'closed', link })
    }
    links.set(link, accepted)
    dispatch({ _: 'opened', link, dc, remote: accepted.remote, test })
    life.add(
      accepted.incoming$.subscribe({
        next: (bytes) => dispatch({ _: 'received', link, bytes }),
        error: closed,
        complete: closed,
      }),
    )
  }
}
