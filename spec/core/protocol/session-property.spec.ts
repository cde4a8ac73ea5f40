import { expect } from 'chai'
import fc from 'fast-check'
import { ageOf } from '../../../lib/core/protocol/message-id.ts'
import type { SessionEffect, SessionEvent } from '../../../lib/core/protocol/session-events.ts'
import { ModelServer } from '../../support/model-server.ts'
import { callBody, callId, SessionTable } from '../../support/session-table.ts'

/** What may happen, in any order. Numbers choose among what there is. */
type Simple =
  | 'hear'
  | 'deliver'
  | 'deliver all'
  | 'ack'
  | 'break'
  | 'change salt'
  | 'forget'
  | 'repeat'
  | 'lose what comes'
  | 'lose what goes'
  | 'refuse'
  | 'step'
type Action =
  | { _: 'call'; count: number }
  | { _: 'cancel' | 'finish'; choice: number }
  | { _: 'pass'; milliseconds: number }
  | { _: Simple }

const simple = (...kinds: Simple[]) => fc.constantFrom(...kinds).map((kind): Action => ({ _: kind }))

const actions = (...rare: Simple[]) =>
  fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ _: fc.constant('call' as const), count: fc.integer({ min: 1, max: 4 }) }) },
      { weight: 2, arbitrary: fc.record({ _: fc.constant('cancel' as const), choice: fc.nat(50) }) },
      { weight: 4, arbitrary: fc.record({ _: fc.constant('finish' as const), choice: fc.nat(50) }) },
      {
        weight: 3,
        arbitrary: fc.record({
          _: fc.constant('pass' as const),
          milliseconds: fc.constantFrom(0, 0, 150, 2_000, 31_000),
        }),
      },
      { weight: 12, arbitrary: simple('hear', 'deliver', 'deliver all') },
      { weight: 2, arbitrary: simple('ack', 'break', 'repeat') },
      ...(rare.length === 0 ? [] : [{ weight: 1, arbitrary: simple(...rare) }]),
    ),
    { maxLength: 120, size: 'max' },
  )

/** One run: the session, the server, and what became of each call. */
class Run {
  readonly table = new SessionTable()
  readonly server = new ModelServer(this.table.server)
  readonly ends = new Map<number, string[]>()
  readonly cancelled = new Set<number>()
  readonly written: Uint8Array[] = []
  /** The sessions that the server was asked to forget. */
  readonly destroyed = new Set<bigint>()
  #link = 1
  #isOpen = false
  #calls = 0

  act(action: Action): void {
    switch (action._) {
      case 'call':
        for (let n = 0; n < action.count; n++) this.#invoke()
        break
      case 'cancel':
        this.#cancel(action.choice)
        break
      case 'finish':
        this.server.finishes(action.choice)
        break
      case 'pass':
        this.pass(action.milliseconds)
        break
      case 'hear':
        this.server.hears()
        break
      case 'deliver':
      case 'deliver all':
        this.#deliver(action._ === 'deliver all')
        break
      case 'ack':
        this.server.acks()
        break
      case 'break':
        this.#breaks()
        break
      case 'change salt':
        this.server.changesSalt()
        break
      case 'forget':
        this.server.forgets()
        break
      case 'lose what comes':
        this.server.loses('to client')
        break
      case 'lose what goes':
        this.server.loses('to server')
        break
      case 'refuse':
        this.server.refuses(32)
        break
      case 'step':
        this.table.step(this.#calls % 2 === 0 ? -3_600_000 : 86_400_000)
        break
      case 'repeat':
        if (this.#isOpen) this.server.repeats()
        break
    }
  }

  /** For more than two minutes nothing goes wrong. */
  heal(): void {
    for (let round = 0; round < 70; round++) {
      this.pass(2_000)
      do {
        this.act({ _: 'hear' })
        this.act({ _: 'finish', choice: 0 })
        this.act({ _: 'deliver' })
        this.pass(0)
      } while (!this.server.idle)
    }
  }

  /** The number of the newest link. */
  get link(): number {
    return this.#link
  }

  /** What the machine ordered before its first event. */
  begin(): void {
    this.#obey(this.table.fold.begin)
  }

  /** The calls that have not ended. */
  open(): readonly number[] {
    return [...this.ends].filter(([id, ends]) => ends.length === 0 && !this.cancelled.has(id)).map(([id]) => id)
  }

  send(event: SessionEvent): void {
    this.#obey(this.table.fold.send(event))
  }

  pass(milliseconds: number): void {
    this.#obey(this.table.fold.advance(milliseconds))
  }

  #invoke(): void {
    const id = ++this.#calls
    this.ends.set(id, [])
    this.send({ _: 'invoke', id, body: callBody(id), repeatable: isRepeatable(id) })
  }

  #cancel(choice: number): void {
    const open = this.open()
    const id = open[choice % Math.max(1, open.length)]
    if (id === undefined) return
    this.cancelled.add(id)
    this.send({ _: 'cancel', id })
  }

