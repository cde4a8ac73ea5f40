import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { firstValueFrom, Subscription } from 'rxjs'
import { getConfig } from '../../lib/api/help.ts'
import { createClient } from '../../lib/client.ts'
import type { LocalDc } from '../../lib/local-dc/options.ts'
import { startLocalDc } from '../../lib/local-dc/start-local-dc.node.ts'
import type { Connect } from '../../lib/runtime/transport/link.ts'
import { mtproxy } from '../../lib/runtime/transport/mtproxy.node.ts'
import { race } from '../../lib/runtime/transport/race.ts'
import { tcp } from '../../lib/runtime/transport/tcp.node.ts'
import { webSocket } from '../../lib/runtime/transport/websocket.ts'
import { selfSigned } from '../support/self-signed.ts'
import { privateKey } from '../telegram/flow.ts'

// Every way to a local DC from end to end: real sockets, the real client, one call.

const TAGGED = ['abridged', 'intermediate', 'padded'] as const
const SECRET = '00112233445566778899aabbccddeeff'

const WAYS: readonly (readonly [name: string, transport: (dc: LocalDc) => Connect])[] = [
  ...TAGGED.flatMap((framing) => [
    [`TCP, ${framing}`, () => tcp({ framing })] as const,
    [`TCP, ${framing}, obfuscated`, () => tcp({ framing, obfuscated: true })] as const,
    [`WebSocket, ${framing}, obfuscated`, () => webSocket({ framing })] as const,
    [
      `MTProxy with a plain secret, ${framing}`,
      ({ dcs }: LocalDc) => mtproxy({ host: dcs[0]!.host, port: dcs[0]!.port, secret: SECRET }, { framing }),
    ] as const,
  ]),
  ['TCP, full', () => tcp({ framing: 'full' })],
  ['a race of all', ({ proxyLinks }) => race(tcp(), webSocket(), mtproxy(proxyLinks[0]!))],
]

describe('local DC, every way in', () => {
  let dc: LocalDc
  let server: Subscription
  before(async () => {
    server = new Subscription()
    dc = await new Promise((resolve, reject) => {
      server.add(startLocalDc({ privateKey, mtproxySecrets: [SECRET] }).subscribe({ next: resolve, error: reject }))
    })
  })
  after(() => server.unsubscribe())

  for (const [name, transport] of WAYS)
    it(`answers by ${name}`, async () => {
      const { apiId, apiHash, dcs, publicKeyPem } = dc
      const tg = createClient({ apiId, apiHash, dcs, publicKeys: [publicKeyPem], transport: transport(dc) })
      try {
        expect((await firstValueFrom(getConfig(tg))).thisDc).to.equal(1)
      } finally {
        await firstValueFrom(tg.close(), { defaultValue: undefined })
      }
    })

  it('answers by secure WebSocket, behind TLS', async function () {
    this.timeout(30_000)
    const folder = mkdtempSync(join(tmpdir(), 'rxgram-wss-'))
    try {
      const { certificate, key } = selfSigned()
      const files = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }
      writeFileSync(files.certificate, certificate)
      writeFileSync(files.key, key)
      const program = join(import.meta.dirname, 'secure-websocket.ts')
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--conditions=rxgram-source', '--import', 'tsx', program, files.certificate, files.key],
        { env: { ...process.env, NODE_EXTRA_CA_CERTS: files.certificate }, timeout: 25_000 },
      )
      expect(stdout).to.equal('DC 1\n')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
