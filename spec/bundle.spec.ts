import { expect } from 'chai'
import { type BuildOptions, build, type Metafile } from 'esbuild'

// The browser's entries, bundled as an application's bundler would: nothing of Node may be reached from them.

async function bundle(
  contents: string,
  options: Pick<BuildOptions, 'conditions' | 'platform' | 'mainFields'> = {},
): Promise<{ readonly text: string; readonly metafile: Metafile }> {
  const { outputFiles, metafile, warnings } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['rxgram-source', 'browser'],
    logLevel: 'silent',
    ...options,
  })
  expect(warnings).to.deep.equal([])
  return { text: outputFiles[0]!.text, metafile }
}

describe('the browser bundle', function () {
  this.timeout(30_000)

  // As bundlers ask for it: esbuild and Vite for browsers, a bundler that says nothing of its platform, RxJS for today's.
  const ways: Readonly<Record<string, Parameters<typeof bundle>[1]>> = {
    browser: {},
    'module, browser, production': { conditions: ['rxgram-source', 'module', 'browser', 'production'] },
    'import, default': { platform: 'neutral', mainFields: ['module', 'main'], conditions: ['rxgram-source', 'import'] },
    es2015: { conditions: ['rxgram-source', 'browser', 'es2015'] },
  }
  for (const entry of ['rxgram', 'rxgram/api', 'rxgram/streams'])
    for (const [name, options] of Object.entries(ways))
      it(`of ${entry} reaches nothing of Node and gives no warning (${name})`, async () => {
        const { text, metafile } = await bundle(`export * from '${entry}'`, options)
        const inputs = Object.keys(metafile.inputs).filter(
          (path) => path.endsWith('.node.ts') || path.includes('node_modules/ws/'),
        )
        expect(inputs).to.deep.equal([])
        expect(text).not.to.match(/\bBuffer\b|\bprocess\.(env|nextTick|platform|hrtime)\b|["']node:/)
      })

  it('holds only the calls that are named', async () => {
    const { text } = await bundle(`export { getConfig } from 'rxgram/api/help'`)
    expect(text).to.include('help.getConfig')
    expect(text).not.to.include('messages.sendMessage')
    expect(text).not.to.include('updateNewMessage')
    expect(text.length).to.be.lessThan(30_000)
  })
})
