import type { Request } from '../../../lib/core/invoker.ts'
import { readId, readInt } from '../../../lib/core/tl/reader.ts'
import { writeInt } from '../../../lib/core/tl/writer.ts'
import type { Clock } from '../../../lib/runtime/rx/clock.ts'
import { environment } from '../../../lib/runtime/rx/clock.ts'
import type { KeyedLink } from '../../../lib/runtime/session/handshake.ts'
import { type Inbox, inbox } from '../../../lib/runtime/transport/inbox.ts'
import { FakeServer, type Heard, type Said } from '../../support/fake-server.ts'
import { seededRandom } from '../../support/marbles.ts'
import { callId } from '../../support/session-table.ts'

const CALL = 0x0ca11000

/** A call whose answer is its own number. */
export function echo(id: number): Request<number> {
  return {
    method: 'test.echo',
    params: undefined,
    write: (_params, position) => writeInt(id, writeInt(CALL, position)),
    read: () => {
      readId()
      return readInt()
    },
  }
}

/** A server at the other end of links of memory: it answers pings at once and calls after `latency`. */
export class FakeDc {
  readonly server: FakeServer
  /** Calls and drops, in the order in which they came, by packet: `1 2`, `drop`. */
  readonly heard: string[] = []
  /** Calls that are not answered. */
  readonly silent: Set<number> = new Set()
  /** What to say instead of the echo. */
  readonly answers: Map<number, (call: Heard) => Said> = new Map()
  /** What its links say that they have still to send. */
  buffered = 0
  readonly #clock: Clock
  readonly #latency: number
  readonly #note: (what: string) => void
  #incoming: Inbox = inbox()

  constructor(
    clock: Clock,
    { latency = 2, note = () => {} }: { latency?: number; note?: (what: string) => void } = {},
  ) {
    this.#clock = clock
    this.#latency = latency
    this.#note = note
    this.server = new FakeServer(environment(clock, seededRandom(5)))
  }

  /** A new link to it. */
  link(): KeyedLink {
    const incoming = inbox()
    this.#incoming = incoming
    const buffered = () => this.buffered
    const link = {
      incoming$: incoming.incoming$,
      send: (packet: Uint8Array) => this.#hear(packet),
      get buffered() {
        return buffered()
      },
    }
    return { link, key: this.server.key, salt: 1n, timeOffset: 0, fresh: false }
  }

  says(said: Said): void {
    this.#incoming.push(this.server.packet(said))
  }

  /** The link ends, with an error or without. */
  ends(error?: Error): void {
    if (error === undefined) this.#incoming.end()
    else this.#incoming.fail(error)
  }

  #hear(bytes: Uint8Array): void {
    const { messages } = this.server.openPacket(bytes)
    const words = messages.flatMap(({ service, body }) => {
      if (service === undefined) return [String(callId(body))]
      return service._ === 'rpc_drop_answer' ? ['drop'] : []
    })
    if (words.length > 0) {
      this.heard.push(words.join(' '))
      this.#note(words.join(' '))
    }
    for (const message of messages) this.#answer(message)
  }

  #answer(message: Heard): void {
    const { service, messageId, body } = message
    if (service?._ === 'ping_delay_disconnect') {
      this.#soon({ _: 'pong', msgId: messageId, pingId: service.pingId })
    }
    if (service !== undefined || this.silent.has(callId(body))) return
    const answer = this.answers.get(callId(body)) ?? (() => this.server.result(messageId, body.slice(0, 8)))
    this.#soon(answer(message))
  }

  #soon(said: Said): void {
    const incoming = this.#incoming
    const say = () => incoming.push(this.server.packet(said))
    if (this.#latency === 0) say()
    else this.#clock.after(this.#latency).subscribe({ next: say, error: say })
  }
}
