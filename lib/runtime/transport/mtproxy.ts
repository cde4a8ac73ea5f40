/** MTProxy: https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation */
import { type MonoTypeOperatorFunction, pipe } from 'rxjs'
import { UsageError } from '../../core/errors.ts'
import type { TaggedFraming } from '../../core/protocol/obfuscation.ts'
import { type ProxyAddress, proxyLink } from '../../core/protocol/proxy-link.ts'
import { type ProxySecret, proxySecret } from '../../core/protocol/proxy-secret.ts'
import { type Clock, systemClock, systemRandom } from '../rx/clock.ts'
import { addressText } from './address-text.ts'
import { CONNECT_TIMEOUT, connecting } from './connecting.ts'
import { disguised } from './disguised.ts'
import { framed } from './framed.ts'
import type { Address, Connect, Dial, Endpoint, Link } from './link.ts'
import { obfuscated } from './obfuscated.ts'
import { wireDc } from './wire-dc.ts'

/** An MTProxy in parts: what its link says. */
export interface Mtproxy extends Address {
  /** 16 bytes, or `dd...`, or `ee...`, in hex or base64. */
  readonly secret: string
}

export interface ProxiedOptions {
  /** How packets are cut out of the stream where the secret leaves it open; `intermediate` if not given. */
  readonly framing?: TaggedFraming | undefined
  readonly clock?: Clock | undefined
  /** For headers and padding; the platform's if not given. */
  readonly random?: ((length: number) => Uint8Array) | undefined
  /** Whom errors name: `the proxy` if not given. */
  readonly to?: string | undefined
}

export interface MtproxyOptions extends Omit<ProxiedOptions, 'to'> {
  /** What carries the bytes to the proxy: `tcpLink`, or a link through another proxy. */
  readonly dial: Dial
  /** How long the connection may take to open, in milliseconds; 10 s if not given. */
  readonly timeout?: number | undefined
}

/**
 * The transport through an MTProxy: it is dialled in place of every DC, and told which one is meant. `proxy` is a link
 * (`tg://proxy?...`, `https://t.me/proxy?...`), or its parts.
 *
 * Starts: what it returns dials the proxy on subscribe, one connection for each subscription.
 * Emits: the open link, once, and stays; completes when the other side closed.
 * Errors: TransportError, `unsent` when it can't be opened, `unknown` when it breaks.
 * Unsubscribe: closes the connection.
 *
 * @example
 * const transport = mtproxy('tg://proxy?server=127.0.0.1&port=4430&secret=dd00112233445566778899aabbccddeeff')
 */
export function mtproxy(proxy: string | Mtproxy, options: MtproxyOptions): Connect {
  const { host, port, secret } = addressOf(proxy)
  const { dial, timeout = CONNECT_TIMEOUT, clock = systemClock } = options
  const to = addressText({ host, port })
  return (endpoint) =>
    connecting(dial({ host, port }).pipe(proxied(secret, endpoint, { ...options, to })), { to, timeout, clock })
}

/**
 * Makes a link of packets, through a proxy, from a link of bytes to that proxy: `disguised` if its secret says so,
 * `obfuscated` with the secret, and `framed`.
 *
 * Starts: with the source.
 * Emits: for each link of bytes a link of packets to that endpoint.
 * Errors: as `disguised`, and the source's own.
 * Unsubscribe: leaves the source.
 *
 *     source:    --L----x     L: bytes to the proxy
 *     proxied:   --P----x     P: packets to the endpoint
 */
export function proxied(
  secret: ProxySecret,
  endpoint: Endpoint,
  options: ProxiedOptions = {},
): MonoTypeOperatorFunction<Link> {
  const { key } = secret
  const { random = systemRandom, clock, to } = options
  const framing = secret.kind === 'plain' ? (options.framing ?? 'intermediate') : 'padded'
  const hidden = pipe(
    obfuscated({ framing, dc: wireDc(endpoint), secret: key, random }),
    framed(framing, { random, tag: false }),
  )
  if (secret.kind !== 'tls') return hidden
  return pipe(disguised({ key, domain: secret.domain, random, clock, to }), hidden)
}

function addressOf(proxy: string | Mtproxy): ProxyAddress {
  if (typeof proxy === 'string') return proxyLink(proxy)
  const { host, port, secret } = proxy
  if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError(`mtproxy: expected a host and a port from 1 to 65535, got ${addressText(proxy)}`)
  return { host, port, secret: proxySecret(secret) }
}
