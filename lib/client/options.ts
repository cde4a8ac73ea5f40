/** The options of a client, and what is made of them. */
import type { Observable } from 'rxjs'
import { parsePublicKey, type RsaPublicKey } from '../core/crypto/rsa.ts'
import { PRODUCTION_KEY, TEST_KEY } from '../core/crypto/server-keys.ts'
import { UsageError } from '../core/errors.ts'
import type { Interceptor } from '../core/invoker.ts'
import type { Pack } from '../core/protocol/pack.ts'
import { type DcAddress, PRODUCTION_DCS, TEST_DCS } from '../runtime/dc/endpoints.ts'
import type { Device } from '../runtime/rpc/init.ts'
import type { Pacing } from '../runtime/rpc/pace.ts'
import { type Clock, systemClock, systemRandom } from '../runtime/rx/clock.ts'
import type { NetworkChange } from '../runtime/session/session.ts'
import { memoryStorage } from '../runtime/storage/memory.ts'
import type { Storage } from '../runtime/storage/storage.ts'
import type { Connect } from '../runtime/transport/link.ts'
import { webSocket } from '../runtime/transport/websocket.ts'
import { networkHints } from './network-hints.ts'

/** How a client is made. Only `apiId` and `apiHash` are required: https://my.telegram.org/apps */
export interface ClientOptions {
  readonly apiId: number
  readonly apiHash: string
  /** Data centres to use instead of Telegram's, as the ready line of a local DC has them. */
  readonly dcs?: readonly DcAddress[] | undefined
  /** RSA keys of those, as PEM, instead of Telegram's. */
  readonly publicKeys?: readonly string[] | undefined
  /** The DC to ask first (2, or the first of `dcs`); a stored session knows its own. */
  readonly homeDc?: number | undefined
  /** Telegram's test DCs, which have accounts of their own. */
  readonly testMode?: boolean | undefined
  /**
   * Perfect forward secrecy: calls go under keys that live for a day, so that who steals the stored session can't read
   * what was said before.
   */
  readonly pfs?: boolean | undefined
  /** How to connect: `tcp()` on Node, `webSocket()` elsewhere. */
  readonly transport?: Connect | undefined
  /** Where the session is kept: in memory, and gone with the client. */
  readonly storage?: Storage | undefined
  /** What the account's list of devices says. */
  readonly device?: Partial<Device> | undefined
  /** Policies around every call; the first is the outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined
  /** Policies around every attempt at a call: they see what is repeated. */
  readonly attempt?: readonly Interceptor[] | undefined
  /** The longest FLOOD_WAIT that a call sits out, in seconds; 60 if not given, 0 for none. `within` asks otherwise. */
  readonly floodWait?: number | undefined
  /** How fast messages leave, in all and to one chat: `pace({ ... })`; as fast as they are made, if not given. */
  readonly pace?: Pacing | undefined
  /** Makes calls shorter before they travel: `gzipCall`, on Node if nothing is given. Elsewhere they travel as they are. */
  readonly pack?: Pack | undefined
  /** Hints about the network: a browser's own events, if not given. See `network` of a client. */
  readonly network$?: Observable<NetworkChange> | undefined
  readonly clock?: Clock | undefined
  /** So many random bytes, from a cryptographic source. */
  readonly random?: ((length: number) => Uint8Array) | undefined
}

/** The options with everything decided. */
export interface Settings {
  readonly apiId: number
  readonly apiHash: string
  readonly dcs: readonly DcAddress[]
  /** Whether the addresses are the built-in ones, which the server may correct. */
  readonly isBuiltIn: boolean
  readonly publicKeys: readonly RsaPublicKey[]
  readonly homeDc: number
  readonly testMode: boolean
  readonly pfs: boolean
  readonly connect: Connect
  readonly storage: Storage
  readonly device: Device
  readonly interceptors: readonly Interceptor[]
  readonly attempt: readonly Interceptor[]
  readonly floodWait: number | undefined
  readonly pace: Pacing | undefined
  readonly pack: Pack | undefined
  readonly network$: Observable<NetworkChange>
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
}

const DEVICE: Device = {
  model: 'rxgram',
  system: 'JavaScript',
  appVersion: '0.1.0',
  systemLanguage: 'en',
  language: 'en',
}

/** The DC that Telegram's own apps ask first. */
const FIRST_DC = 2

