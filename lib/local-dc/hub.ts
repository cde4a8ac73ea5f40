/**
 * Everything between the bytes of connections and the calls of sessions, as one machine: connections, key exchanges,
 * auth keys and sessions. What it can't do itself it orders: sending, closing, and running calls.
 */
import type { RsaPrivateKey } from '../core/crypto/rsa-private.ts'
import { ProtocolError } from '../core/errors.ts'
import type { Env, FiredEvent, TimerEffect, UntimerEffect } from '../core/machine.ts'
import { keyIdOf, open, seal } from '../core/protocol/envelope.ts'
import type { Message } from '../core/protocol/pack.ts'
import { Connection, type Packet } from './connection.ts'
import type { LocalDcEvent } from './events.ts'
import type { Faults, OutgoingMessage, Place } from './faults.ts'
import {
  createKeyExchange,
  type KeyExchangeDone,
  type KeyExchangeEffect,
  type KeyExchangeEvent,
} from './key-exchange.ts'
import { authorizationOf, type KeyRecord, type Keys } from './keys.ts'
import { LatePackets } from './late-packets.ts'
import type { Order } from './orders.ts'
import type { ProxyDoor } from './proxy-door.ts'
import type { SessionEffect, SessionEvent } from './session/session-events.ts'
import type { LiveSession, Sessions } from './sessions.ts'
import type { Call } from './unwrap.ts'

export type HubEvent =
  /** `test`: it came by a way that only clients of test DCs take. */
  | {
      readonly _: 'opened'
      readonly link: number
      readonly dc: number
      readonly remote: string
      readonly test: boolean
    }
  | { readonly _: 'received'; readonly link: number; readonly bytes: Uint8Array }
  | { readonly _: 'closed'; readonly link: number }
  /** Something for one of the sessions. */
  | { readonly _: 'session'; readonly name: string; readonly event: SessionEvent }
  /** Something that its owner does to the server. */
  | { readonly _: 'order'; readonly order: Order }
  | FiredEvent

export type HubEffect =
  | { readonly _: 'send'; readonly link: number; readonly bytes: Uint8Array }
  | { readonly _: 'close'; readonly link: number }
  | { readonly _: 'call'; readonly live: LiveSession; readonly query: bigint; readonly call: Call }
  | { readonly _: 'cancel'; readonly live: LiveSession; readonly query: bigint }
  /** Dispatch this once what is in hand is done. */
  | { readonly _: 'later'; readonly event: HubEvent }
  | { readonly _: 'tell'; readonly event: LocalDcEvent }
  | TimerEffect
  | UntimerEffect

export interface HubOptions {
  readonly privateKey: RsaPrivateKey
  readonly keys: Keys
  readonly sessions: Sessions
  /** The TL name of a method, by its id. */
  methodName(id: number): string | undefined
  /** The secrets by which connections may come as to a proxy, and the DCs that they may then ask for: 1 to `dcs`. */
  readonly proxy?: { readonly door: ProxyDoor; readonly dcs: number } | undefined
  /** What a spec makes of that which leaves, and where that is. */
  readonly faults?: { readonly hooks: Faults; place(live: LiveSession, link: number): Place } | undefined
}

interface Open {
  readonly link: number
  /** The DC of the port; the one that was asked for, of a connection through a proxy. */
  dc: number
  isRouted: boolean
  readonly test: boolean
  readonly connection: Connection
  readonly exchange: { step(event: KeyExchangeEvent, env: Env): readonly KeyExchangeEffect[] }
  /** Names of the sessions that were spoken over it. */
  readonly sessions: Set<string>
  /** It was told to close, or is left alone for ever: what still comes is not for us. */
  closing: boolean
}

/** Auth key unknown, and no such DC (transports, "Transport errors"). */
const NOT_FOUND = -404
const NO_SUCH_DC = -444
/** What is added to the number of a test DC (https://core.telegram.org/mtproto/auth_key). */
const TEST_DC = 10_000

