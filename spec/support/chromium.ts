import { existsSync, mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { forBrowsers } from './browser-bundle.ts'
import { removeFolder } from './remove-folder.ts'

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

/** Why there is no browser to run in, and what to do about it; undefined where there is one. */
export function chromiumMissing(): string | undefined {
  if (existsSync(EXECUTABLE)) return undefined
  return `expected Chromium at ${EXECUTABLE}, found none: apt-get install chromium, or CHROMIUM=/path/to/chromium`
}

/** What a page can ask its server for. */
export interface Served {
  readonly type: string
  readonly body: Uint8Array | string
}

const EMPTY: Served = { type: 'text/html', body: '<!doctype html><title>rxgram</title><link rel=icon href="data:,">' }

/**
 * Opens an empty page of a headless Chromium, at a server that answers with what `serve` has for a path, and closes all
 * of it when `use` is done. `failed` hears of errors that nobody in the page caught.
 */
export async function inChromium<Result>(
  serve: (path: string) => Served | undefined,
  use: (page: Page) => Promise<Result>,
  failed: (error: Error) => void = console.error,
): Promise<Result> {
  const { chromium } = await import('playwright-core')
  const server = createServer(({ url }, response) => {
    const served = url === '/' ? EMPTY : serve(url!)
    // An isolated page has a clock of 5 us, others one of 100.
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    response.setHeader('content-type', served?.type ?? 'text/plain')
    response.statusCode = served === undefined ? 404 : 200
    response.end(served?.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'rxgram-chromium-'))
  try {
    const browser = await chromium.launchPersistentContext(folder, { executablePath: EXECUTABLE, args: FLAGS })
    try {
      const page = await browser.newPage()
      page.on('console', (message) => console.log(message.text()))
      page.on('pageerror', failed)
      page.setDefaultTimeout(0)
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      return await use(page)
    } finally {
      await browser.close()
    }
  } finally {
    server.closeAllConnections()
    server.close()
    // Its processes may end after it has.
    await removeFolder(folder)
  }
}

/** Loads the module that is served at `path` and gives what its `run(options)` returns. */
export async function runModule<Result>(page: Page, path: string, options: unknown): Promise<Result> {
  const result = await page.evaluate(
    async ([module, given]) => {
      const { run } = (await import(module as string)) as { run(options: unknown): unknown }
      return await run(given)
    },
    [path, options],
  )
  return result as Result
}

/**
 * Bundles a module for browsers, loads it in a headless Chromium, and gives what its `run(options)` returns, with
 * whatever the page needs besides served from `files`.
 */
export async function runInChromium<Result>(
  entry: URL,
  options: unknown,
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<{ readonly userAgent: string; readonly result: Result }> {
  const script = await bundle(entry)
  const serve = (path: string): Served | undefined => {
    if (path === '/main.js') return { type: 'text/javascript', body: script }
    const body = files[path.slice(1)]
    return body && { type: 'application/wasm', body }
  }
  return await inChromium(serve, async (page) => ({
    userAgent: await page.evaluate(() => navigator.userAgent),
    result: await runModule<Result>(page, '/main.js', options),
  }))
}

async function bundle(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    ...forBrowsers,
    entryPoints: [fileURLToPath(entry)],
    target: 'es2022',
    logLevel: 'error',
  })
  return outputFiles[0]!.text
}
