import { expect } from 'chai'
import { firstValueFrom, Subscription } from 'rxjs'
import { getConfig } from '../lib/api/help.ts'
import { addressChanges } from '../lib/client/addresses.ts'
import { createClient } from '../lib/client.ts'
import type { LocalDc } from '../lib/local-dc/options.ts'
import { startLocalDc } from '../lib/local-dc/start-local-dc.node.ts'
import { tcp } from '../lib/runtime/transport/tcp.node.ts'
import { closedPort } from './runtime/transport/sockets.ts'
import { privateKey } from './telegram/flow.ts'

// Several addresses of one data centre, over real sockets: what can't be reached costs no back-off.

describe('client addresses', () => {
  let resources: Subscription
  beforeEach(() => {
    resources = new Subscription()
  })
  afterEach(() => resources.unsubscribe())

  function started(host: string): Promise<LocalDc> {
    return new Promise((resolve, reject) => {
      resources.add(startLocalDc({ privateKey, host }).subscribe({ next: resolve, error: reject }))
    })
  }

  it('reach a DC over IPv6 whose IPv4 address is dead, with the first connection', async () => {
    const { dcs, apiId, apiHash, publicKeyPem } = await started('::1')
    const dead = { id: 1, host: '127.0.0.1', port: await closedPort() }
    const states: string[] = []
    const tg = createClient({ apiId, apiHash, dcs: [dead, ...dcs], publicKeys: [publicKeyPem], transport: tcp() })
    resources.add(() => tg.close())
    resources.add(tg.state$.subscribe({ next: ({ _ }) => states.push(_), error: expect.fail }))
    expect((await firstValueFrom(getConfig(tg))).thisDc).to.equal(1)
    // Offline is where it begins; a connection that failed would have led back there.
    expect(states.filter((state) => state === 'offline').length).to.be.below(2)
  })

  it('of both families are kept when the server tells them', async () => {
    const { dcs, apiId, apiHash, publicKeyPem } = await started('127.0.0.1')
    const tg = createClient({ apiId, apiHash, dcs, publicKeys: [publicKeyPem], transport: tcp() })
    resources.add(() => tg.close())
    const config = await firstValueFrom(getConfig(tg))
    const [option] = config.dcOptions
    const [change] = addressChanges({
      ...config,
      dcOptions: [option!, { ...option!, ipv6: true, ipAddress: '2001:db8::1' }, { ...option!, cdn: true }],
    })
    expect(change).to.deep.include({
      value: [
        { host: '127.0.0.1', port: option!.port },
        { host: '2001:db8::1', port: option!.port },
      ],
    })
  })
})
