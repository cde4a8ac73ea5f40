/** Where the DCs are to listen: an option that can't be is refused before any port is opened. */
import { UsageError } from '../core/errors.ts'
import type { ListenAddress, LocalDcOptions } from './options.ts'

/** Where one DC is to listen. */
export interface Place {
  readonly dc: number
  /** `undefined` for a DC that has no port. */
  readonly main: { readonly host: string; readonly port: number; readonly wsPort: number } | undefined
  readonly more: readonly ListenAddress[]
}

const MAX_DCS = 1000
const MAX_PORT = 65_535

/** @throws {UsageError} that begins with the option's name */
export function placesOf(options: LocalDcOptions): readonly Place[] {
  const { host = '127.0.0.1', port = 0, wsPort = 0, dcs = 1, listen = [] } = options
  checkNumber('dcs', dcs, 1, MAX_DCS)
  const forAll = dcs === 1 ? '' : ` with ${dcs} DCs`
  checkNumber('port', port, 0, MAX_PORT - dcs + 1, forAll)
  checkNumber('wsPort', wsPort, 0, MAX_PORT - dcs + 1, forAll)
  // The same ports are no accident: each takes both carriers.
  if (port !== 0 && wsPort !== 0 && port !== wsPort && Math.abs(port - wsPort) < dcs)
    throw new UsageError(
      `wsPort: expected ports apart from ${port} to ${port + dcs - 1} of port, got ${wsPort} to ${wsPort + dcs - 1}`,
    )
  const added = listen === false ? [] : listen
  checkAdded(added, { host, port, wsPort, dcs })
  return Array.from({ length: dcs }, (_, at) => {
    const of = (first: number) => (first === 0 ? 0 : first + at)
    const main = listen === false ? undefined : { host, port: of(port), wsPort: of(wsPort) }
    return { dc: at + 1, main, more: added.filter(({ dc }) => dc === at + 1) }
  })
}

function checkNumber(name: string, value: number, from: number, to: number, when = ''): void {
  if (!Number.isInteger(value) || value < from || value > to)
    throw new UsageError(`${name}: expected a whole number from ${from} to ${to}${when}, got ${value}`)
}

function checkAdded(
  added: readonly ListenAddress[],
  { host, port, wsPort, dcs }: { readonly [Name in 'port' | 'wsPort' | 'dcs']: number } & { readonly host: string },
): void {
  const taken = new Set<string>()
  const isMain = (value: number) => [port, wsPort].some((first) => first !== 0 && value >= first && value < first + dcs)
  for (const [index, address] of added.entries()) {
    const name = `listen[${index}]`
    if (!Number.isInteger(address.dc) || address.dc < 1 || address.dc > dcs) {
      const expected = dcs === 1 ? 'DC 1, the only one' : `a DC from 1 to ${dcs}`
      throw new UsageError(`${name}: expected ${expected}, got ${address.dc}`)
    }
    if (!Number.isInteger(address.port) || address.port < 0 || address.port > MAX_PORT)
      throw new UsageError(`${name}: expected a port from 0 to ${MAX_PORT}, got ${address.port}`)
    const place = `${address.host}:${address.port}`
    if (address.port !== 0 && (taken.has(place) || (address.host === host && isMain(address.port))))
      throw new UsageError(`${name}: expected an address that is not in use, got ${place} once more`)
    taken.add(place)
  }
}
