import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:net'
import { expect } from 'chai'
import { firstValueFrom, Subscription } from 'rxjs'
import { getConfigRequest } from '../../lib/api/help.ts'
import { parsePublicKey } from '../../lib/core/crypto/rsa.ts'
import { TransportError, UsageError } from '../../lib/core/errors.ts'
import { type LocalDcOptions, startLocalDc } from '../../lib/local-dc/index.node.ts'
import { tcp } from '../../lib/runtime/transport/tcp.node.ts'
import { startTestDc, type TestDc } from '../../lib/testing/index.node.ts'
import { RawClient } from '../support/raw-client.ts'
import { ANN, run } from './running.ts'

async function failure(options: LocalDcOptions): Promise<Error> {
  return firstValueFrom(startLocalDc({ listen: false, ...options })).then(
    () => {
      throw new Error('expected a failure, got a local DC')
    },
    (error: Error) => error,
  )
}

describe('startLocalDc', () => {
  it('is cold: each subscription is a server of its own', async () => {
    const source$ = startLocalDc({ listen: false })
    const [one, two] = [await firstValueFrom(source$), await firstValueFrom(source$)]
    expect(one.fingerprint).to.not.equal(two.fingerprint)
    expect(one.world).to.not.equal(two.world)
  })

  it('tells what a client must know', async () => {
    const dc = await run({ dcs: 2, listen: undefined })
    expect(dc.dcs.map(({ id }) => id)).to.deep.equal([1, 2])
    expect(new Set(dc.dcs.flatMap(({ port, ws }) => [port, Number(new URL(ws!).port)])).size).to.equal(4)
    expect(dc.dcs.every(({ ws }) => new URL(ws!).pathname === '/apiws')).to.equal(true)
    expect(parsePublicKey(dc.publicKeyPem).fingerprint).to.equal(dc.fingerprint)
    expect(dc.users.map(({ phone, firstName }) => [phone, firstName])).to.deep.equal([
      [ANN, 'Ann'],
      ['+9996632222', 'Bob'],
    ])
    expect(dc.bots.map(({ username }) => username)).to.deep.equal(['echo_bot'])
    expect(dc.bots[0]!.token).to.match(new RegExp(`^${dc.bots[0]!.id}:[A-Za-z0-9_-]{35}$`))
    dc.stop()
  })

  it('listens on ports in a row, and on more', async () => {
    const [first, extra] = await freePorts()
    const dc = await run({ listen: [{ dc: 1, host: '127.0.0.1', port: extra }], port: first, bots: [] })
    expect(dc.dcs[0]!.port).to.equal(first)
    expect(dc.listening).to.deep.equal([{ dc: 1, host: '127.0.0.1', port: extra }])
    expect(dc.bots).to.deep.equal([])
    const client = new RawClient(dc)
    await client.connect(tcp(), { dc: 1, host: '127.0.0.1', port: extra })
    await client.handshake()
    expect((await client.call(getConfigRequest())).dcOptions.map(({ port }) => port)).to.deep.equal([first])
    client.disconnect()
    dc.stop()
  })

  it('frees its ports and hangs up when it is left', async () => {
    const dc = await run({ listen: undefined })
    const client = await dc.client({ over: tcp() })
    const completed: boolean[] = []
    dc.events$.subscribe({ complete: () => void completed.push(true) })
    dc.stop()
    expect(completed).to.deep.equal([true])
    await client.connect(tcp(), { dc: 1, ...dc.dcs[0]! }).then(
      () => expect.fail('the port is still open'),
      (error) => expect(error).to.be.instanceOf(TransportError),
    )
  })

  it('takes a private key in both forms', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const fingerprints: bigint[] = []
    for (const type of ['pkcs1', 'pkcs8'] as const) {
      const pem = privateKey.export({ type, format: 'pem' }).toString()
      const dc = await firstValueFrom(startLocalDc({ listen: false, privateKey: pem }))
      expect(parsePublicKey(dc.publicKeyPem).fingerprint).to.equal(dc.fingerprint)
      fingerprints.push(dc.fingerprint)
    }
    expect(fingerprints[0]).to.equal(fingerprints[1])
  })

  const wrong: readonly (readonly [string, LocalDcOptions, RegExp])[] = [
    ['no DC at all', { dcs: 0 }, /^dcs: expected a whole number from 1 to 1000, got 0$/],
    ['a port that is none', { port: 70_000 }, /^port: expected a whole number from 0 to 65535, got 70000$/],
    [
      'ports that do not fit',
      { wsPort: 65_535, dcs: 2 },
      /^wsPort: expected a whole number from 0 to 65534 with 2 DCs, got 65535$/,
    ],
    [
      'an address of a DC that is not there',
      { listen: [{ dc: 2, host: 'x', port: 1 }] },
      /^listen\[0\]: expected DC 1, the only one, got 2$/,
    ],
    [
      'a number that is no test number',
      { users: [{ phone: '+1555', firstName: 'A' }] },
      /^users\[0\]: expected a test number.* got \+1555/,
    ],
    ['a name that is none', { users: [{ phone: ANN, firstName: '' }] }, /expected a first name/],
    [
      'a number twice',
      {
        users: [
          { phone: ANN, firstName: 'A' },
          { phone: ANN, firstName: 'B' },
        ],
      },
      /no other user has/,
    ],
    ['a token that is none', { bots: [{ token: 'secret', username: 'some_bot' }] }, /a token ID:SECRET/],
    ['a username that is none', { bots: [{ token: '1:a', username: '-' }] }, /^bots\[0\]: expected a username/],
    ['a key that is none', { privateKey: 'nonsense' }, /^privateKey: .*expected/],
    [
      'a method that is none',
      { methods: { sendMessage: () => true } as never },
      /^methods: expected .*messages.sendMessage.*, got sendMessage$/,
    ],
    [
      'a method of no schema',
      { methods: { 'no.such': () => true } as never },
      /^methods: expected the name of a method of the schema, got no.such$/,
    ],
    [
      'a method that can not be called',
      { methods: { 'help.getConfig': {} } as never },
      /^methods\['help.getConfig'\]: expected a function, got object$/,
    ],
    ['a schema that is none', { layerSchemas: [{ layer: 5, text: 'nonsense' }] }, /^layerSchemas\[0\]: .*layer 5/],
  ]
  for (const [what, options, message] of wrong)
    it(`refuses ${what}`, async () => {
      const error = await failure(options)
      expect(error).to.be.instanceOf(UsageError)
      expect(error.message).to.match(message)
      expect(error.message).to.not.include('secret')
    })

  it('says which port it can not have', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const error = await failure({ listen: undefined, port })
    taken.close()
    expect(error).to.be.instanceOf(TransportError)
    expect(error.message).to.include(`127.0.0.1:${port}`)
  })
})

describe('startTestDc', () => {
  it('gives what a client in the same process needs', async () => {
    const life = new Subscription()
    const dc = await new Promise<TestDc>((resolve, reject) => {
      life.add(startTestDc({ dcs: 2 }).subscribe({ next: resolve, error: reject }))
    })
    expect(dc.client).to.deep.include({
      apiId: dc.apiId,
      apiHash: dc.apiHash,
      dcs: dc.dcs,
      publicKeys: [dc.publicKeyPem],
    })
    const client = new RawClient(dc)
    await client.connect(dc.client.transport!, { dc: 2, ...dc.dcs[1]! })
    await client.handshake({ dc: 2 })
    expect((await client.call(getConfigRequest())).dcOptions).to.have.length(2)
    client.disconnect()
    life.unsubscribe()
  })
})

/** Ports that were free a moment ago. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')]
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports as unknown as readonly [number, number]
}
