import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { addPublicKey, NodeCryptoProvider } from '@mtcute/node/utils.js'
import type { Load } from './peer.ts'

export const load: Load = async ({ dc, publicKeyPem, apiId, apiHash }) => {
  const crypto = new NodeCryptoProvider()
  await crypto.initialize()
  addPublicKey(crypto, publicKeyPem, false)
  const main = { id: dc.id, ipAddress: dc.host, port: dc.port }
  return {
    account() {
      const storage = new MemoryStorage()
      return {
        async open({ updates }) {
          const tg = new TelegramClient({
            apiId,
            apiHash,
            crypto,
            storage,
            defaultDcs: { main, media: main },
            disableUpdates: !updates,
            logLevel: 0,
          })
          await tg.call({ _: 'help.getConfig' })
          return {
            call: (done, failed) => void tg.call({ _: 'help.getNearestDc' }).then(done, failed),
            close: () => tg.destroy(),
          }
        },
      }
    },
  }
}
