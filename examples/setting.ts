/** Where the examples run: at Telegram, with API_ID and API_HASH, or at the local DC that `npm start` left word of. */
import { readFileSync } from 'node:fs'
import type { ClientOptions } from 'rxgram'

/** What `npm start` writes, and `npm run -s dc -- --json` prints first. */
export interface Ready {
  readonly dcs: NonNullable<ClientOptions['dcs']>
  readonly publicKeyPem: string
  readonly apiId: number
  readonly apiHash: string
  readonly users: readonly { readonly phone: string }[]
  readonly bots: readonly { readonly username: string; readonly token: string }[]
}

/** In the folder from which the examples are run; git ignores it. */
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

/** The options of a client of a local DC. */
export function optionsFor({ apiId, apiHash, dcs, publicKeyPem }: Omit<Ready, 'users' | 'bots'>): ClientOptions {
  return { apiId, apiHash, dcs, publicKeys: [publicKeyPem] }
}
