/** The arguments of `rxgram dc`. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UsageError } from '../core/errors.ts'
import { proxySecret } from '../core/protocol/proxy-secret.ts'
import type { LayerSchema, ListenAddress, LocalDcOptions, NewBot, NewUser } from '../local-dc/index.node.ts'

export interface DcArguments {
  readonly options: LocalDcOptions
  readonly json: boolean
  /** Whether every event is printed, messages included. */
  readonly trace: boolean
  readonly help: boolean
  /** How each of `options` was typed, by the name with which messages of the local DC begin: `layerSchemas[0]`. */
  readonly typed: ReadonlyMap<string, string>
}

export const DC_HELP = `Usage: rxgram dc [options]

Runs a Telegram server on this machine, for development and tests.

  --host HOST                where to listen (127.0.0.1)
  --port PORT                DC i listens on PORT + i - 1 (0: free ports)
  --ws-port PORT             DC i takes WebSocket on PORT + i - 1 (0: free ports)
  --dcs N                    how many DCs there are, 1 to N (1)
  --listen DC=HOST:PORT      one more address of a DC; may be repeated
  --private-key FILE.pem     RSA key, PKCS #1 or PKCS #8 (a new one)
  --user PHONE:FIRST_NAME    a person with a test number, +99966DNNNN; its login code is DDDDD; may be repeated
  --bot TOKEN:USERNAME       a bot with a token ID:SECRET; may be repeated (one called echo_bot)
  --layer-schema [N=]FILE    a layer that clients may speak besides the library's own, in TL; may be repeated
  --mtproxy-secret SECRET    be an MTProxy as well, with 16 bytes, dd... or ee... in hex or base64; may be repeated
  --json                     one line of JSON when ready, then one for each event
  --trace                    every connection, message and call, too: what it is and how long it took, not what it says
  --help                     this text
`

const OPTIONS = {
  host: { type: 'string' },
  port: { type: 'string' },
  'ws-port': { type: 'string' },
  dcs: { type: 'string' },
  listen: { type: 'string', multiple: true },
  'private-key': { type: 'string' },
  user: { type: 'string', multiple: true },
  bot: { type: 'string', multiple: true },
  'layer-schema': { type: 'string', multiple: true },
  'mtproxy-secret': { type: 'string', multiple: true },
  json: { type: 'boolean' },
  trace: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** What each option takes. */
const VALUES: Readonly<Record<string, string>> = {
  '--host': 'a host',
  '--port': 'a whole number from 0 to 65535',
  '--ws-port': 'a whole number from 0 to 65535',
  '--dcs': 'a whole number from 1 to 1000',
  '--listen': 'DC=HOST:PORT',
  '--private-key': 'FILE.pem',
  '--user': 'PHONE:FIRST_NAME',
  '--bot': 'TOKEN:USERNAME',
  '--layer-schema': '[N=]FILE',
}

/** @throws {UsageError} that says what was expected */
export function dcArguments(args: readonly string[]): DcArguments {
  const values = parsed(args)
  const { host, 'private-key': keyFile } = values
  if (host === '') throw new UsageError('--host: expected a host, got nothing')
  const options: LocalDcOptions = {
    host,
    port: numberOf('--port', values.port),
    wsPort: numberOf('--ws-port', values['ws-port']),
    dcs: numberOf('--dcs', values.dcs),
    listen: values.listen?.map(listenAddress),
    privateKey: keyFile === undefined ? undefined : fileOf('--private-key', keyFile),
    users: values.user?.map(userOf),
    bots: values.bot?.map(botOf),
    layerSchemas: values['layer-schema']?.map(layerSchema),
    mtproxySecrets: values['mtproxy-secret']?.map(checkedSecret),
    ...(values.trace === true && { trace: true }),
  }
  const { json = false, trace = false, help = false } = values
  return { options, json, trace, help, typed: typedOf(values) }
}

type Values = ReturnType<typeof parsed>

/** Of users and bots the option alone: what was typed for a bot is a secret, and may have been typed for a user. */
function typedOf(values: Values): ReadonlyMap<string, string> {
  const each = (name: string, option: string, list: readonly string[] = []) =>
    list.map((_, index) => [`${name}[${index}]`, option] as const)
  return new Map([
    ['port', '--port'],
    ['wsPort', '--ws-port'],
    ['dcs', '--dcs'],
    ['privateKey', `--private-key ${values['private-key']}`],
    ...(values.listen ?? []).map((text, index) => [`listen[${index}]`, `--listen ${text}`] as const),
    ...each('users', '--user', values.user),
    ...each('bots', '--bot', values.bot),
    ...(values['layer-schema'] ?? []).map(
      (text, index) => [`layerSchemas[${index}]`, `--layer-schema ${text}`] as const,
    ),
  ])
}

/** A message of the local DC, with the options in it as they were typed. */
export function asTyped(message: string, typed: DcArguments['typed']): string {
  const colon = message.indexOf(':')
  const option = typed.get(message.slice(0, Math.max(colon, 0)))
  const rest = message.slice(colon)
  if (option === undefined) return message
  return option === '--ws-port' ? option + rest.replace(/ of port,/, ' of --port,') : option + rest
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(expectation(error as NodeJS.ErrnoException, args))
  }
}

