import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Debian's; another one by CHROMIUM. */
const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** As root only without a sandbox; the rest keeps it from looking up hosts of its own. */
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Bundles a module for browsers, loads it in a headless Chromium, and gives what its `run(options)` returns, with
 * whatever the page needs besides served from `files`.
 */
export async function runInChromium<Result>(
  entry: URL,
  options: unknown,
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<{ readonly userAgent: string; readonly result: Result }> {
  const { chromium } = await import('playwright-core')
  const script = await bundle(entry)
  const server = createServer(({ url }, response) => {
    const file = files[url!.slice(1)]
    // An isolated page has a clock of 5 us, others one of 100.
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    if (file !== undefined) response.setHeader('content-type', 'application/wasm')
    else response.setHeader('content-type', url === '/main.js' ? 'text/javascript' : 'text/html')
    response.end(file ?? (url === '/main.js' ? script : '<!doctype html><title>rxgram</title>'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'rxgram-chromium-'))
  const browser = await chromium.launchPersistentContext(folder, { executablePath: EXECUTABLE, args: FLAGS })
  try {
    const page = await browser.newPage()
    page.on('console', (message) => console.log(message.text()))
    page.setDefaultTimeout(0)
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const userAgent = await page.evaluate(() => navigator.userAgent)
    const result = await page.evaluate(async (given) => {
      // By a variable: bundlers would look for the file.
      const module: string = '/main.js'
      const { run } = (await import(module)) as { run(options: unknown): unknown }
      return await run(given)
    }, options)
    return { userAgent, result: result as Result }
  } finally {
    await browser.close()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function bundle(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['rxgram-source', 'browser'],
    target: 'es2022',
    logLevel: 'error',
  })
  return outputFiles[0]!.text
}
