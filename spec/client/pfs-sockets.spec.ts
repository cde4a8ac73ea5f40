import { expect } from 'chai'
import { concat, defer, firstValueFrom, ignoreElements, last, type Observable, switchMap, tap } from 'rxjs'
import { getNearestDc } from '../../lib/api/help.ts'
import { openClient } from '../../lib/client.node.ts'
import type { ClientOptions } from '../../lib/client.ts'
import type { LocalDc } from '../../lib/local-dc/options.ts'
import { startLocalDc } from '../../lib/local-dc/start-local-dc.node.ts'
import { within } from '../../lib/runtime/rpc/within.ts'
import { memoryStorage } from '../../lib/runtime/storage/memory.ts'
import type { Connect } from '../../lib/runtime/transport/link.ts'
import { tcp } from '../../lib/runtime/transport/tcp.node.ts'
import { webSocket } from '../../lib/runtime/transport/websocket.ts'
import { getMe } from '../../lib/telegram/auth/get-me.ts'
import { bot, privateKey } from '../telegram/flow.ts'

const dc$ = startLocalDc({ privateKey, dcs: 2 })

/** Signs a bot in, asks another data centre, loses its temporary key, and comes back with what was stored. */
function life(dc: LocalDc, transport: Connect): Observable<unknown> {
  const { apiId, apiHash, dcs, publicKeyPem } = dc
  const storage = memoryStorage()
  const options: ClientOptions = { apiId, apiHash, dcs, publicKeys: [publicKeyPem], storage, transport, pfs: true }
  const temporary = () => dc.keys().filter((key) => key.dc === 1 && key.temporary)
  const first$ = openClient(options).pipe(
    switchMap((tg) =>
      concat(
        bot(tg, dc).pipe(ignoreElements()),
        getNearestDc(within(tg, { dc: 2 })).pipe(ignoreElements()),
        defer(() => {
          for (const { id } of temporary()) dc.orders.forgetKey(id)
          return getMe(tg).pipe(ignoreElements())
        }),
        defer(() => tg.close()),
        [true],
      ),
    ),
  )
  const made = () => dc.keys().length
  let before = 0
  const second$ = defer(() => {
    before = made()
    return openClient(options).pipe(
      switchMap((tg) =>
        concat(
          getMe(tg).pipe(
            tap(({ bot: isBot }) => expect(isBot).to.equal(true)),
            ignoreElements(),
          ),
          defer(() => tg.close()),
          defer(() => [made() - before]),
        ),
      ),
    )
  })
  return concat(first$.pipe(firstOnly()), second$.pipe(firstOnly()))
}

/** Leaves the source with its first value. */
function firstOnly<Value>() {
  return (source: Observable<Value>): Observable<Value> => defer(() => firstValueFrom(source))
}

describe('client with perfect forward secrecy over sockets', () => {
  const transports: readonly (readonly [what: string, transport: Connect])[] = [
    ...(['abridged', 'intermediate', 'padded', 'full'] as const).map(
      (framing) => [`TCP, ${framing}`, tcp({ framing })] as const,
    ),
    ['TCP, obfuscated', tcp({ framing: 'padded', obfuscated: true })],
    ['WebSocket', webSocket()],
  ]
  for (const [what, transport] of transports)
    it(`lives, loses its temporary key and comes back: ${what}`, async () => {
      const newKeys = await firstValueFrom(dc$.pipe(switchMap((dc) => life(dc, transport).pipe(last()))))
      expect(newKeys).to.equal(0)
    })
})
