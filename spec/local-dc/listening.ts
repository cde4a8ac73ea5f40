import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { type Observable, Subscription, type TeardownLogic } from 'rxjs'
import { WebSocket } from 'ws'
import { concat } from '../../lib/core/bytes.ts'
import { type Listener, type ListenerLink, type ListenOptions, listen } from '../../lib/local-dc/listen.node.ts'

/** A link that was accepted, and all that it told. */
export interface Accepted {
  readonly link: ListenerLink
  bytes(length: number): Promise<Uint8Array>
  readonly over: Promise<Error | undefined>
}

/** What opens listeners and talks to them. */
export interface Listening {
  opened(options?: ListenOptions, owner?: Subscription): Promise<Listener>
  /** Takes links as they come, from the moment of the call. */
  accepting(links$: Observable<ListenerLink>): { next(): Promise<Accepted>; readonly count: () => number }
  dialled(listener: Listener): Promise<Socket>
  webSocket(listener: Listener, path: string, protocols?: string[]): WebSocket
  /** To be left with the test, as all that the others open. */
  keep(teardown: TeardownLogic): void
}

/** To be called inside a `describe`. */
export function listening(): Listening {
  let resources: Subscription
  beforeEach(() => {
    resources = new Subscription()
  })
  afterEach(() => resources.unsubscribe())

  function opened(options: ListenOptions = {}, owner: Subscription = resources): Promise<Listener> {
    return new Promise((resolve, reject) => {
      owner.add(listen(options).subscribe({ next: resolve, error: reject }))
    })
  }

  /** Takes links as they come, from the moment of the call. */
  function accepting(links$: Observable<ListenerLink>): { next(): Promise<Accepted>; readonly count: () => number } {
    const fresh: Accepted[] = []
    let count = 0
    let waiting: ((accepted: Accepted) => void) | undefined
    resources.add(
      links$.subscribe({
        next(link) {
          count++
          const accepted = read(link)
          if (waiting === undefined) fresh.push(accepted)
          else waiting(accepted)
          waiting = undefined
        },
        error: expect.fail,
      }),
    )
    return {
      count: () => count,
      next: () =>
        new Promise((resolve) => {
          const accepted = fresh.shift()
          if (accepted === undefined) waiting = resolve
          else resolve(accepted)
        }),
    }
  }

  function dialled({ host, port }: Listener): Promise<Socket> {
    return new Promise((resolve) => {
      const socket = connect({ host, port, noDelay: true })
      socket.on('error', () => {})
      resources.add(() => socket.destroy())
      socket.once('connect', () => resolve(socket))
    })
  }

  function webSocket({ host, port }: Listener, path: string, protocols: string[] = ['binary']): WebSocket {
    const socket = new WebSocket(`ws://${host}:${port}${path}`, protocols)
    socket.on('error', () => {})
    resources.add(() => socket.terminate())
    return socket
  }

  return { opened, accepting, dialled, webSocket, keep: (teardown) => resources.add(teardown) }
}

function read(link: ListenerLink): Accepted {
  let held: Uint8Array = new Uint8Array(0)
  let tell = () => {}
  const over = new Promise<Error | undefined>((resolve) => {
    link.incoming$.subscribe({
      next(bytes) {
        held = concat(held, bytes)
        tell()
      },
      complete: () => resolve(undefined),
      error: resolve,
    })
  })
  return {
    link,
    over,
    bytes: (length) =>
      new Promise((resolve) => {
        tell = () => {
          if (held.length < length) return
          resolve(held.slice(0, length))
          held = held.slice(length)
          tell = () => {}
        }
        tell()
      }),
  }
}

/** Also after an error, which would reject `once`. */
export function closedOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.resume().on('close', resolve))
}

/** A plain HTTP request, and what came back. */
export async function answer(
  listener: Listener,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number | undefined; headers: IncomingMessage['headers']; text: string }> {
  const { body, ...rest } = options
  const request = httpRequest({ host: listener.host, port: listener.port, path, agent: false, ...rest })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  for await (const part of response) text += part
  return { status: response.statusCode, headers: response.headers, text }
}
