import { createRequire } from 'node:module'
import { bigintFromBytes } from '../lib/core/bytes.ts'
import { parsePublicKey } from '../lib/core/crypto/rsa.ts'
import type { Load } from './peer.ts'

const require = createRequire(import.meta.url)

export const load: Load = async ({ dc, publicKeyPem, apiId, apiHash }) => {
  const { Api, Logger, TelegramClient, sessions } = require('telegram') as typeof import('telegram')
  const { LogLevel } = require('telegram/extensions/Logger') as typeof import('telegram/extensions/Logger.js')
  const { PromisedNetSockets } = require('telegram/extensions') as typeof import('telegram/extensions/index.js')
  const { _serverKeys } = require('telegram/crypto/RSA') as {
    _serverKeys: Map<string, { n: object; e: number }>
  }
  const bigInt = require('big-integer') as (value: string) => object
  const { fingerprint, modulus, exponent } = parsePublicKey(publicKeyPem)
  _serverKeys.set(`${fingerprint}`, {
    n: bigInt(`${bigintFromBytes(modulus)}`),
    e: Number(bigintFromBytes(exponent)),
  })

  /** It dials port 80 whatever the session says. */
  class Socket extends PromisedNetSockets {
    override connect(_port: number, host: string): Promise<unknown> {
      return super.connect(dc.port, host)
    }
  }

  return {
    account() {
      const session = new sessions.MemorySession()
      session.setDC(dc.id, dc.host, dc.port)
      return {
        // There is no mode without updates.
        async open() {
          const tg = new TelegramClient(session, apiId, apiHash, {
            networkSocket: Socket,
            baseLogger: new Logger(LogLevel.NONE),
          })
          // It asks help.getConfig itself, and this waits for the answer.
          await tg.connect()
          return {
            call: (done, failed) => void tg.invoke(new Api.help.GetNearestDc()).then(done, failed),
            close: () => tg.destroy(),
          }
        },
      }
    },
  }
}
