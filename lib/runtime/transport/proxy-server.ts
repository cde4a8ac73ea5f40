/** A proxy that knows nothing of Telegram, SOCKS5 or HTTP, as users name it. */
import { UsageError } from '../../core/errors.ts'
import { addressText } from './address-text.ts'
import type { Address } from './link.ts'

export interface ProxyServer extends Address {
  /** The login, if it wants one. */
  readonly user?: string | undefined
  readonly password?: string | undefined
}

/** RFC 1929, section 2: each part of a login has its length in one byte. */
const MAX_PART = 255

/** Checks a proxy where it is written down. Says nothing of its login. */
export function checkedProxy(proxy: ProxyServer, what: string): ProxyServer {
  const { host, port, user = '', password = '' } = proxy
  if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError(`${what}: expected a host and a port from 1 to 65535, got ${addressText(proxy)}`)
  if (user === '' && password !== '') throw new UsageError(`${what}: expected a user for the password, got none`)
  for (const [name, text] of [
    ['user', user],
    ['password', password],
  ] as const)
    if (new TextEncoder().encode(text).length > MAX_PART)
      throw new UsageError(`${what}: expected a ${name} of at most ${MAX_PART} bytes, got a longer one`)
  return proxy
}
