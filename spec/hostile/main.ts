/**
 * `npm run hostile [-- --cases N --seed N --only CASE]`: bytes that were recorded, changed in all ways, for both ends.
 * Nothing may crash, hang, or be taken for what it is not. A failing case is run again by its seed and number.
 */
import { parseArgs } from 'node:util'
import { hostile } from './cases.ts'

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})
const seed = Number(values.seed)
const cases = values.only === undefined ? Number(values.cases) : 1
const from = values.only === undefined ? 0 : Number(values.only)
const start = performance.now()
const seconds = () => Math.round((performance.now() - start) / 1000)

let told = 0
const progress = (done: number) => {
  if (done - told < 10_000 && done < cases) return
  told = done
  console.log(`${done} of ${cases} cases, ${seconds()} s`)
}
const report = hostile({ seed, cases, from, progress })
for (const [kind, { refused, unharmed }] of Object.entries(report.counts))
  console.log(
    `${kind.padEnd(24)} ${String(refused + unharmed).padStart(6)}: ${refused} had an effect, ${unharmed} had none`,
  )
for (const { number, kind, error } of report.failures) {
  console.log(`\ncase ${number}, ${kind}: npm run hostile -- --seed ${seed} --only ${number}`)
  console.log(error)
}
console.log(`hostile: seed ${seed}, ${report.cases} cases, ${report.failures.length} failures, ${seconds()} s`)
process.exit(report.failures.length === 0 ? 0 : 1)
