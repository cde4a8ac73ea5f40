/** What the differential run does in a browser: bundled and loaded by spec/support/chromium.ts. */
import { portableWays } from '../support/crypto-ways.ts'
import { differential, report } from '../support/differential.ts'

export function run(options: { seed: number; cases: number }): string {
  return report(differential(portableWays(), options), options.seed)
}
