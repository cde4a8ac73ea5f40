import { expect } from 'chai'
import { firstValueFrom, map, mergeMap, type Subscription, switchMap, toArray } from 'rxjs'
import { getConfig } from '../../lib/api/help.ts'
import { createClient } from '../../lib/client.ts'
import { TransportError } from '../../lib/core/errors.ts'
import type { LocalDc } from '../../lib/local-dc/options.ts'
import { startLocalDc } from '../../lib/local-dc/start-local-dc.node.ts'
import { httpConnect, httpConnectLink } from '../../lib/runtime/transport/http-connect.node.ts'
import type { Connect, Dial } from '../../lib/runtime/transport/link.ts'
import { mtproxy } from '../../lib/runtime/transport/mtproxy.node.ts'
import type { ProxyServer } from '../../lib/runtime/transport/proxy-server.ts'
import { race } from '../../lib/runtime/transport/race.ts'
import { socks5, socks5Link } from '../../lib/runtime/transport/socks5.node.ts'
import type { TcpOptions } from '../../lib/runtime/transport/tcp.node.ts'
import { signInBot } from '../../lib/telegram/auth/sign-in-bot.ts'
import { closedPort, watch } from '../runtime/transport/sockets.ts'
import { privateKey } from '../telegram/flow.ts'
import { checkPrograms, type Login, microsocks, type RunningProxy, tinyproxy } from './programs.ts'

// The real client and a local DC, with the proxies that people run between them: `npm run test:proxies`.

const SECRET = 'ee00112233445566778899aabbccddeeff6578616d706c652e636f6d'
const LOGIN: Login = { user: 'ann', password: 'sesame' }

interface Kind {
  readonly name: string
  start(login?: Login): Promise<RunningProxy>
  transport(proxy: ProxyServer, options?: TcpOptions): Connect
  readonly link: typeof socks5Link
  /** What it says of a wrong login, of none, and of an address where nothing listens. */
  readonly says: { readonly wrong: RegExp; readonly none: RegExp; readonly closed: RegExp }
}

const KINDS: readonly Kind[] = [
  {
    name: 'SOCKS5 by microsocks',
    start: microsocks,
    transport: socks5,
    link: socks5Link,
    says: {
      wrong: /: it refused the login$/,
      none: /: it wants a login, and none was given$/,
      closed: /: it refused \(\w+\)$/,
    },
  },
  {
    name: 'CONNECT by tinyproxy',
    start: tinyproxy,
    transport: httpConnect,
    link: httpConnectLink,
    says: {
      wrong: /: expected 200, got 40[17]\b/,
      none: /: expected 200, got 407\b/,
      closed: /: expected 200, got 50\d\b/,
    },
  },
]

describe('real proxies', function () {
  this.timeout(20_000)

  let dc: LocalDc
  let server: Subscription
  before(async () => {
    checkPrograms()
    dc = await new Promise((resolve, reject) => {
      server = startLocalDc({ privateKey, mtproxySecrets: [SECRET] }).subscribe({ next: resolve, error: reject })
    })
  })
  after(() => server?.unsubscribe())

  /** What a client is told by help.getConfig, asked so often. */
  async function asked(transport: Connect, host = '127.0.0.1', times = 1): Promise<readonly number[]> {
    const { apiId, apiHash, publicKeyPem } = dc
    const { port } = dc.dcs[0]!
    const tg = createClient({ apiId, apiHash, dcs: [{ id: 1, host, port }], publicKeys: [publicKeyPem], transport })
    try {
      const answers$ = signInBot(tg, dc.bots[0]!.token).pipe(
        switchMap(() => Array.from({ length: times }, () => tg)),
        mergeMap((each) => getConfig(each).pipe(map(({ thisDc }) => thisDc))),
        toArray(),
      )
      return await firstValueFrom(answers$)
    } finally {
      await firstValueFrom(tg.close(), { defaultValue: undefined })
    }
  }

  async function refusal(transport: Connect, port = dc.dcs[0]!.port): Promise<Error> {
    const watched = watch(transport({ dc: 1, host: '127.0.0.1', port }))
    const error = await watched.over
    watched.subscription.unsubscribe()
    if (error === undefined) throw new Error('expected a refusal, got a link')
    return error
  }

  for (const kind of KINDS)
    describe(kind.name, () => {
      for (const [what, login] of [
        ['with no login', undefined],
        ['with a login', LOGIN],
      ] as const)
        describe(what, () => {
          let proxy: RunningProxy
          before(async () => {
            proxy = await kind.start(login)
          })
          after(() => proxy?.stop())

          const through = (more: TcpOptions = {}) =>
            kind.transport({ host: proxy.host, port: proxy.port, ...login }, more)

          for (const framing of ['abridged', 'intermediate', 'padded', 'full'] as const)
            it(`carries ${framing}`, async () => {
              expect(await asked(through({ framing }))).to.deep.equal([1])
            })

          it('carries an obfuscated stream, and many calls', async () => {
            const answers = await asked(through({ obfuscated: true }), '127.0.0.1', 100)
            expect(answers).to.deep.equal(Array(100).fill(1))
          })

          it('looks up a name for the client', async () => {
            expect(await asked(through(), 'localhost')).to.deep.equal([1])
          })

          it('stands in front of an MTProxy', async () => {
            const dial: Dial = (address) => kind.link(address, { host: proxy.host, port: proxy.port, ...login })
            expect(await asked(mtproxy(dc.proxyLinks[0]!, { dial }))).to.deep.equal([1])
          })

          it('wins a race against one that leads nowhere', async () => {
            const nowhere = kind.transport({ host: '127.0.0.1', port: await closedPort() })
            expect(await asked(race(nowhere, through()))).to.deep.equal([1])
          })

          it('tells that nothing listens at an address', async () => {
            const error = await refusal(through(), await closedPort())
            expect(error).to.be.instanceOf(TransportError)
            expect(error.message).to.match(kind.says.closed)
            expect((error as TransportError).outcome).to.equal('unsent')
          })

          if (login === undefined) return

          it('tells of a wrong login, and of none', async () => {
            const { host, port } = proxy
            const wrong = await refusal(kind.transport({ host, port, user: LOGIN.user, password: 'wrong' }))
            expect(wrong.message).to.match(kind.says.wrong)
            const none = await refusal(kind.transport({ host, port }))
            expect(none.message).to.match(kind.says.none)
          })
        })
    })
})
