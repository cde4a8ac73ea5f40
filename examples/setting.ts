/**
 * Where the examples run. With API_ID, API_HASH and BOT_TOKEN in the environment that is Telegram itself; without, the
 * local DC of which `npm start` left word, or of which `npm run -s dc -- --json` told in its first line.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { type Client, type ClientOptions, fileStorage, logTo } from 'rxgram'
import { EMPTY, type Observable } from 'rxjs'

/** A local DC in words: its ready line. */
export interface Ready {
  readonly dcs: NonNullable<ClientOptions['dcs']>
  readonly publicKeyPem: string
  readonly apiId: number
  readonly apiHash: string
  readonly users: readonly { readonly phone: string }[]
  readonly bots: readonly { readonly username: string; readonly token: string }[]
}

/** In the folder from which an example is run; git ignores it. */
export const FOLDER = '.rxgram'
export const FILE = '.rxgram/dc.json'

/** The local DC that runs here, if there is one. */
export function readyHere(): Ready | undefined {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Ready
  } catch {
    return undefined
  }
}

/** The options of a client of that DC. */
export function optionsFor({ apiId, apiHash, dcs, publicKeyPem }: Omit<Ready, 'users' | 'bots'>): ClientOptions {
  return { apiId, apiHash, dcs, publicKeys: [publicKeyPem] }
}

/** With `--trace`: every step of the client, on stderr, until it closes. */
export function traced(tg: Client, name: string): Observable<never> {
  const say = (line: string): void => console.error(`${name}: ${line}`)
  const sink = { debug: say, info: say, warn: say, error: say }
  return process.argv.includes('--trace') ? logTo(tg, sink, { level: 'debug' }) : EMPTY
}

/** The bot of the environment, which is to run at Telegram itself; its login is kept in a file. */
export function botAtTelegram(): { readonly options: ClientOptions; readonly token: string } | undefined {
  const { API_ID, API_HASH, BOT_TOKEN } = process.env
  if (API_ID === undefined || API_HASH === undefined || BOT_TOKEN === undefined) return undefined
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 })
  const storage = fileStorage(`${FOLDER}/bot-${BOT_TOKEN.split(':')[0]}.session`)
  return { options: { apiId: Number(API_ID), apiHash: API_HASH, storage }, token: BOT_TOKEN }
}

/** The bot that can run here. */
export function botHere(): { readonly options: ClientOptions; readonly token: string } {
  const ready = readyHere()
  const atTelegram = botAtTelegram()
  if (atTelegram !== undefined) return atTelegram
  if (ready === undefined)
    throw new Error('Set API_ID, API_HASH and BOT_TOKEN, or run `npm start` in another terminal.')
  return { options: optionsFor(ready), token: ready.bots[0]!.token }
}
