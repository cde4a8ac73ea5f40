/** One contender, in the process that processes.ts starts for it: does what it is told, and tells what it took. */
import type { LocalDcReady } from './dc.ts'
import type { Contender } from './harness.ts'
import type { Load, NearestDc, Opened, Peer } from './peer.ts'

const loaders: Readonly<Record<Contender, () => Promise<{ readonly load: Load }>>> = {
  rxgram: () => import('./peer-rxgram.ts'),
  mtcute: () => import('./peer-mtcute.ts'),
  gramjs: () => import('./peer-gramjs.ts'),
}

/** What `calls` took. Times in milliseconds, CPU in microseconds. */
export interface CallFigures {
  readonly calls: number
  readonly took: number
  readonly cpu: number
  /** Of each call, if asked for. */
  readonly latencies: readonly number[]
}

export interface CallOptions {
  /** By each client that is open. */
  readonly inFlight: number
  /** Begins calls for so many milliseconds, or so many calls. */
  readonly duration?: number
  readonly count?: number
  readonly latencies?: boolean
}

let peer: Peer
let clients: Opened[] = []

/** What can be told to a contender; each answer goes back over the channel. */
export interface Orders {
  load(name: Contender, dc: LocalDcReady): Promise<void>
  /** Milliseconds to the first answer without a key, and again with the key that was made. */
  connect(updates: boolean): Promise<{ readonly fresh: number; readonly again: number }>
  /** Opens so many clients at once, each with a key of its own: milliseconds until all have their first answer. */
  open(count: number): Promise<number>
  /** What the first client gets for an answer. */
  answer(): Promise<NearestDc>
  calls(options: CallOptions): Promise<CallFigures>
  /** Bytes of the heap in use after collecting what is not. */
  heap(): Promise<number>
  close(): Promise<void>
}

export const orders: Orders = {
  async load(name, dc) {
    peer = await (await loaders[name]()).load(dc)
  },

  async connect(updates) {
    const account = peer.account()
    const once = async (): Promise<number> => {
      const start = performance.now()
      const opened = await account.open({ updates })
      const took = performance.now() - start
      await opened.close()
      return took
    }
    return { fresh: await once(), again: await once() }
  },

  async open(count) {
    const start = performance.now()
    clients = await Promise.all(Array.from({ length: count }, () => peer.account().open({ updates: true })))
    return performance.now() - start
  },

  async answer() {
    const { country, thisDc, nearestDc } = await new Promise<NearestDc>((resolve, reject) =>
      clients[0]!.call(resolve, reject),
    )
    return { country, thisDc, nearestDc }
  },

  async calls(options) {
    const { inFlight, duration = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY } = options
    const latencies: number[] = []
    const cpu = process.cpuUsage()
    const start = performance.now()
    let begun = 0
    let ended = 0
    await new Promise<void>((resolve, reject) => {
      let open = 0
      const next = (client: Opened): void => {
        if (begun === count || performance.now() - start >= duration) {
          if (open === 0) resolve()
          return
        }
        begun++
        open++
        const at = options.latencies === true ? performance.now() : 0
        client.call(() => {
          if (options.latencies === true) latencies.push(performance.now() - at)
          open--
          ended++
          next(client)
        }, reject)
      }
      for (const client of clients) for (let i = 0; i < inFlight; i++) next(client)
    })
    const took = performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    return { calls: ended, took, cpu: user + system, latencies }
  },

  async heap() {
    // The second finds what finalizers of the first let go.
    for (let i = 0; i < 2; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      globalThis.gc!()
    }
    return process.memoryUsage().heapUsed
  },

  async close() {
    const open = clients
    clients = []
    await Promise.all(open.map((client) => client.close()))
  },
}

if (process.send !== undefined) {
  process.once('disconnect', () => process.exit())
  process.on('message', ({ order, args }: { readonly order: keyof Orders; readonly args: readonly unknown[] }) => {
    ;(orders[order] as (...given: readonly unknown[]) => Promise<unknown>)(...args).then(
      (result) => process.send!({ result }),
      (error: unknown) => process.send!({ error: error instanceof Error ? error.stack : String(error) }),
    )
  })
}
