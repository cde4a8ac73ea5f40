/** An address for people and for URLs: `example.org:443`, `[2001:db8::1]:443`. */
import type { Address } from './link.ts'

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
