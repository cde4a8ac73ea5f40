import { expect } from 'chai'
import { build, type Metafile } from 'esbuild'

// The browser's entries, bundled as an application's bundler would: nothing of Node may be reached from them.

async function bundle(contents: string): Promise<{ readonly text: string; readonly metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['rxgram-source', 'browser'],
    logLevel: 'silent',
  })
  return { text: outputFiles[0]!.text, metafile }
}

describe('the browser bundle', function () {
  this.timeout(30_000)

  for (const entry of ['rxgram', 'rxgram/api', 'rxgram/streams'])
    it(`of ${entry} reaches nothing of Node`, async () => {
      const { text, metafile } = await bundle(`export * from '${entry}'`)
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
