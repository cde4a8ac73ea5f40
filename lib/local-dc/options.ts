/** What a local DC can be told, and what it tells when it is ready. */
import type { Observable } from 'rxjs'
import type { Clock } from '../runtime/rx/clock.ts'
import type { Connect } from '../runtime/transport/link.ts'
import type { Accept } from '../runtime/transport/memory.ts'
import type { DcAddress, Handlers } from './context.ts'
import type { LocalDcEvent } from './events.ts'
import type { Faults, IncomingCall } from './faults.ts'
import type { KeyOverview } from './keys.ts'
import type { LayerSchema } from './layers/layers.ts'
import type { Orders } from './orders.ts'
import type { NewBot, NewUser } from './world/account.ts'
import type { Fact } from './world/box.ts'
import type { World } from './world/world.ts'

export interface LocalDcOptions {
  /** Where to listen; `127.0.0.1` if not given. */
  readonly host?: string | undefined
  /** DC i listens on port + i - 1; 0, free ports, if not given. */
  readonly port?: number | undefined
  /** The WebSocket port of DC i is wsPort + i - 1; 0, free ports, if not given. Every port takes both carriers. */
  readonly wsPort?: number | undefined
  /** How many DCs there are: 1 to `dcs`; 1 if not given. */
  readonly dcs?: number | undefined
  /** More addresses of single DCs. `false`: no port at all, `connect` is the only way in. */
  readonly listen?: readonly ListenAddress[] | false | undefined
  /** The RSA key as PEM text, PKCS #1 or PKCS #8; a new one if not given. */
  readonly privateKey?: string | undefined
  /** People: with test numbers, +99966DNNNN, whose login code is DDDDD. Others may sign up. */
  readonly users?: readonly NewUser[] | undefined
  /** Bots; one called echo_bot if not given. */
  readonly bots?: readonly NewBot[] | undefined
  /** Layers that clients may speak besides the library's own. */
  readonly layerSchemas?: readonly LayerSchema[] | undefined
  /**
   * Secrets by which connections may come as to an MTProxy: 16 bytes, `dd...` or `ee...`, in hex or base64. Every port
   * takes them, beside what it takes anyway, and leads such a connection to the DC that it asks for.
   */
  readonly mtproxySecrets?: readonly string[] | undefined
  /** Methods to add, or to put in the place of those that are built in. */
  readonly methods?: Handlers | undefined
  /** What a message with a random_id of before gets; `original`, the first message again, if not given. */
  readonly duplicates?: 'original' | 'error' | undefined
  /** Whether events tell every message that comes or goes, too: which it is, not what it says. */
  readonly trace?: boolean | undefined
  readonly clock?: Clock | undefined
  readonly random?: ((length: number) => Uint8Array) | undefined
  /** How it is to lie, for those who test clients. */
  readonly faults?: Faults | undefined
  /** Told of every call that runs, before the world looks whether it ran before. It must not throw. */
  readonly executed?: ((call: IncomingCall) => void) | undefined
}

export interface ListenAddress {
  readonly dc: number
  readonly host: string
  readonly port: number
}

/** A running local DC. */
export interface LocalDc {
  /** The main address of each DC: what a client takes as its `dcs`. */
  readonly dcs: readonly DcAddress[]
  /** Every address that was added to the main ones. */
  readonly listening: readonly ListenAddress[]
  /** A link for each of the `mtproxySecrets`, as `mtproxy` takes it; none without a port. */
  readonly proxyLinks: readonly string[]
  /** What a client takes as its `publicKeys`. */
  readonly publicKeyPem: string
  /** The fingerprint of that key, signed. */
  readonly fingerprint: bigint
  /** An application id and hash that will do, as any other. */
  readonly apiId: number
  readonly apiHash: string
  readonly users: readonly LocalUser[]
  readonly bots: readonly LocalBot[]
  /** Hot. What happens, as it happens; never errors, completes when the local DC stops. */
  readonly events$: Observable<LocalDcEvent>
  /** The transport of clients in the same process. */
  readonly connect: Connect
  /** The same for one's own transport in memory: `memory(dc.accept, { framing: 'full' })`. */
  readonly accept: Accept
  /** The accounts and all that they have. Use the functions of the world on it, and `publish` what they tell. */
  readonly world: World
  /** Tells the clients concerned what an operation of the world did. */
  publish(facts: readonly Fact[]): void
  /** What may be done to it while it runs: to forget sessions and keys, to break connections. */
  readonly orders: Orders
  /** The auth keys that it knows now; `orders.forgetKey` takes their ids. */
  keys(): readonly KeyOverview[]
}

export interface LocalUser {
  readonly id: number
  readonly phone: string
  readonly firstName: string
}

export interface LocalBot {
  readonly id: number
  readonly username: string
  readonly token: string
}
