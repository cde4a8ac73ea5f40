/**
 * Where Telegram's data centres are, as far as a client must know beforehand: help.getConfig tells the rest.
 * https://core.telegram.org/api/datacenter and https://core.telegram.org/mtproto/transports#transport-uri-format
 */
import { UsageError } from '../../core/errors.ts'
import type { Endpoint } from '../transport/link.ts'

/** One address as users give it, and as a local DC prints it. */
export interface DcAddress {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly ws?: string | undefined
}

/** The hosts of the WebSocket addresses, by the number of the DC. */
const WS_NAMES = ['pluto', 'venus', 'aurora', 'vesta', 'flora']

const PRODUCTION = ['149.154.175.50', '149.154.167.51', '149.154.175.100', '149.154.167.91', '149.154.171.5']
const PRODUCTION_IPV6 = [
  '2001:b28:f23d:f001::a',
  '2001:67c:4e8:f002::a',
  '2001:b28:f23d:f003::a',
  '2001:67c:4e8:f004::a',
  '2001:b28:f23f:f005::a',
]
const TEST = ['149.154.175.10', '149.154.167.40', '149.154.175.117']
const TEST_IPV6 = ['2001:b28:f23d:f001::e', '2001:67c:4e8:f002::e', '2001:b28:f23d:f003::e']

function table(hosts: readonly string[], wsPath: string): readonly DcAddress[] {
  return hosts.map((host, index) => ({
    id: index + 1,
    host,
    port: 443,
    ws: `wss://${WS_NAMES[index]}.web.telegram.org/${wsPath}`,
  }))
}

/** The addresses of production. */
export const PRODUCTION_DCS: readonly DcAddress[] = [...table(PRODUCTION, 'apiws'), ...table(PRODUCTION_IPV6, 'apiws')]

/** The addresses of the test DCs, which have accounts of their own. */
export const TEST_DCS: readonly DcAddress[] = [...table(TEST, 'apiws_test'), ...table(TEST_IPV6, 'apiws_test')]

/** The DC that a client without an account asks first. */
export const FIRST_DC = 2

/** The endpoints of one DC, in the order in which they are to be tried. */
export function endpointsOf(dc: number, dcs: readonly DcAddress[], test: boolean): readonly Endpoint[] {
  const found = dcs.filter(({ id }) => id === dc)
  if (found.length === 0)
    throw new UsageError(
      `expected one of the data centres ${[...new Set(dcs.map(({ id }) => id))].join(', ')}, got ${dc}`,
    )
  return found.map(({ host, port, ws }) => ({ dc, host, port, ws, test }))
}
