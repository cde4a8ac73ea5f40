/** `npm run differential [-- --cases N --seed N --chromium]`: the long run of spec/support/differential.ts. */
import { parseArgs } from 'node:util'
import { nodeWays } from '../support/crypto-ways.node.ts'
import { differential, report } from '../support/differential.ts'

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    chromium: { type: 'boolean', default: false },
  },
})
const options = { seed: Number(values.seed), cases: Number(values.cases) }
const start = performance.now()
if (values.chromium) {
  const { runInChromium } = await import('../support/chromium.ts')
  const { userAgent, result } = await runInChromium<string>(new URL('browser.ts', import.meta.url), options)
  console.log(userAgent.replace(/.*(Headless)?(Chrome\/[\d.]+).*/, '$2'))
  console.log(result)
} else {
  console.log(`Node ${process.version}`)
  console.log(report(differential(nodeWays(), options), options.seed))
}
console.log(`${Math.round((performance.now() - start) / 1000)} s`)
