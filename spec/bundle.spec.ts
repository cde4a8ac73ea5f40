import { expect } from 'chai'
import { browserBundle } from './support/browser-bundle.ts'

// The browser's entries, bundled as an application's bundler would: nothing of Node may be reached from them.

describe('the browser bundle', function () {
  this.timeout(30_000)

  // As bundlers ask for it: esbuild and Vite for browsers, a bundler that says nothing of its platform, RxJS for today's.
  const ways: Readonly<Record<string, Parameters<typeof browserBundle>[1]>> = {
    browser: {},
    'module, browser, production': { conditions: ['rxgram-source', 'module', 'browser', 'production'] },
    'import, default': { platform: 'neutral', mainFields: ['module', 'main'], conditions: ['rxgram-source', 'import'] },
    es2015: { conditions: ['rxgram-source', 'browser', 'es2015'] },
  }
  for (const entry of ['rxgram', 'rxgram/api', 'rxgram/streams'])
    for (const [name, options] of Object.entries(ways))
      it(`of ${entry} reaches nothing of Node and gives no warning (${name})`, async () => {
        const { text, metafile } = await browserBundle(`export * from '${entry}'`, options)
        const inputs = Object.keys(metafile.inputs).filter(
          (path) => path.endsWith('.node.ts') || path.includes('node_modules/ws/'),
        )
        expect(inputs).to.deep.equal([])
        expect(text).not.to.match(/\bBuffer\b|\bprocess\.(env|nextTick|platform|hrtime)\b|["']node:/)
      })

  it('holds only the calls that are named', async () => {
    const { text } = await browserBundle(`export { getConfig } from 'rxgram/api/help'`)
    expect(text).to.include('help.getConfig')
    expect(text).not.to.include('messages.sendMessage')
    expect(text).not.to.include('updateNewMessage')
    expect(text.length).to.be.lessThan(30_000)
  })
})
