// Packs the library, installs the package into an empty folder as a user would, and uses every entry of it: an import
// each, the command, and one call against the local DC. Run by `npm run check:package`, after the build.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const folder = mkdtempSync(join(tmpdir(), 'rxgram-package-'))
const run = (command, args, options = {}) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options })

try {
  const [{ filename, files, size }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder]))
  const strangers = files
    .map(({ path }) => path)
    .filter((path) => !/^(dist\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/.test(path))
  if (strangers.length > 0)
    throw new Error(`expected only dist and the papers in the package, got ${strangers.join(', ')}`)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', join(folder, filename), 'rxjs@7.8.2'], {
    cwd: folder,
  })
  writeFileSync(
    join(folder, 'use.mjs'),
    `import { firstValueFrom, switchMap } from 'rxjs'
import { createClient, tcp } from 'rxgram'
import { LAYER } from 'rxgram/api'
import { getConfig } from 'rxgram/api/help'
import * as streams from 'rxgram/streams'
import { startLocalDc } from 'rxgram/local-dc'
import * as testing from 'rxgram/testing'
const config = await firstValueFrom(startLocalDc({}).pipe(switchMap((dc) => {
  const tg = createClient({ apiId: dc.apiId, apiHash: dc.apiHash, dcs: dc.dcs, publicKeys: [dc.publicKeyPem], transport: tcp() })
  return getConfig(tg).pipe(switchMap(async (answer) => { await firstValueFrom(tg.close(), { defaultValue: undefined }); return answer }))
})))
if (config._ !== 'config' || config.thisDc !== 1) throw new Error('expected a config of DC 1')
console.log('layer', LAYER, 'streams', Object.keys(streams).length, 'testing', Object.keys(testing).length)
`,
  )
  console.log(run(process.execPath, ['use.mjs'], { cwd: folder }).trim())
  // As applications for browsers: what is of Node's would not be found, and what nobody names is to be left out.
  const bundle = async (contents) => {
    const { warnings, outputFiles } = await build({
      stdin: { contents, resolveDir: folder },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      logLevel: 'error',
    })
    if (warnings.length > 0) throw new Error(`expected a bundle without warnings, got ${warnings.length}`)
    return outputFiles[0].text
  }
  const [whole, calls] = await Promise.all([
    bundle("export * from 'rxgram'\nexport * from 'rxgram/api/messages'"),
    bundle("export { createCaller, getMe } from 'rxgram'"),
  ])
  for (const name of ['MessageMedia', 'messages.getHistory', 'updates.getDifference']) {
    if (!whole.includes(name)) throw new Error(`expected ${name} in a bundle of everything`)
    if (calls.includes(name)) throw new Error(`expected no ${name} in a bundle of two functions`)
  }
  console.log(run(join(folder, 'node_modules', '.bin', 'rxgram'), ['--version'], { cwd: folder }).trim())
  console.log(
    `package: ${files.length} files, ${Math.round(size / 1024)} KiB packed; every entry imports, the command runs`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
