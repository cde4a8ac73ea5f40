/** The arguments of `rxgram dc`. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UsageError } from '../core/errors.ts'
import { proxySecret } from '../core/protocol/proxy-secret.ts'
import type { LayerSchema, ListenAddress, LocalDcOptions, NewBot, NewUser } from '../local-dc/index.node.ts'

export interface DcArguments {
  readonly options: LocalDcOptions
  readonly json: boolean
  readonly help: boolean
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
  help: { type: 'boolean', short: 'h' },
} as const

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
  }
  return { options, json: values.json ?? false, help: values.help ?? false }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(expectation(error as NodeJS.ErrnoException))
  }
}

/** What Node found wrong, as what was expected. */
function expectation({ code, message }: NodeJS.ErrnoException): string {
  const named = /'(-{0,2}[^' ]*)/.exec(message)?.[1] ?? 'something else'
  const names = Object.keys(OPTIONS).map((name) => `--${name}`)
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `expected one of ${names.join(', ')}, got ${named}`
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return `expected options alone, got ${named}`
  const isFlag = message.includes('does not take')
  return `${named}: expected ${isFlag ? 'no value, got one' : 'a value, got none'}`
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${name}: expected a whole number, got ${text}`)
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
