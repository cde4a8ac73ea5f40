import { join } from 'node:path'
import { expect } from 'chai'
import { type BuildOptions, build, type Metafile } from 'esbuild'

const root = join(import.meta.dirname, '../..')

/** As an application's bundler has them. */
export const forBrowsers: BuildOptions & { readonly write: false } = {
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'browser',
  conditions: ['rxgram-source', 'browser'],
  logLevel: 'silent',
  absWorkingDir: root,
}

/** What an application's bundler makes of that text for a browser; without a warning, or it fails. */
export async function browserBundle(
  contents: string,
  options: Pick<BuildOptions, 'conditions' | 'platform' | 'mainFields' | 'target'> = {},
): Promise<{ readonly text: string; readonly bytes: Uint8Array; readonly metafile: Metafile }> {
  const { outputFiles, metafile, warnings } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    ...forBrowsers,
    minify: true,
    metafile: true,
    ...options,
  })
  expect(warnings).to.deep.equal([])
  const [output] = outputFiles
  return { text: output!.text, bytes: output!.contents, metafile }
}
