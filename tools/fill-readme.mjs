// Puts the examples into the README, below the comments that name them: `npm run readme`. A spec compares the two.
// `examples/x.ts` is the whole file, `examples/x.ts#name` one function of it with its comment.
import { readFileSync, writeFileSync } from 'node:fs'

/** What a comment of the README stands for. */
export function snippet(reference) {
  const [path, name] = reference.split('#')
  const text = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
  if (name === undefined) return text
  const found = new RegExp(
    `(?:^/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\n)?^(?:export )?function ${name}\\b[\\s\\S]*?^}\\n`,
    'm',
  ).exec(text)
  if (found === null) throw new Error(`expected a function ${name} in ${path}, got none`)
  return found[0]
}

/** The README with every snippet as the examples have it. */
export function filled(readme) {
  return readme.replace(
    /(<!-- (\S+) -->\n```ts\n)[\s\S]*?```/g,
    (_, head, reference) => `${head}${snippet(reference)}\`\`\``,
  )
}

if (process.argv[1] === import.meta.filename) writeFileSync('README.md', filled(readFileSync('README.md', 'utf8')))