export class Hub {
  readonly #options: HubOptions
  readonly #open = new Map<number, Open>()
  readonly #late = new LatePackets()
  #effects: HubEffect[] = []
  /** Orders for the end of the step: what several packets of one chunk are answered with goes out together. */
  #last: HubEffect[] = []

  constructor(options: HubOptions) {
    this.#options = options
  }

  step(event: HubEvent, env: Env): readonly HubEffect[] {
    this.#effects = []
    this.#last = []
    switch (event._) {
      case 'opened':
        this.#opened(event, env)
        break
      case 'received':
        this.#received(event.link, event.bytes, env)
        break
      case 'closed':
        this.#closed(event.link, env)
        break
      case 'session':
        this.#forSession(event.name, event.event, env)
        break
      case 'order':
        this.#carryOut(event.order, env)
        break
      case 'fired': {
        if (LatePackets.is(event.key)) {
          const late = this.#late.take(event.key)
          if (late !== undefined) this.#send(late.link, late.packet)
          break
        }
        const [name, key] = event.key.split('|') as [string, string]
        this.#forSession(name, { ...event, key }, env)
      }
    }
    return [...this.#effects, ...this.#last]
  }

  #order(effect: HubEffect): void {
    if (effect._ === 'later') this.#last.push(effect)
    else this.#effects.push(effect)
  }

