import { expect } from 'chai'
import { exportedFunctions, type Import, readSources, type Source } from './support/sources.ts'

// The import ladder and the other rules of structure that a machine can hold. A finding names the file, so that the
// message of a failing expectation is the whole explanation.

const sources = readSources('lib')
const byPath = new Map(sources.map((source) => [source.path, source]))

/** The rooms, and which other rooms each may import. A room may always import itself. */
const ladder: Readonly<Record<string, readonly string[]>> = {
  core: [],
  'core/tl': ['core'],
  'core/crypto': ['core', 'core/tl'],
  'core/schema': ['core'],
  'core/protocol': ['core', 'core/tl', 'core/crypto'],
  api: ['core', 'core/tl'],
  'runtime/rx': ['core'],
  'runtime/transport': ['core', 'core/protocol', 'runtime/rx'],
  'runtime/storage': ['core', 'runtime/rx'],
  'runtime/session': ['core', 'core/tl', 'core/crypto', 'core/protocol', 'runtime/rx', 'runtime/transport'],
  'runtime/rpc': ['core', 'core/tl', 'api', 'runtime/rx', 'runtime/transport', 'runtime/storage'],
  'runtime/dc': [
    'core',
    'core/tl',
    'core/crypto',
    'core/protocol',
    'api',
    'runtime/rx',
    'runtime/transport',
    'runtime/storage',
    'runtime/session',
    'runtime/rpc',
  ],
  'runtime/updates': ['core', 'core/tl', 'api', 'runtime/rx', 'runtime/storage', 'runtime/session', 'runtime/rpc'],
  telegram: ['core', 'core/crypto', 'api', 'runtime/rx', 'runtime/rpc', 'runtime/storage', 'runtime/updates'],
  client: [
    'core',
    'core/tl',
    'core/crypto',
    'core/protocol',
    'api',
    'runtime/rx',
    'runtime/transport',
    'runtime/storage',
    'runtime/session',
    'runtime/rpc',
    'runtime/dc',
    'runtime/updates',
    'telegram',
  ],
  'local-dc': [
    'core',
    'core/tl',
    'core/crypto',
    'core/schema',
    'core/protocol',
    'api',
    'runtime/rx',
    'runtime/transport',
  ],
}
const belowDoors = Object.keys(ladder).filter((room) => room !== 'local-dc')
const doors: Readonly<Record<string, readonly string[]>> = {
  index: belowDoors,
  streams: belowDoors,
  angular: belowDoors,
  testing: [...belowDoors, 'local-dc'],
  cli: [...belowDoors, 'local-dc'],
}
const rooms: Readonly<Record<string, readonly string[]>> = { ...ladder, ...doors }

/** The room that a file is in: the longest name in the ladder that its path begins with. */
function roomOf(path: string): string {
  const inside = path.replace(/^lib\//, '').replace(/(\.node)?\.ts$/, '')
  const room = Object.keys(rooms)
    .filter((name) => inside === name || inside.startsWith(`${name}/`))
    .sort((a, b) => b.length - a.length)[0]
  if (room === undefined) throw new Error(`${path} is in no room of the ladder`)
  return room
}

function findings(check: (source: Source) => readonly string[]): readonly string[] {
  return sources.flatMap((source) => check(source).map((finding) => `${source.path}: ${finding}`))
}

/** Every place in `source` where `pattern` matches code, as `line: text`. */
function places(source: Source, pattern: RegExp): readonly string[] {
  return source.code
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`line ${index + 1}: ${line.trim()}`] : []))
}

const isNode = (path: string): boolean => path.endsWith('.node.ts')
const within = (path: string, ...starts: readonly string[]): boolean =>
  starts.some((start) => path.startsWith(`lib/${start}`))

describe('the import ladder', () => {
  it('reads the sources', () => {
    expect(sources.length).to.be.greaterThan(60)
  })

  it('has imports that point down only', () => {
    const upward = findings(({ path, imports }) =>
      imports
        .filter((each): each is Import & { target: string } => each.target?.startsWith('lib/') ?? false)
        .filter(({ target }) => roomOf(target) !== roomOf(path) && !rooms[roomOf(path)]!.includes(roomOf(target)))
        .map(({ specifier }) => `imports ${specifier}`),
    )
    expect(upward).to.deep.equal([])
  })

  it('stays inside lib', () => {
    const outside = findings(({ imports }) =>
      imports
        .filter(({ target }) => target !== undefined && !byPath.has(target))
        .map(({ specifier }) => `imports ${specifier}`),
    )
    expect(outside).to.deep.equal([])
  })

  it('has no circle', () => {
    const state = new Map<string, 'open' | 'done'>()
    const circles: string[] = []
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === 'done') return
      if (state.get(path) === 'open') {
        circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
        return
      }
      state.set(path, 'open')
      for (const { target } of byPath.get(path)?.imports ?? [])
        if (target !== undefined) visit(target, [...trail, path])
      state.set(path, 'done')
    }
    for (const { path } of sources) visit(path, [])
    expect(circles).to.deep.equal([])
  })

  it('keeps rxjs out of core and, as a value, out of api', () => {
    const found = findings(({ path, imports }) =>
      within(path, 'core/', 'api/')
        ? imports
            .filter(({ specifier, typeOnly }) => specifier.startsWith('rxjs') && !typeOnly)
            .map(({ specifier }) => `imports ${specifier}`)
        : [],
    )
    expect(found).to.deep.equal([])
  })
})

