import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { browserBundle } from './support/browser-bundle.ts'

// What an application carries, with everything that the library needs: RxJS, fflate, @noble and the WebAssembly module
// are counted. Minified by esbuild and packed by gzip -9, in units of 1,000 bytes.

const root = join(import.meta.dirname, '..')

/** What an application of each kind may weigh; docs/browser.md has the same table. */
const BUDGETS = { 'three calls': 80, 'with updates': 100, everything: 160 } as const

type App = keyof typeof BUDGETS

/** The namespaces of the raw API. */
const namespaces = readdirSync(join(root, 'lib/api'))
  .map((name) => name.replace(/\.ts$/, ''))
  .filter((name) => !['codec', 'compact', 'error-names', 'index', 'layer', 'schema', 'types'].includes(name))

const calls = `
  sendCode(tg, '+15551234567').subscribe(console.log)
  signIn(tg, { phone: '+15551234567', phoneCodeHash: 'x', code: '12345' }).subscribe(console.log)
  getMe(tg).subscribe(console.log)
`

const apps: Readonly<Record<App, string>> = {
  'three calls': `
    import { createCaller, getMe, sendCode, signIn, webSocket } from 'rxgram'
    const tg = createCaller({ apiId: 1, apiHash: 'x', transport: webSocket() })
    ${calls}`,
  'with updates': `
    import {
      createClient, getMe, handle, hasText, incoming, newMessages, reply, sendCode, signIn, webSocket
    } from 'rxgram'
    const tg = createClient({ apiId: 1, apiHash: 'x', transport: webSocket() })
    ${calls}
    newMessages(tg).pipe(
      incoming(),
      hasText(),
      handle(tg, (message) => reply(tg, message, message.message)),
    ).subscribe(console.log)`,
  everything: `
    export * from 'rxgram'
    ${namespaces.map((name) => `export * as ${name}Calls from 'rxgram/api/${name}'`).join('\n')}`,
}

interface Bundle {
  readonly text: string
  /** Modules of the library that some of the text comes from. */
  readonly modules: readonly string[]
  readonly kilobytes: number
}

async function bundled(app: App, ...conditions: readonly string[]): Promise<Bundle> {
  const { text, bytes, metafile } = await browserBundle(apps[app], {
    target: 'es2022',
    conditions: ['rxgram-source', 'browser', ...conditions],
  })
  const [{ inputs }] = Object.values(metafile.outputs) as [(typeof metafile.outputs)[string]]
  return {
    text,
    modules: Object.keys(inputs).filter((path) => path.startsWith('lib/') && inputs[path]!.bytesInOutput > 0),
    kilobytes: gzipSync(bytes, { level: 9 }).length / 1_000,
  }
}

describe('the size of an application', function () {
  this.timeout(60_000)
  const made = new Map<App, Promise<Bundle>>()
  const bundle = (app: App): Promise<Bundle> => {
    const known = made.get(app) ?? bundled(app)
    made.set(app, known)
    return known
  }

  for (const [app, budget] of Object.entries(BUDGETS) as readonly [App, number][])
    it(`(${app}) is at most ${budget} KB`, async () => {
      expect((await bundle(app)).kilobytes).to.be.at.most(budget)
    })

  it('has nothing of updates where nobody names them', async () => {
    const { text, modules } = await bundle('three calls')
    expect(modules.filter((path) => path.startsWith('lib/runtime/updates/'))).to.deep.equal([])
    const { text: all } = await bundle('with updates')
    for (const name of ['Update', 'MessageMedia', 'updates.Difference']) {
      expect(all).to.include(`"${name}"`)
      expect(text).not.to.include(`"${name}"`)
    }
  })

  it('has one codec: of text, or of functions where they are asked for', async () => {
    const codecs = ({ modules }: Bundle) =>
      modules.filter((path) => /api\/(compact\/)?\w+\.ts|tl\/compact|service/.test(path))
    const [text, functions] = [await bundle('with updates'), await bundled('with updates', 'rxgram-direct')].map(codecs)
    expect(text!.filter((path) => !path.includes('compact'))).to.deep.equal([])
    expect(functions!.filter((path) => path.includes('compact'))).to.deep.equal([])
    expect(functions).to.have.lengthOf(text!.length - 1)
  })

  it('has no door that was not gone through', async () => {
    const strangers =
      /proxy|fake-tls|client-hello|srp|memory\.ts|local-dc|api\/schema|error-names|rsa-private\.ts|sniff/
    const { modules } = await bundle('three calls')
    expect(modules.filter((path) => strangers.test(path) && path !== 'lib/runtime/storage/memory.ts')).to.deep.equal([])
  })

  it('is what docs/browser.md and the README say', () => {
    const [table, readme] = ['docs/browser.md', 'README.md'].map((path) => readFileSync(join(root, path), 'utf8'))
    for (const [app, budget] of Object.entries(BUDGETS)) {
      expect(table).to.match(new RegExp(`\\| ${app} .*\\| ${budget} KB`))
      expect(readme).to.include(`${budget} KB`)
    }
  })
})
