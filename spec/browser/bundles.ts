/** Which specs a browser can run, and how they are put together for it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type BuildOptions, build, type Message, type Plugin } from 'esbuild'
import { forBrowsers } from '../support/browser-bundle.ts'

export const root: string = join(import.meta.dirname, '..', '..')
/** The rooms whose specs are run. */
const ROOMS = ['core', 'runtime', 'telegram', 'client']
const STAND_INS = join(import.meta.dirname, 'stand-ins.ts')
/** Modules of which stand-ins.ts has what specs use. */
const STOOD_IN = /^node:(fs|crypto|zlib)$/
/** By the name of the file in its own folder. */
const FACES = join(import.meta.dirname, 'faces.ts')

export interface Choice {
  readonly run: readonly string[]
  /** With the reason of each. */
  readonly left: ReadonlyMap<string, string>
}

/** Bundles every spec by itself: the error of one that can't be tells why it is left out. */
export async function choose(): Promise<Choice> {
  const specs = ROOMS.flatMap((room) =>
    readdirSync(join(root, 'spec', room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.spec.ts'))
      .map((name) => join(root, 'spec', room, name)),
  )
  const reasons = await Promise.all(specs.sort().map(reasonAgainst))
  const left = new Map<string, string>()
  for (const [index, reason] of reasons.entries())
    if (reason !== undefined) left.set(relative(root, specs[index]!), reason)
  return { run: specs.filter((_, index) => reasons[index] === undefined), left }
}

/** Undefined where nothing is against it. What is wrong with the library itself is nobody's reason. */
async function reasonAgainst(spec: string): Promise<string | undefined> {
  try {
    await build({ ...forSpecs, entryPoints: [spec], sourcemap: false, packages: 'external' })
    return undefined
  } catch (error) {
    const { errors = [] } = error as { readonly errors?: readonly Message[] }
    const [first] = errors
    if (first === undefined || errors.some(({ location }) => location?.file.startsWith('lib/'))) throw error
    const importer = first.location?.file ?? ''
    return join(root, importer) === spec ? first.text : `${first.text}, in ${importer}`
  }
}

/** The specs as one script. */
export async function bundleSpecs(specs: readonly string[]): Promise<string> {
  const contents = specs.map((spec) => `import ${JSON.stringify(spec)}\n`).join('')
  return await text({ ...forSpecs, stdin: { contents, resolveDir: root, loader: 'ts' } })
}

/** A module of the library or of the specs, as an application's bundler would put it together. */
export async function bundleModule(path: string, options: BuildOptions = {}): Promise<string> {
  return await text({ ...forPages, entryPoints: [join(root, path)], ...options })
}

async function text(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({ ...options, write: false })
  return outputFiles[0]!.text
}

const forPages: BuildOptions = {
  ...forBrowsers,
  target: 'es2022',
  // Specs ask errors for the names of their classes.
  keepNames: true,
}

/**
 * Where a spec asks for Node's half of a pair it gets the portable one, since both must do the same; where it asks for
 * Node itself, the stand-in.
 */
const likeNode: Plugin = {
  name: 'like-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:|ws$|esbuild$|playwright-core$)/ }, ({ path, importer }) =>
      STOOD_IN.test(path) && isOfSpecs(importer) ? { path: STAND_INS } : { errors: [{ text: `needs ${path}` }] },
    )
    onResolve({ filter: /\/faces\.ts$/ }, () => ({ path: FACES }))
    onResolve({ filter: /\.node\.ts$/ }, ({ path, importer }) => {
      if (!isOfSpecs(importer)) return undefined
      const portable = join(dirname(importer), path).replace(/\.node\.ts$/, '.ts')
      return existsSync(portable) ? { path: portable } : { errors: [{ text: `needs ${path.replace(/^.*\//, '')}` }] }
    })
    onLoad({ filter: /\/spec\/.*\.ts$/ }, ({ path }) => {
      if (path === STAND_INS) return undefined
      const source = readFileSync(path, 'utf8')
      const strange = /\b(?:process\.(?!memoryUsage)|Buffer\.(?!from|alloc|concat|compare))\w+/.exec(source)?.[0]
      if (strange !== undefined) return { errors: [{ text: `needs ${strange}` }] }
      const globals = ['Buffer', 'process'].filter((name) => new RegExp(`\\b${name}\\b[.]`).test(source))
      const head = globals.length === 0 ? '' : `import { ${globals.join(', ')} } from ${JSON.stringify(STAND_INS)}; `
      // The page's server has the repository's files under their paths.
      const place = `(location.origin + ${JSON.stringify(`/${relative(root, path)}`)})`
      const contents = source.replaceAll('import.meta.url', place)
      return { contents: head + contents, loader: 'ts' }
    })
  },
}

const forSpecs: BuildOptions = {
  ...forPages,
  plugins: [likeNode],
  // package.json says that no file has effects, and specs are imported for nothing else.
  ignoreAnnotations: true,
  sourcemap: 'inline',
  sourcesContent: false,
}

function isOfSpecs(importer: string): boolean {
  return importer.startsWith(join(root, 'spec/'))
}