/** Checks the options. A mistake is a UsageError that names the option. */
export function settingsOf(options: ClientOptions): Settings {
  expect(typeof options === 'object' && options !== null, 'options', 'an object', options)
  const { apiId, apiHash, dcs, publicKeys, homeDc, testMode = false, pfs = false, device = {} } = options
  expect(Number.isInteger(apiId) && apiId > 0 && apiId < 2 ** 31, 'apiId', 'a number above 0', apiId)
  // The hash is a secret of the application: of what came only its kind is shown.
  expect(typeof apiHash === 'string' && apiHash !== '', 'apiHash', 'a non-empty text', apiHash, kindOf)
  expect(typeof testMode === 'boolean', 'testMode', 'true or false', testMode)
  expect(typeof pfs === 'boolean', 'pfs', 'true or false', pfs)
  const addresses = dcs ?? (testMode ? TEST_DCS : PRODUCTION_DCS)
  checkAddresses(addresses)
  const home = homeDc ?? (dcs === undefined ? FIRST_DC : addresses[0]!.id)
  const ids = [...new Set(addresses.map(({ id }) => id))]
  expect(ids.includes(home), 'homeDc', `one of ${ids.join(', ')}`, home)
  checkDevice(device)
  return {
    apiId,
    apiHash,
    dcs: addresses,
    isBuiltIn: dcs === undefined,
    publicKeys: publicKeys === undefined ? [testMode ? TEST_KEY : PRODUCTION_KEY] : parsed(publicKeys),
    homeDc: home,
    testMode,
    pfs,
    connect: given(options, 'transport', 'a transport such as webSocket()', 'function') ?? webSocket(),
    storage: storageOf(options),
    device: { ...DEVICE, ...device },
    interceptors: functions(options.interceptors, 'interceptors'),
    attempt: functions(options.attempt, 'attempt'),
    floodWait: floodWaitOf(options),
    pace: given(options, 'pace', 'what pace({ ... }) makes'),
    pack: given(options, 'pack', 'a function such as gzipCall'),
    network$: given(options, 'network$', 'an Observable', 'object') ?? networkHints(),
    clock: given(options, 'clock', 'a clock', 'object') ?? systemClock,
    random: given(options, 'random', 'a function', 'function') ?? systemRandom,
  }
}

function expect(
  isRight: boolean,
  option: string,
  expected: string,
  got: unknown,
  show: (value: unknown) => string = shown,
): asserts isRight {
  if (!isRight) throw new UsageError(`${option}: expected ${expected}, got ${show(got)}`)
}

/** A value that is no secret wherever it may have come from: a text may be one that belongs to another option. */
function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value)
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (value === '') return 'an empty one'
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function given<Name extends 'transport' | 'pace' | 'pack' | 'network$' | 'clock' | 'random'>(
  options: ClientOptions,
  name: Name,
  expected: string,
  type: 'function' | 'object' = 'function',
): ClientOptions[Name] {
  const value = options[name]
  expect(value === undefined || typeof value === type, name, expected, value)
  return value
}

function checkAddresses(dcs: readonly DcAddress[]): void {
  expect(Array.isArray(dcs) && dcs.length > 0, 'dcs', 'a list of at least one address', dcs)
  for (const [index, address] of dcs.entries()) {
    const name = `dcs[${index}]`
    expect(typeof address === 'object' && address !== null, name, 'an address', address)
    const { id, host, port, ws } = address
    expect(Number.isInteger(id) && id > 0 && id < 10_000, `${name}.id`, 'a number from 1 to 9999', id)
    expect(typeof host === 'string' && host !== '', `${name}.host`, 'a host name', host)
    expect(Number.isInteger(port) && port > 0 && port < 65_536, `${name}.port`, 'a number from 1 to 65535', port)
    const isAddress =
      ws === undefined || (typeof ws === 'string' && (ws.startsWith('ws://') || ws.startsWith('wss://')))
    expect(isAddress, `${name}.ws`, 'an address that begins with ws:// or wss://', ws)
  }
}

function checkDevice(device: Partial<Device>): void {
  expect(typeof device === 'object' && device !== null, 'device', 'an object', device)
  for (const [name, value] of Object.entries(device))
    expect(typeof value === 'string', `device.${name}`, 'a text', value)
}

function parsed(pems: readonly string[]): readonly RsaPublicKey[] {
  expect(Array.isArray(pems) && pems.length > 0, 'publicKeys', 'a list of at least one key in PEM', pems)
  return pems.map((pem, index) => {
    expect(typeof pem === 'string', `publicKeys[${index}]`, 'a key in PEM', pem)
    try {
      return parsePublicKey(pem)
    } catch (error) {
      throw new UsageError(`publicKeys[${index}]: ${error instanceof Error ? error.message : 'no RSA key in PEM'}`)
    }
  })
}

function storageOf({ storage }: ClientOptions): Storage {
  expect(storage === undefined || typeof storage?.open === 'function', 'storage', 'a storage', storage)
  return storage ?? memoryStorage()
}

function floodWaitOf({ floodWait }: ClientOptions): number | undefined {
  const isRight = floodWait === undefined || (typeof floodWait === 'number' && floodWait >= 0)
  expect(isRight, 'floodWait', 'seconds from 0', floodWait)
  return floodWait
}

function functions(list: readonly Interceptor[] = [], name: string): readonly Interceptor[] {
  const isRight = Array.isArray(list) && list.every((each) => typeof each === 'function')
  expect(isRight, name, 'a list of functions', list)
  return list
}
