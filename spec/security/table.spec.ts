import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'

// Every spec that docs/security.md names is there, under that title; and every check of rxgram names one.

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8')

/** `path`: "title" */
const named = [...page.matchAll(/`(spec\/[\w/.-]+)`: "([^"]+)"/g)].map(([, path = '', title = '']) => ({ path, title }))

const titles = new Map<string, ReadonlySet<string>>()

/** The strings of a file: a title is one of them, also where it is a row of a table. */
function stringsOf(path: string): ReadonlySet<string> {
  const found = titles.get(path)
  if (found !== undefined) return found
  const text = readFileSync(join(root, path), 'utf8')
  const strings = new Set(
    [...text.matchAll(/'((?:\\.|[^'\\\n])*)'|`((?:\\.|[^`\\])*)`/g)].map((each) => each[1] ?? each[2]!),
  )
  titles.set(path, strings)
  return strings
}

describe('docs/security.md', () => {
  it('names specs that exist', () => {
    expect(named.length).to.be.greaterThan(80)
    const missing = named.filter(({ path, title }) => !existsSync(join(root, path)) || !stringsOf(path).has(title))
    expect(missing).to.deep.equal([])
  })

  it('names a spec in every row of its tables', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    const heads = new Set(['Check', 'Broken value', 'What is claimed', 'File'])
    const bare = rows.filter((row) => {
      const first = row.split('|')[1]!.trim()
      if (heads.has(first) || first.startsWith('**') || first.endsWith('.ts') || first === 'all') return false
      return !/`spec\/[\w/.-]+`: "/.test(row)
    })
    expect(bare).to.deep.equal([])
  })

  it('says Y of rxgram in every row of a table with peers', () => {
    const sections = page.split(/^## /m).slice(1, 3).join('')
    const columns = sections.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    const rows = columns
      .filter((row) => !/^\| (Check|Broken value) /.test(row))
      .map((row) => row.split('|').slice(1, -1))
    expect(rows).to.have.length(12 + 6 + 4)
    for (const row of rows) expect(row.at(-2), row[0]).to.match(/\bY\b/)
  })
})
