import { expect } from 'chai'
import {
  filter,
  firstValueFrom,
  map,
  mergeMap,
  type Observable,
  Subscription,
  switchMap,
  take,
  timer,
  toArray,
} from 'rxjs'
import { getConfig } from '../../lib/api/help.ts'
import { createClient } from '../../lib/client.ts'
import { TransportError, UsageError } from '../../lib/core/errors.ts'
import type { LocalDcEvent } from '../../lib/local-dc/events.ts'
import type { LocalDc, LocalDcOptions } from '../../lib/local-dc/options.ts'
import { startLocalDc } from '../../lib/local-dc/start-local-dc.node.ts'
import { systemClock } from '../../lib/runtime/rx/clock.ts'
import type { Connect } from '../../lib/runtime/transport/link.ts'
import { mtproxy } from '../../lib/runtime/transport/mtproxy.node.ts'
import { tcp } from '../../lib/runtime/transport/tcp.node.ts'
import { signInBot } from '../../lib/telegram/auth/sign-in-bot.ts'
import { privateKey } from '../telegram/flow.ts'

// A local DC that is an MTProxy as well, over real sockets, with the real client.

const KEY = '00112233445566778899aabbccddeeff'
const OTHER = 'ffeeddccbbaa99887766554433221100'
const DOMAIN = Buffer.from('example.org').toString('hex')
const SECRETS = { plain: KEY, padded: `dd${OTHER}`, tls: `ee${KEY}${DOMAIN}` } as const

