import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Observable, Subscription } from 'rxjs'
import { concat } from '../../../lib/core/bytes.ts'
import type { Link } from '../../../lib/runtime/transport/link.ts'

/** A bare TCP server on a free port of this machine, and the sockets that come. */
export interface BareServer {
  readonly port: number
  /** The next socket that comes. */
  accepted(): Promise<Socket>
  /** Closes the port and breaks what is open. */
  close(): Promise<void>
}

export async function bareServer(): Promise<BareServer> {
  const server = createServer({ allowHalfOpen: true })
  const open = new Set<Socket>()
  const fresh: Socket[] = []
  let waiting: ((socket: Socket) => void) | undefined
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
    if (waiting === undefined) fresh.push(socket)
    else waiting(socket)
    waiting = undefined
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () =>
      new Promise((resolve) => {
        const socket = fresh.shift()
        if (socket === undefined) waiting = resolve
        else resolve(socket)
      }),
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await bareServer()
  await server.close()
  return server.port
}

/** Until the other side is gone, however it went. What it still sends is thrown away. */
export function gone(socket: Socket): Promise<unknown> {
  if (socket.readableEnded || socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => socket.resume().once('end', resolve).once('close', resolve))
}

/** The first `length` bytes that a socket receives from now on. */
export async function bytesOf(socket: Socket, length: number): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array(0)
  while (bytes.length < length) {
    const [data] = (await once(socket, 'data')) as [Buffer]
    bytes = concat(bytes, data)
  }
  return bytes
}

/** A link under watch. */
export interface Watched {
  readonly subscription: Subscription
  /** The link, once it is open. Its `incoming$` is read by the watch. */
  readonly link: Promise<Link>
  /** What the connection ended with: an error, or undefined when it completed. */
  readonly over: Promise<Error | undefined>
  /** The same of `incoming$`. */
  readonly incomingOver: Promise<Error | undefined>
  readonly got: Uint8Array[]
  /** Resolves as soon as `count` values have come in all. */
  received(count: number): Promise<void>
}

export function watch(link$: Observable<Link>): Watched {
  const got: Uint8Array[] = []
  let tell: (() => void) | undefined
  let read: ((link: Link) => void) | undefined
  const incomingOver = new Promise<Error | undefined>((resolve) => {
    read = (link) =>
      link.incoming$.subscribe({
        next(bytes) {
          got.push(bytes)
          tell?.()
        },
        complete: () => resolve(undefined),
        error: resolve,
      })
  })
  let subscription: Subscription | undefined
  let settle: ((error: Error | undefined) => void) | undefined
  const over = new Promise<Error | undefined>((resolve) => {
    settle = resolve
  })
  const link = new Promise<Link>((resolve) => {
    subscription = link$.subscribe({
      next(each) {
        read!(each)
        resolve(each)
      },
      complete: () => settle!(undefined),
      error: settle!,
    })
  })
  return {
    subscription: subscription!,
    link,
    over,
    incomingOver,
    got,
    received: (count) =>
      new Promise((resolve) => {
        tell = () => {
          if (got.length >= count) resolve()
        }
        tell()
      }),
  }
}
