/** A Telegram server for development and tests, in this process: https://core.telegram.org/mtproto */
import { combineLatest, defer, ignoreElements, map, merge, type Observable, of, switchMap, tap } from 'rxjs'
import { generatePrivateKey } from '../core/crypto/rsa-private.node.ts'
import { parsePrivateKey, publicKeyPem, type RsaPrivateKey } from '../core/crypto/rsa-private.ts'
import { UsageError } from '../core/errors.ts'
import { systemClock, systemRandom } from '../runtime/rx/clock.ts'
import { memory } from '../runtime/transport/memory.ts'
import type { DcAddress, Handlers } from './context.ts'
import { type Gateway, gateway } from './gateway.ts'
import { layersOf } from './layers/layers.ts'
import { type Listener, listen } from './listen.node.ts'
import type { ListenAddress, LocalDc, LocalDcOptions } from './options.ts'
import { type Place, placesOf } from './places.ts'
import { populate } from './populate.ts'
import { ProxyDoor } from './proxy-door.ts'
import type { World } from './world/world.ts'

/** Any application is accepted; these are ones to name. */
const API_ID = 1
const API_HASH = '0123456789abcdef0123456789abcdef'

/**
 * Runs a local DC.
 *
 * Starts: makes the world and listens, on subscribe; each subscription is a server of its own.
 * Emits: the running DC, once, when it is ready, and stays.
 * Errors: UsageError for options that can't be, TransportError when a port can't be had.
 * Unsubscribe: stops it: ports and connections are closed, calls ended, and the world is gone.
 */
export function startLocalDc(options: LocalDcOptions = {}): Observable<LocalDc> {
  return defer(() => {
    const { clock = systemClock, random = systemRandom, methods = {}, mtproxySecrets = [] } = options
    const places = placesOf(options)
    const proxy = { door: new ProxyDoor(mtproxySecrets), dcs: places.length }
    const privateKey = options.privateKey === undefined ? generatePrivateKey() : givenKey(options.privateKey)
    const layers = layersOf({ schemas: options.layerSchemas })
    checkMethods(methods, layers.methods)
    const env = { now: clock.now(), elapsed: clock.elapsed(), random }
    const { world, users, bots } = populate(options, env)
    const { faults, executed, trace } = options
    return gateway({ world, layers, privateKey, methods, proxy, clock, random, faults, executed, trace }).pipe(
      switchMap((running) =>
        opened(places, running).pipe(
          tap(({ dcs }) => running.announce(dcs)),
          map(({ dcs, listening }) => ({
            dcs,
            listening,
            users,
            bots,
            proxyLinks: options.listen === false ? [] : mtproxySecrets.map((secret) => linkTo(dcs[0]!, secret)),
            ...described(running, world, privateKey),
          })),
        ),
      ),
    )
  })
}

function givenKey(pem: string): RsaPrivateKey {
  try {
    return parsePrivateKey(pem)
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`privateKey: ${error.message}`) : error
  }
}

/** A name that is none would never be called, and a value that is no function would break each call. */
function checkMethods(methods: Handlers, known: readonly string[]): void {
  const names = new Set(known)
  for (const [name, handler] of Object.entries(methods) as [string, unknown][]) {
    if (!names.has(name)) {
      const near = known.filter((each) => each.toLowerCase() === name.toLowerCase() || each.endsWith(`.${name}`))
      const expected = near.length === 0 ? 'the name of a method of the schema' : near.join(' or ')
      throw new UsageError(`methods: expected ${expected}, got ${name}`)
    }
    if (typeof handler !== 'function')
      throw new UsageError(`methods['${name}']: expected a function, got ${handler === null ? 'null' : typeof handler}`)
  }
}

interface Addresses {
  readonly dcs: readonly DcAddress[]
  readonly listening: readonly ListenAddress[]
}

/** Opens every port, and emits once all are open. */
function opened(places: readonly Place[], running: Gateway): Observable<Addresses> {
  const each = places.map((place) => openedPlace(place, running))
  return combineLatest(each).pipe(
    map((all) => ({ dcs: all.flatMap(({ dcs }) => dcs), listening: all.flatMap(({ listening }) => listening) })),
  )
}

function openedPlace({ dc, main, more }: Place, running: Gateway): Observable<Addresses> {
  // Nobody dials a DC that is reached in memory alone; the address is one that clients can keep.
  if (main === undefined) return of({ dcs: [{ id: dc, host: '127.0.0.1', port: dc }], listening: [] })
  const serve = (host: string, port: number) => served(listen({ host, port }), dc, running)
  const isShared = main.port !== 0 && main.port === main.wsPort
  const ports = [serve(main.host, main.port), ...(isShared ? [] : [serve(main.host, main.wsPort)])]
  return combineLatest([...ports, ...more.map(({ host, port }) => serve(host, port))]).pipe(
    map((listeners) => {
      const [tcp, ws = tcp] = listeners.slice(0, ports.length) as [Listener, Listener?]
      const address = { id: dc, host: tcp.host, port: tcp.port, ws: `ws://${bracketed(ws.host)}:${ws.port}/apiws` }
      const listening = listeners.slice(ports.length).map(({ host, port }) => ({ dc, host, port }))
      return { dcs: [address], listening }
    }),
  )
}

/** An open port whose connections go to the gateway. */
function served(listener$: Observable<Listener>, dc: number, running: Gateway): Observable<Listener> {
  return listener$.pipe(
    switchMap((listener) => {
      const accepted$ = listener.links$.pipe(
        tap((link) => running.accept(link, dc, link.test)),
        ignoreElements(),
      )
      return merge(accepted$, of(listener))
    }),
  )
}

function linkTo({ host, port }: DcAddress, secret: string): string {
  return `tg://proxy?${new URLSearchParams({ server: host, port: String(port), secret })}`
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function described(
  running: Gateway,
  world: World,
  privateKey: RsaPrivateKey,
): Omit<LocalDc, keyof Addresses | 'users' | 'bots' | 'proxyLinks'> {
  const accept: LocalDc['accept'] = (link, endpoint) => running.accept(link, endpoint.dc, endpoint.test)
  return {
    publicKeyPem: publicKeyPem(privateKey.public),
    fingerprint: privateKey.public.fingerprint,
    apiId: API_ID,
    apiHash: API_HASH,
    events$: running.events$,
    accept,
    connect: memory(accept),
    world,
    publish: running.publish,
    orders: running.orders,
    keys: running.keys,
  }
}