describe('local DC as an MTProxy', () => {
  let resources: Subscription
  beforeEach(() => {
    resources = new Subscription()
  })
  afterEach(() => resources.unsubscribe())

  async function started(options: LocalDcOptions = {}): Promise<{ dc: LocalDc; events: LocalDcEvent[] }> {
    const events: LocalDcEvent[] = []
    const secrets = Object.values(SECRETS)
    const dc = await new Promise<LocalDc>((resolve, reject) => {
      resources.add(
        startLocalDc({ privateKey, mtproxySecrets: secrets, dcs: 2, ...options }).subscribe({
          next: resolve,
          error: reject,
        }),
      )
    })
    resources.add(dc.events$.subscribe({ next: (event) => events.push(event), error: expect.fail }))
    return { dc, events }
  }

  function clientOf(dc: LocalDc, transport: Connect, homeDc = 1) {
    const { apiId, apiHash, publicKeyPem } = dc
    // Addresses that lead nowhere: whatever gets through went through the proxy.
    const dcs = [1, 2].map((id) => ({ id, host: '127.0.0.1', port: 1 }))
    const tg = createClient({ apiId, apiHash, dcs, publicKeys: [publicKeyPem], transport, homeDc })
    resources.add(() => tg.close())
    return tg
  }

  function through(dc: LocalDc, secret: string): Connect {
    const { host, port } = dc.dcs[0]!
    return mtproxy({ host, port, secret })
  }

  for (const [kind, secret] of Object.entries(SECRETS))
    for (const home of [1, 2])
      it(`leads a client with a secret that is ${kind} to DC ${home}`, async () => {
        const { dc, events } = await started()
        const { thisDc } = await firstValueFrom(getConfig(clientOf(dc, through(dc, secret), home)))
        expect(thisDc).to.equal(home)
        expect(events).to.deep.include({ event: 'proxied', connection: 1, dc: home, secret: kind })
        expect(events.filter(({ event }) => event === 'fault')).to.deep.equal([])
      })

  it('has a link for each secret, which works', async () => {
    const { dc } = await started()
    expect(dc.proxyLinks).to.deep.equal(
      Object.values(SECRETS).map((secret) => `tg://proxy?server=127.0.0.1&port=${dc.dcs[0]!.port}&secret=${secret}`),
    )
    const bots = dc.proxyLinks.map((link) => signInBot(clientOf(dc, mtproxy(link)), dc.bots[0]!.token))
    const names = await Promise.all(bots.map((bot) => firstValueFrom(bot.pipe(map(({ username }) => username)))))
    expect(names).to.deep.equal(['echo_bot', 'echo_bot', 'echo_bot'])
  })

  it('carries much, both ways', async () => {
    const { dc } = await started()
    const text = 'x'.repeat(4000)
    const tg = clientOf(dc, through(dc, SECRETS.tls))
    const many: Observable<number> = signInBot(tg, dc.bots[0]!.token).pipe(
      switchMap(() => Array.from({ length: 60 }, () => text)),
      mergeMap(() => getConfig(tg).pipe(map(({ thisDc }) => thisDc))),
    )
    expect(await firstValueFrom(many.pipe(take(60), toArray()))).to.deep.equal(Array(60).fill(1))
  })

  it('takes direct connections as ever', async () => {
    const { dc, events } = await started()
    const { apiId, apiHash, publicKeyPem, dcs } = dc
    for (const transport of [tcp(), tcp({ obfuscated: true }), tcp({ framing: 'full' })]) {
      const tg = createClient({ apiId, apiHash, dcs, publicKeys: [publicKeyPem], transport })
      resources.add(() => tg.close())
      expect((await firstValueFrom(getConfig(tg))).thisDc).to.equal(1)
    }
    expect(events.some(({ event }) => event === 'proxied')).to.equal(false)
  })

  /** What the transport itself says, and what the local DC told meanwhile. */
  async function refusal(dc: LocalDc, transport: Connect): Promise<Error> {
    return new Promise((resolve, reject) => {
      resources.add(
        transport({ dc: 1, host: '127.0.0.1', port: 1 }).subscribe({
          next: (link) => {
            link.send(new Uint8Array(40).fill(1))
            resources.add(link.incoming$.subscribe({ error: () => {}, complete: () => {} }))
          },
          error: resolve,
          complete: () => reject(new Error(`expected a refusal by DC ${dc.dcs[0]!.id}, got the end`)),
        }),
      )
    })
  }

  const hellos: readonly (readonly [what: string, secret: string, skew: number, fault: string])[] = [
    ['with another key', `ee${OTHER}${DOMAIN}`, 0, 'expected a TLS hello with the digest of a secret, got another'],
    [
      'to another domain',
      `ee${KEY}${Buffer.from('example.com').toString('hex')}`,
      0,
      'expected a TLS hello to the domain of a secret, got another domain',
    ],
    ['from a clock that is ahead', SECRETS.tls, 3_600_000, 's in the future'],
    ['from a clock that is behind', SECRETS.tls, -3_600_000, 's ago'],
  ]
  for (const [what, secret, skew, fault] of hellos)
    it(`hangs up on a hello ${what}`, async () => {
      const { dc, events } = await started()
      const { host, port } = dc.dcs[0]!
      const clock = { ...systemClock, now: () => systemClock.now() + skew }
      const error = await refusal(dc, mtproxy({ host, port, secret }, { clock }))
      expect(error).to.be.instanceOf(TransportError)
      expect(error.message).to.match(
        /^could not connect to 127\.0\.0\.1:\d+: (expected a TLS answer, got the end of the connection|the connection .* broke: .*)$/,
      )
      expect(error.message).not.to.include(KEY)
      const told = events.find((event) => event.event === 'fault')
      expect(told?.event === 'fault' && told.message).to.include(fault)
    })

  it('hangs up on a hello that comes again', async () => {
    const { dc, events } = await started()
    const { host, port } = dc.dcs[0]!
    const fixed = (length: number) => new Uint8Array(length).fill(7)
    const now = systemClock.now()
    const clock = { ...systemClock, now: () => now }
    const transport = mtproxy({ host, port, secret: SECRETS.tls }, { random: fixed, clock })
    const endpoint = { dc: 1, host, port }
    const first = await new Promise<Subscription>((resolve, reject) => {
      const subscription: Subscription = transport(endpoint).subscribe({
        next: () => resolve(subscription),
        error: reject,
      })
      resources.add(() => subscription.unsubscribe())
    })
    first.unsubscribe()
    expect((await refusal(dc, transport)).message).to.include('could not connect')
    const told = events.find((event) => event.event === 'fault')
    expect(told?.event === 'fault' && told.message).to.include('expected a new TLS hello, got one of before')
  })

  it('is silent to whoever has another secret, or one that does not fit', async () => {
    const { dc } = await started()
    for (const secret of ['11'.repeat(16), OTHER]) {
      const over: unknown[] = []
      const connection = through(
        dc,
        secret,
      )({ dc: 1, host: '127.0.0.1', port: 1 }).subscribe({
        next: (link) => {
          link.incoming$.subscribe({ error: (each) => over.push(each), complete: () => over.push('closed') })
          link.send(new Uint8Array(64).fill(1))
        },
        error: (each) => over.push(each),
        complete: () => over.push('closed'),
      })
      const fault$ = dc.events$.pipe(filter((event) => event.event === 'fault'))
      expect((await firstValueFrom(fault$)).message).to.match(
        /^connection \d+: expected a known secret or the tag of a framing in the obfuscated header, got none$/,
      )
      await firstValueFrom(timer(0))
      expect(over).to.deep.equal([])
      connection.unsubscribe()
    }
  })

  it('tells a client that asks for a DC that is not there', async () => {
    const { dc, events } = await started()
    const error = await new Promise<Error>((resolve, reject) => {
      resources.add(
        through(
          dc,
          SECRETS.padded,
        )({ dc: 3, host: '127.0.0.1', port: 1 }).subscribe({
          next: (link) => {
            resources.add(link.incoming$.subscribe({ error: resolve, complete: () => reject(new Error('closed')) }))
            link.send(new Uint8Array(40).fill(1))
          },
          error: reject,
        }),
      )
    })
    expect((error as TransportError).code).to.equal(-444)
    expect(events.some((event) => event.event === 'fault' && event.message.endsWith('got 3'))).to.equal(true)
  })

  it('refuses a secret that is none, and shows nothing of it', async () => {
    for (const [secrets, message] of [
      [[KEY.slice(2)], 'proxy secret: expected 16 bytes'],
      [Array(101).fill(KEY), 'mtproxySecrets: expected at most 100, got 101'],
    ] as const) {
      const error = await started({ mtproxySecrets: secrets }).catch((each: unknown) => each)
      expect(error).to.be.instanceOf(UsageError)
      expect((error as Error).message).to.include(message)
      expect((error as Error).message).not.to.include(KEY.slice(2))
    }
  })

  it('has no links without a port', async () => {
    const { dc } = await started({ listen: false })
    expect(dc.proxyLinks).to.deep.equal([])
  })
})