  #tell(event: LocalDcEvent): void {
    this.#order({ _: 'tell', event })
  }

  #opened({ link, dc: port, remote, test }: Extract<HubEvent, { _: 'opened' }>, env: Env): void {
    const { privateKey, keys, proxy } = this.#options
    const exchange = createKeyExchange({
      privateKey,
      isKeyUsed: (id) => keys.has(id),
      acceptsDc: (wire) => {
        const dc = this.#open.get(link)?.dc ?? port
        if (Math.abs(wire) === dc || Math.abs(wire) === dc + TEST_DC) return true
        this.#tell({ event: 'fault', message: `key exchange: expected DC ${dc}, got ${wire}` })
        return false
      },
    })
    const connection = new Connection({
      random: (length) => env.random(length),
      door: proxy?.door,
      answer: (bytes) => this.#order({ _: 'send', link, bytes }),
    })
    const state = { sessions: new Set<string>(), closing: false, isRouted: false }
    this.#open.set(link, { link, dc: port, test, connection, exchange, ...state })
    this.#tell({ event: 'opened', connection: link, dc: port, remote })
  }

  #closed(link: number, env: Env): void {
    const open = this.#open.get(link)
    if (open === undefined) return
    this.#open.delete(link)
    for (const name of open.sessions) this.#forSession(name, { _: 'closed', link }, env)
    this.#tell({ event: 'closed', connection: link, dc: open.dc })
  }

  #received(link: number, bytes: Uint8Array, env: Env): void {
    const open = this.#open.get(link)
    if (open === undefined || open.closing) return
    try {
      const packets = open.connection.receive(bytes, env.now)
      this.#route(open)
      for (const packet of packets) if (!open.closing) this.#packet(open, packet, env)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#break(open, error)
    }
  }

  /** Whoever comes by a proxy's secret says in the header which DC is meant. */
  #route(open: Open): void {
    const { speech } = open.connection
    if (open.isRouted || speech?.proxy === undefined) return
    const dc = Math.abs(speech.dc ?? 0) % TEST_DC
    open.isRouted = true
    if (dc >= 1 && dc <= (this.#options.proxy?.dcs ?? 0)) {
      open.dc = dc
      this.#tell({ event: 'proxied', connection: open.link, dc, secret: speech.proxy })
      return
    }
    this.#tell({ event: 'fault', message: `connection ${open.link}: expected a DC that there is, got ${speech.dc}` })
    this.#order({ _: 'send', link: open.link, bytes: open.connection.error(NO_SUCH_DC) })
    this.#close(open)
  }

  /** Nothing can be made of what comes. */
  #break(open: Open, { message }: Error): void {
    this.#tell({ event: 'fault', message: `connection ${open.link}: ${message}` })
    if (open.connection.isSilent) open.closing = true
    else this.#close(open)
  }

  #close(open: Open): void {
    open.closing = true
    this.#order({ _: 'close', link: open.link })
  }

  #packet(open: Open, { bytes, quickAck }: Packet, env: Env): void {
    const keyId = keyIdOf(bytes)
    if (keyId === 0n) {
      this.#exchange(open, bytes, env)
      return
    }
    const record = this.#options.keys.get(keyId, open.dc, env)
    if (record === undefined) {
      this.#endSessionsOf(keyId, env)
      this.#order({ _: 'send', link: open.link, bytes: open.connection.error(NOT_FOUND) })
      this.#close(open)
      return
    }
    const opened = openPacket(record, bytes)
    if (opened instanceof ProtocolError) {
      this.#break(open, opened)
      return
    }
    const live = this.#options.sessions.open(record, opened.sessionId)
    open.sessions.add(live.name)
    this.#forSession(live.name, { _: 'packet', link: open.link, opened, quickAck }, env)
    const excess = this.#options.sessions.excess(live)
    if (excess !== undefined) this.#end(excess, env)
  }

  #exchange(open: Open, packet: Uint8Array, env: Env): void {
    for (const effect of open.exchange.step({ _: 'received', packet }, env)) {
      if (effect._ === 'done') this.#keyMade(open, effect, env)
      else {
        const { connection } = open
        const bytes = effect._ === 'write' ? connection.packet(effect.packet) : connection.error(effect.code)
        this.#order({ _: 'send', link: open.link, bytes })
      }
    }
  }

  #keyMade({ dc, test, connection }: Open, { key, salt, dc: wire, expiresIn }: KeyExchangeDone, env: Env): void {
    // The forms without a DC leave only the obfuscated header, where noise is far more often than a number that fits.
    const isTest = Math.abs(wire ?? connection.speech?.dc ?? 0) === dc + TEST_DC
    this.#options.keys.add({ key, salt, dc, testMode: test || isTest, expiresIn }, env)
  }

  #forSession(name: string, event: SessionEvent, env: Env): void {
    const live = this.#options.sessions.get(name)
    if (live === undefined) return
    for (const effect of live.session.step(event, env)) this.#obey(live, effect, env)
  }

  #end(live: LiveSession, env: Env): void {
    this.#forSession(live.name, { _: 'end' }, env)
    this.#options.sessions.delete(live)
  }

  #obey(live: LiveSession, effect: SessionEffect, env: Env): void {
    switch (effect._) {
      case 'write':
        this.#write(live, effect.link, effect.message, env)
        break
      case 'quickAck': {
        const bytes = this.#open.get(effect.link)?.connection.quickAck(effect.token)
        if (bytes !== undefined) this.#order({ _: 'send', link: effect.link, bytes })
        break
      }
      case 'call':
      case 'cancel':
        this.#order({ ...effect, live })
        break
      case 'dropped': {
        const method = effect.method === undefined ? undefined : this.#options.methodName(effect.method)
        const user = authorizationOf(live.record)?.user
        this.#tell({ event: 'dropped', method, user, session: live.name, answer: effect.answer })
        break
      }
      case 'disconnect': {
        const open = this.#open.get(effect.link)
        if (open !== undefined) this.#close(open)
        break
      }
      case 'destroySession':
        this.#destroySession(live, effect.sessionId, env)
        break
      case 'destroyKey':
        this.#forgetKey(live.record, env)
        break
      case 'flushSoon':
        this.#order({ _: 'later', event: { _: 'session', name: live.name, event: { _: 'flush' } } })
        break
      case 'fault':
        this.#tell({ event: 'fault', message: `session ${live.name}: ${effect.error.message}` })
        break
      case 'timer':
      case 'untimer':
        this.#order({ ...effect, key: `${live.name}|${effect.key}` })
    }
  }

  #write(live: LiveSession, link: number, message: Message, env: Env): void {
    const { record, id: sessionId } = live
    const whole: OutgoingMessage = { salt: record.salts.current(env), sessionId, ...message }
    const { faults } = this.#options
    if (faults === undefined) {
      this.#send(link, sealed(record, whole, env))
      return
    }
    const place = faults.place(live, link)
    for (const { delay = 0, ...bent } of faults.hooks.outgoing?.(whole, place) ?? [whole]) {
      const packet = sealed(record, bent, env)
      for (const each of faults.hooks.packet?.(packet, place) ?? [packet]) {
        if (delay > 0) this.#sendLater(link, each, env.elapsed + delay)
        else this.#send(link, each)
      }
    }
  }

  #send(link: number, packet: Uint8Array): void {
    const connection = this.#open.get(link)?.connection
    if (connection !== undefined) this.#order({ _: 'send', link, bytes: connection.packet(packet) })
  }

  #sendLater(link: number, packet: Uint8Array, at: number): void {
    const key = this.#late.hold({ link, packet })
    if (key === undefined) this.#send(link, packet)
    else this.#order({ _: 'timer', key, at })
  }

  #carryOut(order: Order, env: Env): void {
    const { keys, sessions } = this.#options
    switch (order._) {
      case 'forgetSessions':
        for (const live of sessions.all()) this.#end(live, env)
        break
      case 'forgetKey':
        for (const record of keys.all().filter(({ key }) => key.id === order.id)) this.#forgetKey(record, env)
        break
      case 'addKey': {
        const { key, salt, dc = 1, user } = order.key
        keys.add({ key, salt, dc, testMode: false, expiresIn: undefined }, env).user = user
        break
      }
      case 'rotateSalts':
        for (const { salts } of keys.all()) salts.renew()
        break
      case 'transportError': {
        const open = this.#open.get(order.link)
        if (open === undefined || open.connection.speech === undefined) break
        this.#order({ _: 'send', link: order.link, bytes: open.connection.error(order.code) })
        this.#close(open)
        break
      }
      case 'sendPacket':
        if (this.#open.get(order.link)?.connection.speech !== undefined) this.#send(order.link, order.packet)
        break
      case 'closeLinks':
        for (const open of this.#open.values()) this.#close(open)
        break
      case 'say':
        this.#forSession(order.session, { _: 'say', body: order.body, push: order.push, kept: order.kept }, env)
    }
  }

  /** The key's time is over, or it is good for another DC: then its sessions go on. */
  #endSessionsOf(keyId: bigint, env: Env): void {
    const { keys, sessions } = this.#options
    if (keys.has(keyId)) return
    for (const live of sessions.all()) if (live.record.key.id === keyId) this.#end(live, env)
  }

  #forgetKey(record: KeyRecord, env: Env): void {
    for (const each of this.#options.sessions.ofKey(record)) this.#end(each, env)
    this.#options.keys.delete(record)
  }

  /** Another session of the same key; the one that asks is not to be ended so. */
  #destroySession(live: LiveSession, sessionId: bigint, env: Env): void {
    const other = this.#options.sessions.ofKey(live.record).find(({ id }) => id === sessionId)
    const found = other !== undefined && other !== live
    if (found) this.#end(other, env)
    const event: SessionEvent = { _: 'destroyed', sessionId, found }
    this.#order({ _: 'later', event: { _: 'session', name: live.name, event } })
  }
}

function sealed({ key }: KeyRecord, message: Omit<OutgoingMessage, 'delay'>, env: Env): Uint8Array {
  return seal({ key, from: 'server', random: (length) => env.random(length), ...message })
}

function openPacket({ key }: KeyRecord, packet: Uint8Array): ReturnType<typeof open> {
  return open({ key, from: 'client', packet })
}
