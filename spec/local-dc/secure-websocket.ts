import { readFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import { firstValueFrom, switchMap } from 'rxjs'
import { getConfig } from '../../lib/api/help.ts'
import { createClient } from '../../lib/client.ts'
import { startLocalDc } from '../../lib/local-dc/start-local-dc.node.ts'
import { webSocket } from '../../lib/runtime/transport/websocket.ts'

// A program of its own, because Node reads the certificates that it is to trust only when it starts: a local DC behind
// TLS, as behind a reverse proxy, and a client over wss. Prints the DC that answered.

const [certificate, key] = process.argv.slice(2) as [string, string]

const config = startLocalDc().pipe(
  switchMap(async ({ dcs, apiId, apiHash, publicKeyPem }) => {
    const { host, port } = dcs[0]!
    const front = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (socket) => {
      const back = connect({ host, port })
      socket.pipe(back).pipe(socket)
      for (const end of [socket, back])
        end
          .on('error', () => {})
          .on('close', () => {
            socket.destroy()
            back.destroy()
          })
    })
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const ws = `wss://localhost:${(front.address() as AddressInfo).port}/apiws`
    const tg = createClient({
      apiId,
      apiHash,
      dcs: [{ id: 1, host, port: 1, ws }],
      publicKeys: [publicKeyPem],
      transport: webSocket(),
    })
    const answer = await firstValueFrom(getConfig(tg))
    await firstValueFrom(tg.close(), { defaultValue: undefined })
    front.close()
    return answer
  }),
)

process.stdout.write(`DC ${(await firstValueFrom(config)).thisDc}\n`)
