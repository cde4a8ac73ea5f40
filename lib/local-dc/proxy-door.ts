/**
 * What makes a local DC an MTProxy as well: the secrets by which a connection may come, plain, padded and in disguise.
 * https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
 */
import { UsageError } from '../core/errors.ts'
import { acceptHello, SeenHellos, type TlsSecret } from '../core/protocol/fake-tls-server.ts'
import { obfuscateServer, type ServerObfuscation } from '../core/protocol/obfuscation.ts'
import { type ProxySecret, proxySecret } from '../core/protocol/proxy-secret.ts'

/** Every connection is tried with every secret. */
const MAX_SECRETS = 100

export class ProxyDoor {
  readonly #open: readonly ProxySecret[]
  readonly #tls: readonly TlsSecret[]
  readonly #seen = new SeenHellos()

  /** @throws {UsageError} for a text that is no secret */
  constructor(secrets: readonly string[]) {
    if (secrets.length > MAX_SECRETS)
      throw new UsageError(`mtproxySecrets: expected at most ${MAX_SECRETS}, got ${secrets.length}`)
    const all = secrets.map(proxySecret)
    this.#open = all.filter(({ kind }) => kind !== 'tls')
    this.#tls = all.filter((secret) => secret.kind === 'tls')
  }

  get isProxy(): boolean {
    return this.#open.length + this.#tls.length > 0
  }

  get takesTls(): boolean {
    return this.#tls.length > 0
  }

  /** The stream behind a header of 64 bytes, if one of the secrets without a disguise fits. */
  enter(header: Uint8Array): { readonly secret: ProxySecret; readonly stream: ServerObfuscation } | undefined {
    for (const secret of this.#open) {
      const stream = streamOf(header, secret)
      if (stream !== undefined) return { secret, stream }
    }
    return undefined
  }

  /** The secret that a whole ClientHello knows, and the answer to it. Throws ProtocolError for any other hello. */
  shake(
    hello: Uint8Array,
    now: number,
    random: (length: number) => Uint8Array,
  ): { readonly secret: TlsSecret; readonly answer: Uint8Array } {
    return acceptHello(hello, { secrets: this.#tls, seen: this.#seen, time: Math.floor(now / 1000), random })
  }
}

/** The stream behind a header, with one secret: all but plain ones want the padded framing. */
export function streamOf(header: Uint8Array, { kind, key }: ProxySecret): ServerObfuscation | undefined {
  const stream = obfuscateServer(header, [key])
  return kind === 'plain' || stream?.framing === 'padded' ? stream : undefined
}
