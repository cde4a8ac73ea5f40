import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { snippet } from '../tools/fill-readme.mjs'

// The README's promises: its snippets are the examples, which have specs that run them, and its commands are those
// that CI runs.

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const readme = read('README.md')
const snippets = [...readme.matchAll(/<!-- (\S+) -->\n```ts\n([\s\S]*?)```/g)].map(([, path, text]) => ({
  path: path!,
  text: text!,
}))
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.trim().split('\n'))

describe('the README', () => {
  it('has snippets', () => {
    expect(snippets.length).to.be.greaterThan(3)
    expect([...readme.matchAll(/```ts\n/g)]).to.have.length(snippets.length)
  })

  for (const { path, text } of snippets)
    it(`shows ${path} as it is (npm run readme)`, () => {
      expect(text).to.equal(snippet(path))
    })

  for (const { path } of snippets)
    it(`shows ${path}, which a spec runs`, () => {
      expect(read('spec/examples/examples.spec.ts')).to.include(/^examples\/(.*)\.ts/.exec(path)![1])
    })

  for (const command of commands)
    it(`names "${command}", which CI or a spec runs`, () => {
      const ci = read('.ci/run')
      // Interactive or endless ones are run by specs, which stop them.
      const bySpec: Readonly<Record<string, string>> = {
        'npm start': 'spec/examples/examples.spec.ts',
        'npm run chat': 'spec/examples/examples.spec.ts',
        'npm run -s dc -- --json --user +9996621234:Alice': 'spec/cli/main.spec.ts',
      }
      if (bySpec[command] === undefined) expect(ci).to.include(command)
      else expect(read(bySpec[command])).to.match(/\bspawn|\bstart\(|\brun\(/)
    })
})