  #deliver(all: boolean): void {
    const event = this.#isOpen ? this.server.delivers(all) : undefined
    if (event !== undefined) this.send(event)
  }

  #breaks(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.server.breaks()
    this.send({ _: 'closed', link: this.#link })
  }

  #obey(effects: readonly SessionEffect[]): void {
    for (const effect of effects) {
      if (effect._ === 'open') {
        this.#link = effect.link
        this.table.server.link = effect.link
        this.#isOpen = true
        this.send({ _: 'opened', link: effect.link, key: this.table.server.key, salt: 1n, timeOffset: 0 })
      } else if (effect._ === 'drop') {
        this.#isOpen = false
        this.server.breaks()
      } else if (effect._ === 'write') {
        this.written.push(effect.packet)
        this.#notes(effect.packet)
        if (this.#isOpen && effect.link === this.#link) this.server.sent(effect.packet)
      } else if (effect._ === 'answer') {
        expect(callId(effect.body), 'an answer of its own').to.equal(effect.id)
        this.#ends(effect.id, 'answer')
      } else if (effect._ === 'refuse') {
        this.#ends(effect.id, 'refuse')
      } else if (effect._ === 'fail') {
        this.#ends(effect.id, effect.error.name)
      }
    }
  }

  /** Nothing is ever sent under an old id: a server would not take it. */
  #notes(packet: Uint8Array): void {
    const { server, serverEnv } = this.table
    for (const { messageId, service } of server.openPacket(packet).messages) {
      expect(Math.abs(ageOf(messageId, serverEnv.now / 1_000)), 'the age of a message').to.be.below(40)
      if (service?._ === 'destroy_session') this.destroyed.add(service.sessionId)
    }
  }

  #ends(id: number, how: string): void {
    expect(this.cancelled.has(id), `call ${id} was cancelled, and ${how} came`).to.equal(false)
    this.ends.get(id)!.push(how)
    expect(this.ends.get(id), `the ends of call ${id}`).to.have.length(1)
  }
}

/** Every other call may run twice. */
function isRepeatable(id: number): boolean {
  return id % 2 === 0
}

/** Each call ended once; one that must not run twice did not, and where nobody knows whether it ran it says so. */
function endedWell(run: Run): void {
  for (const [id, ends] of run.ends) {
    const executions = run.server.executions.get(id) ?? 0
    if (!isRepeatable(id)) expect(executions, `the executions of call ${id}`).to.be.at.most(1)
    if (run.cancelled.has(id)) continue
    if (isRepeatable(id)) expect(ends, `the ends of call ${id}`).to.deep.equal(['answer'])
    else expect(ends, `the ends of call ${id}`).to.have.length(1)
    if (ends[0] === 'answer') expect(executions, `the executions of call ${id}`).to.be.at.least(1)
    else expect(ends[0]).to.equal('TransportError')
  }
}

function start(): Run {
  const run = new Run()
  run.begin()
  return run
}

/** Nothing is left: no call, and no notice to be said on the next link. */
function leftNothing(run: Run): void {
  expect(run.open()).to.deep.equal([])
  run.written.length = 0
  const destroyed = new Set(run.destroyed)
  run.act({ _: 'break' })
  run.pass(2_000)
  const said = run.written.flatMap((packet) => run.table.server.openPacket(packet).messages)
  const again = said.filter(({ service }) => {
    // That an old session may go is said minutes after it was left, which may be only now: once, then.
    if (service?._ === 'destroy_session') return destroyed.has(service.sessionId)
    return service?._ !== 'get_future_salts'
  })
  expect(again.map(({ service }) => service?._)).to.deep.equal(['ping_delay_disconnect'])
  expect(run.table.send({ _: 'close' })).to.deep.equal([`drop ${run.link}`, 'closed', 'end'])
}

describe('core/protocol session, whatever happens', () => {
  it('ends each call once, with its own answer, and executes none twice', () => {
    fc.assert(
      fc.property(actions('change salt', 'step'), (all) => {
        const run = start()
        // Before the server began the session, what is lost with a link may have been heard.
        run.act({ _: 'hear' })
        run.act({ _: 'deliver' })
        for (const action of all) run.act(action)
        run.heal()
        endedWell(run)
        for (const [id, ends] of run.ends) {
          if (run.cancelled.has(id)) continue
          expect(ends, `the ends of call ${id}`).to.deep.equal(['answer'])
          expect(run.server.executions.get(id), `the executions of call ${id}`).to.equal(1)
        }
        leftNothing(run)
      }),
      { numRuns: 200 },
    )
  })

  it('does so too with a server that forgets and refuses its sessions, but that nobody knows of some whether they ran', () => {
    fc.assert(
      fc.property(actions('change salt', 'forget', 'refuse', 'step'), (all) => {
        const run = start()
        for (const action of all) run.act(action)
        run.heal()
        endedWell(run)
        leftNothing(run)
      }),
      { numRuns: 200 },
    )
  })

  it('does so too where messages get lost on a link that goes on', () => {
    fc.assert(
      fc.property(actions('lose what comes', 'lose what goes'), (all) => {
        const run = start()
        for (const action of all) run.act(action)
        run.heal()
        endedWell(run)
        expect(run.open()).to.deep.equal([])
      }),
      { numRuns: 200 },
    )
  })
})
