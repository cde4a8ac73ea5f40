import { firstValueFrom } from 'rxjs'
import { getConfig, getNearestDc } from '../lib/api/help.ts'
import { createCaller, createClient } from '../lib/index.node.ts'
import { memoryStorage } from '../lib/runtime/storage/memory.ts'
import type { Load } from './peer.ts'

export const load: Load = async ({ dc, publicKeyPem, apiId, apiHash }) => ({
  account() {
    const storage = memoryStorage()
    return {
      async open({ updates }) {
        const options = { apiId, apiHash, dcs: [dc], publicKeys: [publicKeyPem], storage }
        const tg = updates ? createClient(options) : createCaller(options)
        await firstValueFrom(getConfig(tg))
        return {
          call: (done, failed) => void getNearestDc(tg).subscribe({ next: done, error: failed }),
          close: () => firstValueFrom(tg.close(), { defaultValue: undefined }),
        }
      },
    }
  },
})
