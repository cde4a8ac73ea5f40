import { expect } from 'chai'
import * as streams from '../lib/streams.node.ts'
import { readSources } from './support/sources.ts'

// Whoever builds a client of stages reads their diagrams first: each stage has one.

/** What is exported for the stages, and is none. */
const NO_STAGES: readonly string[] = ['isRepeatable', 'parsePublicKey', 'proxyLink', 'proxySecret']
/** `name:   --a--b|`, as docstrings write it. */
const MARBLES = /^ \* {5}\S[^:]*: +\S*--/m

interface Exported {
  readonly name: string
  readonly path: string
}

const texts: ReadonlyMap<string, string> = new Map(readSources('lib').map(({ path, text }) => [path, text]))

/** The functions that an entry exports by name, each with the file it is declared in. */
function functionsOf(entry: string): readonly Exported[] {
  const exported = [...texts.get(entry)!.matchAll(/^export \{([^}]*)\} from '\.\/([^']+)'/gm)]
  return exported
    .flatMap(([, names, path]) => names!.split(',').map((name) => ({ name: name.trim(), path: `lib/${path}` })))
    .filter(({ name }) => typeof Reflect.get(streams, name) === 'function')
}

/** The docstring right above a declaration; empty if there is none. */
function docstringOf({ name, path }: Exported): string {
  const declared = new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/)\\nexport (?:function|const) ${name}\\b`)
  return declared.exec(texts.get(path) ?? '')?.[1] ?? ''
}

describe('the stages of rxgram/streams', () => {
  const stages = [...functionsOf('lib/streams.ts'), ...functionsOf('lib/streams.node.ts')]

  it('are all looked at', () => {
    const functions = Object.entries(streams).filter(([, value]) => typeof value === 'function')
    expect(stages.map(({ name }) => name)).to.have.members(functions.map(([name]) => name))
    expect(stages).to.have.length.above(20)
  })

  for (const stage of stages.filter(({ name }) => !NO_STAGES.includes(name)))
    it(`have a diagram: ${stage.name}`, () => {
      expect(docstringOf(stage), stage.path).to.match(MARBLES)
    })
})
