import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { addPublicKey, NodeCryptoProvider } from '@mtcute/node/utils.js'
import type { Ready } from './processes.ts'

/** One account on an unmodified mtcute. The storage outlives the client: a second start goes on where the first stopped. */
export class Mtcute {
  readonly #ready: Ready
  readonly #crypto: NodeCryptoProvider
  readonly #storage = new MemoryStorage()
  readonly #texts: string[] = []
  #heard: () => void = () => undefined
  #client: TelegramClient | undefined

  private constructor(ready: Ready, crypto: NodeCryptoProvider) {
    this.#ready = ready
    this.#crypto = crypto
  }

  static async create(ready: Ready): Promise<Mtcute> {
    const crypto = new NodeCryptoProvider()
    await crypto.initialize()
    addPublicKey(crypto, ready.publicKeyPem, false)
    return new Mtcute(ready, crypto)
  }

  /** Connects; what others write is kept for `next` from now on, and with it what came while it was stopped. */
  connect(): TelegramClient {
    const { apiId, apiHash, dcs } = this.#ready
    const main = { id: dcs[0]!.id, ipAddress: dcs[0]!.host, port: dcs[0]!.port }
    const client = new TelegramClient({
      apiId,
      apiHash,
      crypto: this.#crypto,
      storage: this.#storage,
      defaultDcs: { main, media: main },
      updates: { catchUp: true },
      logLevel: 1,
    })
    client.onNewMessage.add((message) => {
      if (message.isOutgoing) return
      this.#texts.push(message.text)
      this.#heard()
    })
    this.#client = client
    return client
  }

  get client(): TelegramClient {
    if (this.#client === undefined) throw new Error('not connected')
    return this.#client
  }

  /** Logs in by phone and code, as a person would; the test numbers tell their code. */
  async logIn(phone: string): Promise<void> {
    await this.connect().start({ phone, code: codeOf(phone) })
  }

  /** Makes a new account. This version has no sign-up of its own, so the call is raw. */
  async signUp(phone: string, firstName: string): Promise<void> {
    const client = this.connect()
    await client.connect()
    const sent = await client.sendCode({ phone })
    if (!('phoneCodeHash' in sent)) throw new Error(`expected a code to be sent to ${phone}`)
    const { phoneCodeHash } = sent
    await client
      .call({ _: 'auth.signIn', phoneNumber: phone, phoneCodeHash, phoneCode: codeOf(phone) })
      .then((answer) => {
        if (answer._ !== 'auth.authorizationSignUpRequired')
          throw new Error(`expected auth.authorizationSignUpRequired, got ${answer._}`)
      })
    const signedUp = await client.call({ _: 'auth.signUp', phoneNumber: phone, phoneCodeHash, firstName, lastName: '' })
    await client.notifyLoggedIn(signedUp)
    await client.startUpdatesLoop()
  }

  /** Comes back with the same storage. */
  async comeBack(): Promise<void> {
    const client = this.connect()
    await client.start()
  }

  async stop(): Promise<void> {
    await this.client.destroy()
    this.#client = undefined
  }

  /** The next text that somebody else wrote, in the order of arrival. */
  async next(seconds: number): Promise<string> {
    const deadline = Date.now() + seconds * 1000
    while (this.#texts.length === 0) {
      if (Date.now() > deadline) throw new Error(`no message within ${seconds} s`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now() + 1)
        this.#heard = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return this.#texts.shift()!
  }
}

/** +99966DNNNN gets the code DDDDD, as on Telegram's test DCs. */
function codeOf(phone: string): string {
  return phone[6]!.repeat(5)
}
