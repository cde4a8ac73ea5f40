// Puts the examples into the README, below the comments that name them: `npm run readme`. A spec compares the two.
import { readFileSync, writeFileSync } from 'node:fs'

const readme = readFileSync('README.md', 'utf8')
const filled = readme.replace(
  /(<!-- (\S+) -->\n```ts\n)[\s\S]*?```/g,
  (_, head, path) => `${head}${readFileSync(path, 'utf8')}\`\`\``,
)
writeFileSync('README.md', filled)