describe('the platform', () => {
  it('is reached from *.node.ts alone', () => {
    const found = findings((source) => {
      if (isNode(source.path)) return []
      const modules = source.imports
        .filter(
          ({ specifier, target }) =>
            specifier.startsWith('node:') || specifier === 'ws' || (target !== undefined && isNode(target)),
        )
        .map(({ specifier }) => `imports ${specifier}`)
      return [...modules, ...places(source, /\b(Buffer|process)\b(?!['"]?\s*:)/)]
    })
    expect(found).to.deep.equal([])
  })
})

describe('homes', () => {
  const edges = [
    'runtime/rx/',
    'runtime/session/',
    'runtime/updates/router',
    'client',
    'cli/',
    'worker/',
    'angular/',
    'local-dc/gateway',
    'local-dc/connection',
  ]

  it('has Subjects only at the loops of the graph', () => {
    expect(
      findings((source) => (within(source.path, ...edges) ? [] : places(source, /\bnew \w*Subject\b/))),
    ).to.deep.equal([])
  })

  it('subscribes only there', () => {
    expect(findings((source) => (within(source.path, ...edges) ? [] : places(source, /\.subscribe\(/)))).to.deep.equal(
      [],
    )
  })
})

describe('ambient things', () => {
  it('are asked for by name only in the clock', () => {
    const pattern =
      /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|setTimeout|setInterval|setImmediate|queueMicrotask|getRandomValues)\b/
    const found = findings((source) =>
      within(source.path, 'core/', 'runtime/', 'telegram/', 'client', 'local-dc/') &&
      source.path !== 'lib/runtime/rx/clock.ts'
        ? places(source, pattern)
        : [],
    )
    expect(found).to.deep.equal([])
  })

  it('are no promises between link and observer', () => {
    const rim = ['runtime/rx/promise', 'runtime/storage/', 'local-dc/listen']
    const found = findings((source) =>
      within(source.path, 'core/', 'runtime/', 'telegram/', 'client', 'local-dc/') && !within(source.path, ...rim)
        ? places(source, /\bawait\b|\bPromise\s*[.(]|\basync\b|\.then\(|\b(first|last)ValueFrom\b/)
        : [],
    )
    expect(found).to.deep.equal([])
  })
})

describe('operators', () => {
  it('are none of the banned ones', () => {
    const banned = /\b(shareReplay|publish\w*|connectable|groupBy|expand|webSocket)\b/
    const found = findings(({ text }) =>
      [...text.matchAll(/^import \{([^}]*)\} from 'rxjs[^']*'/gm)].flatMap(
        ([, names]) => banned.exec(names!)?.slice(1) ?? [],
      ),
    )
    expect(found).to.deep.equal([])
  })

  it('share with explicit options', () => {
    expect(findings((source) => places(source, /\bshare\(\s*\)/))).to.deep.equal([])
  })
})

describe('names', () => {
  it('are of the field, not of the drawer', () => {
    expect(
      findings(({ path }) =>
        /(^|[/-])(utils?|helpers?|manager|base|common|misc)(\.node)?\.ts$/.test(path) ? ['says nothing'] : [],
      ),
    ).to.deep.equal([])
  })
})

describe('a member that is an Observable', () => {
  it('has a name that ends in $', () => {
    const pattern = /^\s*readonly (\w+)\??: (?:Observable|\w*Subject)</
    const found = findings((source) =>
      source.code.split('\n').flatMap((line) => {
        const name = pattern.exec(line)?.[1]
        return name === undefined || name.endsWith('$') ? [] : [name]
      }),
    )
    expect(found).to.deep.equal([])
  })
})

describe('docstrings', () => {
  const lines = ['Starts:', 'Emits:', 'Errors:', 'Unsubscribe:']

  /** Exported functions that return a stream and whose docstring lacks a line. */
  const undocumented = (text: string): readonly string[] =>
    exportedFunctions(text)
      .filter(({ result }) => /^(Observable|OperatorFunction|MonoTypeOperatorFunction|Connect)\b/.test(result))
      .filter(({ doc }) => !lines.every((line) => doc.includes(line)))
      .map(({ name }) => `${name} lacks one of ${lines.join(' ')}`)

  it('say for every exported function that returns an Observable what it starts, emits, errors with and undoes', () => {
    expect(findings(({ path, text }) => (within(path, 'api/') ? [] : undocumented(text)))).to.deep.equal([])
  })

  it('are looked for whatever the parameters are', () => {
    const doc = `/**\n * X.\n *\n * ${lines.join(' a.\n * ')} b.\n */\n`
    const plain = 'export function plain(): Observable<void> {}'
    const braces = 'export function braces<Value extends { a: 1 }>({ a }: { a: () => void } = {}): Connect {}'
    expect(undocumented(doc + plain)).to.deep.equal([])
    expect(undocumented(doc + braces)).to.deep.equal([])
    expect(undocumented(`${plain}\n\n${braces}`)).to.have.length(2)
    expect(undocumented(`${doc.replace('Errors:', '')}${braces}`)).to.have.length(1)
    expect(undocumented('export function other({ a }: { a: 1 }): void {}')).to.deep.equal([])
  })
})

describe('a file of free functions', () => {
  const rooms = ['telegram/', 'runtime/rpc/', 'runtime/dc/', 'runtime/updates/']

  it('is named after what it exports', () => {
    const found = findings(({ path, text }) => {
      if (!within(path, ...rooms)) return []
      const stem = path.replace(/^.*\//, '').replace(/(\.node)?\.ts$/, '')
      const name = stem.replaceAll('-', '').toLowerCase()
      const exported = [...text.matchAll(/^export (?:function\*?|const|class|interface|type) (\w+)/gm)].map(
        ([, each]) => each!.toLowerCase(),
      )
      return exported.some((each) => each.includes(name) || name.includes(each)) ? [] : [exported.join(', ')]
    })
    expect(found).to.deep.equal([])
  })
})
