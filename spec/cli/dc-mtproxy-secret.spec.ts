import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { EMPTY, firstValueFrom } from 'rxjs'
import { getConfig } from '../../lib/api/help.ts'
import { dcArguments } from '../../lib/cli/dc-arguments.node.ts'
import { readyLine, readyText } from '../../lib/cli/dc-output.ts'
import { createClient } from '../../lib/client.ts'
import { UsageError } from '../../lib/core/errors.ts'
import { mtproxy } from '../../lib/runtime/transport/mtproxy.node.ts'

const KEY = '00112233445566778899aabbccddeeff'
const TLS = `ee${KEY}6578616d706c652e636f6d`

describe('rxgram dc --mtproxy-secret', () => {
  it('may be repeated', () => {
    const { options } = dcArguments(['--mtproxy-secret', KEY, '--mtproxy-secret', TLS])
    expect(options.mtproxySecrets).to.deep.equal([KEY, TLS])
    expect(dcArguments([]).options.mtproxySecrets).to.equal(undefined)
  })

  it('refuses what is no secret, and shows nothing of it', () => {
    const act = () => dcArguments(['--mtproxy-secret', KEY.slice(2)])
    expect(act).to.throw(UsageError, /^--mtproxy-secret: proxy secret: expected 16 bytes/)
    expect(act).not.to.throw(UsageError, KEY.slice(2))
  })

  it('shows people the links, where there are any', () => {
    const dc = {
      dcs: [],
      listening: [],
      users: [],
      bots: [],
      publicKeyPem: '',
      fingerprint: 0n,
      apiId: 1,
      apiHash: '',
      events$: EMPTY,
      accept: () => {},
      connect: () => EMPTY,
      world: undefined as never,
      publish: () => {},
      orders: undefined as never,
      keys: () => [],
    }
    const text = readyText({ ...dc, proxyLinks: ['tg://proxy?server=a', 'tg://proxy?server=b'] })
    expect(text).to.include('MTProxies\n  tg://proxy?server=a\n  tg://proxy?server=b\n')
    expect(readyText({ ...dc, proxyLinks: [] })).not.to.include('MTProxies')
    expect(readyLine({ ...dc, proxyLinks: [] })).not.to.include('proxyLinks')
  })

  it('prints a link that a client can use', async function () {
    this.timeout(30_000)
    const root = join(import.meta.dirname, '../..')
    const source = ['--conditions=rxgram-source', '--import', 'tsx', 'lib/cli/main.node.ts']
    const child = spawn(process.execPath, [...source, 'dc', '--json', '--mtproxy-secret', TLS], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
      const ready = JSON.parse(line) as { proxyLinks: string[]; apiId: number; apiHash: string; publicKeyPem: string }
      expect(ready.proxyLinks).to.have.length(1)
      const { apiId, apiHash, publicKeyPem } = ready
      const dcs = [{ id: 1, host: '127.0.0.1', port: 1 }]
      const transport = mtproxy(ready.proxyLinks[0]!)
      const tg = createClient({ apiId, apiHash, dcs, publicKeys: [publicKeyPem], transport })
      expect((await firstValueFrom(getConfig(tg))).thisDc).to.equal(1)
      await firstValueFrom(tg.close(), { defaultValue: undefined })
    } finally {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
  })
})
