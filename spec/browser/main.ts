/**
 * `npm run test:browser`: the specs of the portable code in a headless Chromium, and an echo over WebSocket from a page
 * to a local DC in this process. Specs that need Node are left out and named.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import type { Subscription } from 'rxjs'
import { type LocalDc, startLocalDc } from '../../lib/local-dc/index.node.ts'
import { chromiumMissing, inChromium, runModule, type Served } from '../support/chromium.ts'
import { bundleModule, bundleSpecs, choose, root } from './bundles.ts'
import type { EchoSetting } from './echo-setting.ts'
import { nodeOnly } from './node-only.ts'
import type { Outcome } from './page.ts'

const PHONE = '+9996610001'
const CODE = '11111'
/** Milliseconds for one spec: those with many random cases take longest. */
const TIMEOUT = 30_000
/** What of the repository pages may read. */
const READABLE = /^\/(spec\/vectors|schema|lib\/api)\/[\w.-]+$/

const missing = chromiumMissing()
if (missing !== undefined) {
  console.error(missing)
  process.exit(1)
}

const start = performance.now()
const { run, left } = await choose()
for (const [spec, reason] of left) console.log(`left out: ${spec}: ${reason}`)
for (const [title, reason] of Object.entries(nodeOnly)) console.log(`left out: "${title}": ${reason}`)
console.log(`${run.length} spec files run, ${left.size} are left out`)

const scripts = new Map<string, string>([
  ['/mocha.js', readFileSync(join(fileURLToPath(import.meta.resolve('mocha/package.json')), '../mocha.js'), 'utf8')],
  ['/page.js', await bundleModule('spec/browser/page.ts')],
  ['/specs.js', await bundleSpecs([...run, join(import.meta.dirname, 'echo.ts')])],
  ['/without.js', await cryptoWithoutWebAssembly()],
])

const { dc, stop } = await running()
async function inside(page: Page): Promise<Outcome> {
  console.log((await page.evaluate(() => navigator.userAgent)).replace(/.*?((Headless)?Chrome\/[\d.]+).*/, '$1'))
  await page.addScriptTag({ content: `var echoSetting = ${JSON.stringify(settingOf(dc))}` })
  await page.addScriptTag({ url: '/mocha.js' })
  await page.addScriptTag({ content: `mocha.setup({ ui: 'bdd', timeout: ${TIMEOUT}, reporter: function () {} })` })
  await page.addScriptTag({ url: '/without.js' })
  await page.addScriptTag({ url: '/specs.js', type: 'module' })
  return await runModule<Outcome>(page, '/page.js', Object.keys(nodeOnly))
}

let outcome: Outcome
const uncaught: Error[] = []
try {
  outcome = await inChromium(serve, inside, (error) => uncaught.push(error))
} finally {
  stop.unsubscribe()
}
const failed = [
  ...outcome.failed,
  ...uncaught.map(({ stack, message }) => ({ title: 'uncaught', error: stack ?? message })),
]
for (const [index, { title, error }] of failed.entries()) console.log(`\n${index + 1}) ${title}\n${error}`)
console.log(`${Math.round((performance.now() - start) / 1000)} s`)
console.log(`${outcome.passed} passed, ${failed.length} failed`)
// Without specs nothing was shown.
process.exitCode = outcome.passed === 0 ? 1 : Math.min(failed.length, 100)

/** For faces.ts. */
async function cryptoWithoutWebAssembly(): Promise<string> {
  const bundle = await bundleModule('spec/core/crypto/crypto.ts', { format: 'iife', globalName: 'portable' })
  return `var withoutWebAssembly = (function (WebAssembly) { ${bundle}; return portable })()`
}

async function running(): Promise<{ readonly dc: LocalDc; readonly stop: Subscription }> {
  let stop: Subscription | undefined
  const dc = await new Promise<LocalDc>((resolve, reject) => {
    const users = [{ phone: PHONE, firstName: 'Page' }]
    stop = startLocalDc({ users }).subscribe({ next: resolve, error: reject })
  })
  return { dc, stop: stop! }
}

function settingOf({ apiId, apiHash, dcs, publicKeyPem, bots }: LocalDc): EchoSetting {
  const { token, username } = bots[0]!
  return {
    options: { apiId, apiHash, dcs, publicKeys: [publicKeyPem] },
    token,
    bot: username,
    phone: PHONE,
    code: CODE,
  }
}

function serve(path: string): Served | undefined {
  const script = scripts.get(path)
  if (script !== undefined) return { type: 'text/javascript', body: script }
  const file = join(root, path)
  return READABLE.test(path) && existsSync(file) ? { type: 'text/plain', body: readFileSync(file) } : undefined
}
