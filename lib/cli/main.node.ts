#!/usr/bin/env node
/** The `rxgram` command. */
import { readFileSync } from 'node:fs'

const HELP = `Usage: rxgram COMMAND [options]

  dc           runs a Telegram server on this machine, for development and tests
  --version    prints the version
  --help       this text; rxgram dc --help tells the options of a command
`

/** What a signal does: before a command has begun there is nothing to stop. */
let stop = (): void => process.exit()

function main([command, ...args]: readonly string[]): void {
  // First of all, and the command itself is loaded after it: loading takes a while, and a signal may come meanwhile.
  process.once('SIGINT', () => stop()).once('SIGTERM', () => stop())
  switch (command) {
    case 'dc':
      void import('./dc.node.ts').then(({ dc }) =>
        dc(args, (given) => {
          stop = given
        }),
      )
      break
    case '--version':
    case '-v':
      process.stdout.write(`${version()}\n`)
      break
    case '--help':
    case '-h':
      process.stdout.write(HELP)
      break
    default:
      process.stderr.write(
        `rxgram: expected a command, got ${command === undefined ? 'none' : command.includes(':') ? 'one with a colon' : command}\n${HELP}`,
      )
      process.exitCode = 2
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}

main(process.argv.slice(2))
