import { generateKeyPairSync } from 'node:crypto'
import { Subscription } from 'rxjs'
import { importBotAuthorizationRequest, sendCodeRequest, signInRequest, signUpRequest } from '../../lib/api/auth.ts'
import { resolvePhoneRequest, resolveUsernameRequest } from '../../lib/api/contacts.ts'
import type { AuthAuthorization, InputPeer, Updates } from '../../lib/api/index.ts'
import { RpcError } from '../../lib/core/errors.ts'
import type { Request } from '../../lib/core/invoker.ts'
import { type LocalDc, type LocalDcEvent, type LocalDcOptions, startLocalDc } from '../../lib/local-dc/index.node.ts'
import type { Connect } from '../../lib/runtime/transport/link.ts'
import { RawClient, type RawClientOptions } from '../support/raw-client.ts'

export interface Running extends LocalDc {
  /** Everything that was told so far. */
  readonly told: readonly LocalDcEvent[]
  /** A client with a key of its own; `over` is the transport in memory if not given. */
  client(options?: Partial<RawClientOptions> & { readonly over?: Connect; readonly dc?: number }): Promise<RawClient>
  /** A client that is signed in, signed up if need be. */
  person(phone: string): Promise<RawClient>
  /** A client that is signed in as the first bot. */
  bot(): Promise<RawClient>
  stop(): void
}

/** One key for all: making one takes longer than a whole test. */
const privateKey: string = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey

export const ANN = '+9996621111'
export const BOB = '+9996632222'

/** The one of them that is made before each test and stopped after it. */
export async function run(options: LocalDcOptions = {}): Promise<Running> {
  const life = new Subscription()
  const dc = await new Promise<LocalDc>((resolve, reject) => {
    life.add(
      startLocalDc({
        listen: false,
        privateKey,
        users: [
          { phone: ANN, firstName: 'Ann' },
          { phone: BOB, firstName: 'Bob' },
        ],
        ...options,
      }).subscribe({ next: resolve, error: reject }),
    )
  })
  const told: LocalDcEvent[] = []
  life.add(dc.events$.subscribe({ next: (event) => void told.push(event), error: () => {} }))
  const clients: RawClient[] = []
  const client: Running['client'] = async ({ over = dc.connect, dc: id = 1, ...given } = {}) => {
    const made = new RawClient({ publicKeyPem: dc.publicKeyPem, ...given })
    clients.push(made)
    await made.connect(over, { dc: id, ...dc.dcs[id - 1]! })
    await made.handshake({ dc: id })
    return made
  }
  return {
    ...dc,
    told,
    client,
    async person(phone) {
      const made = await client()
      await signIn(made, phone)
      return made
    },
    async bot() {
      const made = await client()
      await made.call(
        importBotAuthorizationRequest({ flags: 0, apiId: 1, apiHash: 'x', botAuthToken: dc.bots[0]!.token }),
      )
      return made
    },
    stop() {
      for (const each of clients) each.disconnect()
      life.unsubscribe()
    },
  }
}

/** Signs a client in, by the code that its number says; signs it up when the number is new. */
export async function signIn(client: RawClient, phone: string): Promise<AuthAuthorization> {
  const sent = await client.call(
    sendCodeRequest({ phoneNumber: phone, apiId: 1, apiHash: 'x', settings: { _: 'codeSettings' } }),
  )
  if (sent._ !== 'auth.sentCode') throw new Error(`expected auth.sentCode, got ${sent._}`)
  const { phoneCodeHash } = sent
  const phoneCode = phone.charAt(6).repeat(5)
  const authorization = await client.call(signInRequest({ phoneNumber: phone, phoneCodeHash, phoneCode }))
  if (authorization._ === 'auth.authorization') return authorization
  return await client.call(
    signUpRequest({ phoneNumber: phone, phoneCodeHash, firstName: `New ${phone}`, lastName: '' }),
  )
}

/** How a call is refused: its code and text; undefined when it is not. */
export async function refused(client: RawClient, request: Request<unknown>): Promise<string | undefined> {
  try {
    await client.call(request)
    return undefined
  } catch (error) {
    if (error instanceof RpcError) return `${error.code} ${error.text}`
    throw error
  }
}

/** All updates that were pushed to a client so far, in order. */
export function pushed(client: RawClient): readonly Updates[] {
  return client.heard.flatMap(({ updates }) => (updates === undefined ? [] : [updates]))
}

/** Waits for so many pushes. */
export async function pushes(client: RawClient, count: number): Promise<readonly Updates[]> {
  await client.until(() => pushed(client).length >= count)
  return pushed(client)
}

/** How a client names the account with that phone number or username. */
export async function peerOf(client: RawClient, phone: string): Promise<InputPeer> {
  const request = phone.startsWith('+') ? resolvePhoneRequest({ phone }) : resolveUsernameRequest({ username: phone })
  const [user] = (await client.call(request)).users
  if (user?._ !== 'user') throw new Error('expected a user')
  return { _: 'inputPeerUser', userId: user.id, accessHash: user.accessHash! }
}
