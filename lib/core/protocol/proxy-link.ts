/** Links to an MTProxy, tg://proxy and https://t.me/proxy: https://core.telegram.org/api/links#mtproxy-links */
import { UsageError } from '../errors.ts'
import { type ProxySecret, proxySecret } from './proxy-secret.ts'

/** An MTProxy. */
export interface ProxyAddress {
  readonly host: string
  readonly port: number
  readonly secret: ProxySecret
}

const HOSTS: readonly string[] = ['t.me', 'telegram.me', 'telegram.dog']

/**
 * Reads a link.
 *
 * @throws {UsageError} that never shows the link, because the secret is in it
 */
export function proxyLink(link: string): ProxyAddress {
  const parameters = parametersOf(link)
  if (parameters === undefined)
    throw new UsageError('proxy link: expected tg://proxy?... or https://t.me/proxy?..., got another text')
  const host = parameters.get('server') ?? ''
  if (host === '') throw new UsageError('proxy link: expected a server, got none')
  const port = parameters.get('port') ?? ''
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw new UsageError('proxy link: expected a port from 1 to 65535, got another')
  // A plus of base64 that nobody escaped arrives as a space.
  const secret = (parameters.get('secret') ?? '').replaceAll(' ', '+')
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port), secret: proxySecret(secret) }
}

function parametersOf(link: string): URLSearchParams | undefined {
  const found = /^(?:tg:(?:\/\/)?proxy|https?:\/\/([^/?#]+)\/proxy)\/?\?([^#]*)/i.exec(link.trim())
  if (found === null) return undefined
  const [, host, query] = found
  return host === undefined || HOSTS.includes(host.toLowerCase()) ? new URLSearchParams(query) : undefined
}