/** What Node found wrong, as what was expected. */
function expectation({ code, message }: NodeJS.ErrnoException, args: readonly string[]): string {
  const named = /'(-{0,2}[^' ]*)/.exec(message)?.[1] ?? 'something else'
  const names = Object.keys(OPTIONS).map((name) => `--${name}`)
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `expected one of ${names.join(', ')}, got ${shown(named)}`
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return `expected options alone, got ${shown(named)}`
  if (message.includes('does not take')) return `${named}: expected no value, got one`
  const expected = VALUES[named] ?? 'a value'
  const next = args[args.indexOf(named) + 1]
  if (!message.includes('ambiguous') || next === undefined) return `${named}: expected ${expected}, got nothing`
  return `${named}: expected ${expected}, got ${shown(next)} (write ${named}=VALUE for a value that begins with a dash)`
}

/** A stray argument in words. With a colon in it, it may be a bot's token: a secret. */
function shown(text: string): string {
  return text.includes(':') ? 'one with a colon, not shown because it may be a token' : text
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text))
    throw new UsageError(`${name}: expected ${VALUES[name]}, got ${shown(text) || 'nothing'}`)
  return Number(text)
}

function listenAddress(text: string): ListenAddress {
  const found = /^(\d+)=(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text)
  if (found === null) throw new UsageError(`--listen: expected DC=HOST:PORT, got ${text}`)
  const [, dc, ipv6, host, port] = found
  return { dc: Number(dc), host: (ipv6 ?? host)!, port: Number(port) }
}

function userOf(text: string): NewUser {
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1) throw new UsageError(`--user: expected PHONE:FIRST_NAME, got ${text}`)
  return { phone: text.slice(0, colon), firstName: text.slice(colon + 1) }
}

/** The username follows the last colon, because the token has one as well. What came is not shown: it is a secret. */
function botOf(text: string): NewBot {
  const colon = text.lastIndexOf(':')
  const token = text.slice(0, Math.max(colon, 0))
  if (!token.includes(':') || colon === text.length - 1) {
    throw new UsageError('--bot: expected TOKEN:USERNAME with a TOKEN of the form ID:SECRET, got something else')
  }
  return { token, username: text.slice(colon + 1) }
}

/** Checked here as well, so that a mistake is one of the arguments. */
function checkedSecret(text: string): string {
  try {
    proxySecret(text)
    return text
  } catch (error) {
    throw new UsageError(`--mtproxy-secret: ${error instanceof Error ? error.message : 'no secret'}`)
  }
}

function layerSchema(argument: string): LayerSchema {
  const found = /^(?:(\d+)=)?(.+)$/.exec(argument)
  if (found === null) throw new UsageError('--layer-schema: expected [N=]FILE, got nothing')
  const [, layer, file] = found
  return { layer: layer === undefined ? undefined : Number(layer), text: fileOf('--layer-schema', file!) }
}

function fileOf(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(
      `${name}: expected a file that can be read, got ${file} (${(error as NodeJS.ErrnoException).code})`,
    )
  }
}
