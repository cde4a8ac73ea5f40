import { once } from 'node:events'
import { expect } from 'chai'
import { map, NEVER, throwError } from 'rxjs'
import { TransportError, UsageError } from '../../../lib/core/errors.ts'
import type { Connect, Endpoint } from '../../../lib/runtime/transport/link.ts'
import { race } from '../../../lib/runtime/transport/race.ts'
import { tcp } from '../../../lib/runtime/transport/tcp.node.ts'
import { webSocket } from '../../../lib/runtime/transport/websocket.ts'
import { marbles } from '../../support/marbles.ts'
import { fakeLink } from './packet-server.ts'
import { bareServer, closedPort, watch } from './sockets.ts'

const endpoint: Endpoint = { dc: 2, host: '127.0.0.1', port: 1 }

describe('runtime/transport race', () => {
  it(
    'takes the transport that opens first, and closes the others',
    marbles(({ cold, expectObservable, expectSubscriptions, note, expectNotes }) => {
      const [a, b] = [cold('-----L--'), cold('--L---|')]
      const transport =
        (name: string, source: typeof a): Connect =>
        (to) => {
          note(`${name} to ${to.host}`)
          return source.pipe(map(() => fakeLink()))
        }
      const raced = race(transport('a', a), transport('b', b))(endpoint)
      expectObservable(raced.pipe(map(() => 'L'))).toBe('--L---|')
      expectSubscriptions(a.subscriptions).toBe('^-!')
      expectSubscriptions(b.subscriptions).toBe('^-----!')
      expectNotes(['0 a to 127.0.0.1', '0 b to 127.0.0.1'])
    }),
  )

  it(
    'survives those that fail, those that throw, and is left with all',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const slow = cold('----L-')
      const broken: Connect = () => {
        throw new UsageError('none of this')
      }
      const failing: Connect = () => throwError(() => new TransportError('no way', 'unsent'))
      const late: Connect = () => slow.pipe(map(() => fakeLink()))
      expectObservable(race(broken, failing, late)(endpoint).pipe(map(() => 'L')), '^----!').toBe('----L-')
      expectSubscriptions(slow.subscriptions).toBe('^----!')
      const said = new TransportError('none of this; no way', 'unsent')
      expectObservable(race(broken, failing)(endpoint)).toBe('#', undefined, said)
      expectObservable(race(() => NEVER, failing)(endpoint)).toBe('-')
    }),
  )

  it('wants at least one', () => {
    expect(() => race()).to.throw(UsageError, 'race: expected at least one transport, got none')
  })

  it('has TCP win where there is no WebSocket, and closes every socket', async () => {
    const server = await bareServer()
    try {
      const watched = watch(race(webSocket(), tcp())({ ...endpoint, port: server.port }))
      const link = await watched.link
      link.send(new Uint8Array(40))
      const socket = await server.accepted()
      await once(socket, 'data')
      watched.subscription.unsubscribe()
      await once(socket.resume(), 'end')
    } finally {
      await server.close()
    }
  })

  it('says why, when none can', async () => {
    const port = await closedPort()
    const error = await watch(race(tcp(), webSocket())({ ...endpoint, port })).over
    expect(error).to.be.instanceOf(TransportError)
    expect(error!.message).to.equal(
      `expected an address like wss://host/apiws, got ''; could not connect to 127.0.0.1:${port}: nothing listens there (ECONNREFUSED)`,
    )
  })
})
