// Makes of what tsc has written to dist what is published, twice.
//
// For Node, few files: one for each entry of package.json, and what they share. Importing rxgram takes 43 ms more than
// importing RxJS then, and 83 from 168 files.
//
// For bundlers, dist/portable: a file for each module, as it is. They minify themselves, and what they leave out they leave
// out by module and by the annotations of pure calls, which minifying takes away.
//
// Types stay as they were, and maps lead to lib.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const joined = join(root, 'dist-joined')
const portable = join(dist, 'portable')
const { exports, imports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const shared = {
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  outbase: dist,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
}

const written = filesBelow(dist)
await build({ ...shared, entryPoints: written.filter(isPortable), outdir: portable })

const entries = [...new Set([exports, imports, bin].flatMap(named).flatMap(expanded))]
  .filter((path) => /^\.\/dist\/(?!portable\/).*\.js$/.test(path) && existsSync(join(root, path)))
  .map((path) => join(root, path))
const { metafile } = await build({
  ...shared,
  entryPoints: entries,
  outdir: joined,
  chunkNames: 'shared/[hash]',
  bundle: true,
  splitting: true,
  metafile: true,
  packages: 'external',
  // Importing is parsing, for the most part. Names stay: of classes in messages, and in profiles.
  minifyWhitespace: true,
  minifySyntax: true,
  // What the platform chooses stays a choice.
  external: Object.keys(imports),
})
for (const path of written) if (/\.js(\.map)?$/.test(path)) rmSync(path)
for (const path of filesBelow(joined)) {
  const target = join(dist, path.slice(joined.length + 1))
  mkdirSync(dirname(target), { recursive: true })
  renameSync(path, target)
  if (target.endsWith('.js')) writeFileSync(target, withoutBareImports(readFileSync(target, 'utf8')))
}
rmSync(joined, { recursive: true })
const files = Object.keys(metafile.outputs).filter((path) => path.endsWith('.js'))
console.log(`dist: ${entries.length} entries in ${files.length} files, ${filesBelow(portable).length / 2} for bundlers`)

/** Whether the file is of use outside Node. */
function isPortable(path) {
  return path.endsWith('.js') && !path.endsWith('.node.js') && !/^(cli|local-dc|testing)\//.test(relative(dist, path))
}

/** Every file of dist that package.json names, under whatever condition. */
function named(value) {
  if (typeof value === 'string') return [value]
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'rxgram-source' || name === 'types' ? [] : named(inner),
  )
}

function expanded(path) {
  const [before, after] = path.split('*')
  if (after === undefined) return [path]
  const folder = join(root, before)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith(after))
    .map((name) => before + name)
}

function filesBelow(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })
}

/** Without the imports at its beginning that are there for effects alone, of which there are none. Lines stay. */
function withoutBareImports(code) {
  const [head] = /^(?:import(?:[^;"]*from)?"[^"]+";)*/.exec(code)
  return head.replace(/import"\.[^"]+";/g, '') + code.slice(head.length)
}
