#!/usr/bin/env node
/** The `rxgram` command. */
import { readFileSync } from 'node:fs'
import { dc } from './dc.node.ts'

const HELP = `Usage: rxgram COMMAND [options]

  dc           runs a Telegram server on this machine, for development and tests
  --version    prints the version
  --help       this text; rxgram dc --help tells the options of a command
`

function main([command, ...args]: readonly string[]): void {
  switch (command) {
    case 'dc':
      dc(args)
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
      process.stderr.write(`rxgram: expected a command, got ${command ?? 'none'}\n${HELP}`)
      process.exitCode = 2
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}

main(process.argv.slice(2))
