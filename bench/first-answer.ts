/** One contender, one fresh key, one answer: prints the milliseconds. Run by connect.ts. */
import { firstValueFrom } from 'rxjs'

interface Ready {
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number; readonly ws: string }[]
  readonly publicKeyPem: string
  readonly apiId: number
  readonly apiHash: string
}

const contenders: Readonly<Record<string, (ready: Ready) => Promise<number>>> = {
  async rxgram({ dcs, publicKeyPem, apiId, apiHash }) {
    const { createClient } = await import('../lib/index.node.ts')
    const { getConfig } = await import('../lib/api/help.ts')
    const start = performance.now()
    const tg = createClient({ apiId, apiHash, dcs, publicKeys: [publicKeyPem] })
    await firstValueFrom(getConfig(tg))
    const took = performance.now() - start
    await firstValueFrom(tg.close(), { defaultValue: undefined })
    return took
  },
  async mtcute({ dcs: [dc], publicKeyPem, apiId, apiHash }) {
    const { MemoryStorage, TelegramClient } = await import('@mtcute/node')
    const { addPublicKey, NodeCryptoProvider } = await import('@mtcute/node/utils.js')
    const crypto = new NodeCryptoProvider()
    await crypto.initialize()
    addPublicKey(crypto, publicKeyPem, false)
    const main = { id: dc!.id, ipAddress: dc!.host, port: dc!.port }
    const start = performance.now()
    const tg = new TelegramClient({
      apiId,
      apiHash,
      crypto,
      storage: new MemoryStorage(),
      defaultDcs: { main, media: main },
      logLevel: 0,
    })
    await tg.call({ _: 'help.getConfig' })
    const took = performance.now() - start
    await tg.destroy()
    return took
  },
}

const [, , contender, ready] = process.argv
console.log(await contenders[contender!]!(JSON.parse(ready!) as Ready))
