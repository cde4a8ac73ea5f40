import { expect } from 'chai'
import { concat } from '../../lib/core/bytes.ts'
import type { AcceptedLink, Link } from '../../lib/runtime/transport/link.ts'
import { drawPlan, type Rates, Weather } from './faults.ts'
import { Random } from './random.ts'
import { Reached } from './reached.ts'
import { SimulatedTime } from './simulated-time.ts'
import { Trace } from './trace.ts'
import { Wire } from './wire.ts'

interface End {
  readonly bytes: Uint8Array[]
  over: string | undefined
}

/** A client and a server at the two ends of a connection, with that weather. */
function ends(rates: Rates = {}, seed = 1) {
  const time = new SimulatedTime()
  const weather = new Weather({ ...drawPlan(seed), rates })
  const reached = new Reached()
  const wire = new Wire({ time, weather, reached, trace: new Trace(time), random: Random.of(seed, 'wire') })
  const [client, server]: [End, End] = [
    { bytes: [], over: undefined },
    { bytes: [], over: undefined },
  ]
  const links: { near?: Link; far?: AcceptedLink } = {}
  const hear = (link: Pick<Link, 'incoming$'>, end: End) =>
    link.incoming$.subscribe({
      next: (bytes) => end.bytes.push(bytes),
      error: (error: Error) => {
        end.over = error.message
      },
      complete: () => {
        end.over = 'closed'
      },
    })
  const run = wire
    .dial('c', (link) => {
      links.far = link
      hear(link, server)
    })
    .subscribe({
      next: (link) => {
        links.near = link
        hear(link, client)
      },
      error: (error: Error) => {
        client.over ??= error.message
      },
    })
  return { time, wire, weather, reached, client, server, links, run }
}

const text = (length: number, from = 0) => Uint8Array.from({ length }, (_, at) => (from + at) & 255)

describe('the wire of a simulation', () => {
  it('carries bytes both ways, in order, after some time', () => {
    const { time, client, server, links } = ends()
    time.run(1_000)
    links.near!.send(text(10))
    links.near!.send(text(10, 10))
    expect(server.bytes).to.deep.equal([])
    time.run(2_000)
    expect(concat(...server.bytes)).to.deep.equal(text(20))
    links.far!.send(text(5))
    time.run(3_000)
    expect(client.bytes).to.deep.equal([text(5)])
  })

  it('splits and joins, and delays, without loss', () => {
    const { time, server, links } = ends({ pieces: 1, delay: 0.5 })
    time.run(1_000)
    for (let at = 0; at < 50; at++) links.near!.send(text(40, at * 40))
    time.run(60_000)
    expect(concat(...server.bytes)).to.deep.equal(text(2_000))
    expect(server.bytes.length).not.to.equal(50)
  })

  it('breaks at any byte: what came is a beginning of what was sent', () => {
    const cuts = new Set<number>()
    for (let seed = 1; seed <= 20; seed++) {
      const { time, wire, client, server, links } = ends({ cut: 1 }, seed)
      time.run(1_000)
      wire.strike('cut')
      for (let at = 0; at < 30; at++) links.near!.send(text(2_000, at * 2_000))
      time.run(10_000)
      const came = concat(...server.bytes)
      expect(came).to.deep.equal(text(60_000).subarray(0, came.length))
      expect([client.over, server.over]).to.deep.equal(['the connection broke', 'the connection broke'])
      expect(wire.open).to.equal(0)
      cuts.add(came.length)
    }
    expect(cuts.size).to.be.greaterThan(5)
  })

  it('falls silent without a word', () => {
    const { time, wire, client, server, links, run, reached } = ends({ silence: 1 })
    time.run(1_000)
    for (let at = 0; at < 5; at++) wire.strike('silence')
    links.near!.send(text(10))
    links.far!.send(text(10))
    time.run(600_000)
    expect([client, server]).to.deep.equal([
      { bytes: [], over: undefined },
      { bytes: [], over: undefined },
    ])
    run.unsubscribe()
    time.run(700_000)
    expect(server.over).to.equal(undefined)
    expect(wire.open).to.equal(0)
    expect(reached.counts.get('half-open connection left by the client')).to.equal(1)
  })

  it('stalls, and then brings everything', () => {
    const { time, wire, server, links, weather } = ends({ stall: 1 })
    time.run(100_000)
    wire.strike('stall')
    links.near!.send(text(10))
    time.run(weather.until - 1)
    expect(server.bytes).to.deep.equal([])
    time.run(weather.until + 1_000)
    expect(server.bytes).to.deep.equal([text(10)])
  })

  it('brings what was sent before the client left, then the end', () => {
    const { time, server, links, run } = ends()
    time.run(1_000)
    links.near!.send(text(10))
    run.unsubscribe()
    links.near!.send(text(10))
    time.run(2_000)
    expect(server).to.deep.equal({ bytes: [text(10)], over: 'closed' })
  })

  it('ends the client when the server closes or resets', () => {
    for (const [how, over] of [
      ['close', 'closed'],
      ['reset', 'the connection broke'],
    ] as const) {
      const { time, wire, client, links } = ends()
      time.run(1_000)
      links.far!.send(text(3))
      links.far![how]()
      time.run(2_000)
      expect(client).to.deep.equal({ bytes: [text(3)], over })
      expect(wire.open).to.equal(0)
    }
  })

  it('refuses connections, also while the network is away', () => {
    const refused = ends({ refusal: 1 })
    refused.time.run(1_000)
    expect(refused.client.over).to.equal('the connection was refused')
    const away = ends()
    away.wire.away(5_000)
    away.time.run(1_000)
    expect(away.client.over).to.equal('the connection was refused')
  })
})
