import { expect } from 'chai'
import { map } from 'rxjs'
import { concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { TransportError, UsageError } from '../../../lib/core/errors.ts'
import { acceptHello, helloLength, SeenHellos } from '../../../lib/core/protocol/fake-tls-server.ts'
import { frameDecoder, frameEncoder } from '../../../lib/core/protocol/frame.ts'
import { obfuscateServer } from '../../../lib/core/protocol/obfuscation.ts'
import { proxySecret } from '../../../lib/core/protocol/proxy-secret.ts'
import { tlsReader, tlsWriter } from '../../../lib/core/protocol/tls-records.ts'
import type { Dial, Endpoint, Link } from '../../../lib/runtime/transport/link.ts'
import { memoryLink } from '../../../lib/runtime/transport/memory.ts'
import { mtproxy } from '../../../lib/runtime/transport/mtproxy.ts'
import { marbles, seededRandom, VIRTUAL_BEGIN } from '../../support/marbles.ts'
import { packet, pieces, staying } from './packet-server.ts'

const KEY = '00112233445566778899aabbccddeeff'
const TLS = `ee${KEY}${hex(new TextEncoder().encode('example.org'))}`
const endpoint: Endpoint = { dc: 2, host: '192.0.2.1', port: 443, test: true, media: true }
const proxy = { host: 'proxy.example', port: 8443 }

/** The proxy's end of one connection: takes it as one with that secret, and answers every packet with itself. */
function echoing(link: Link, text: string): { framing?: string; dc?: number; packets: Uint8Array[] } {
  const secret = proxySecret(text)
  const heard: ReturnType<typeof echoing> = { packets: [] }
  const open = tlsReader()
  const wrap = tlsWriter('server')
  let head: Uint8Array = new Uint8Array(0)
  let isShaken = secret.kind !== 'tls'
  let feed: ((bytes: Uint8Array) => void) | undefined
  const plain = (bytes: Uint8Array) => (secret.kind === 'tls' ? concat(...open(bytes)) : bytes)

  function shake(): void {
    if (secret.kind !== 'tls') return
    const length = helloLength(head)
    if (length === undefined || head.length < length) return
    const time = Math.floor(VIRTUAL_BEGIN / 1000)
    const { answer } = acceptHello(head.slice(0, length), {
      secrets: [secret],
      seen: new SeenHellos(),
      time,
      random: seededRandom(3),
    })
    isShaken = true
    head = plain(head.slice(length))
    link.send(answer)
  }

  function begin(): void {
    if (head.length < 64) return
    const stream = obfuscateServer(head.slice(0, 64), [secret.key])!
    heard.framing = stream.framing
    heard.dc = stream.dc
    const decode = frameDecoder(stream.framing, 'server')
    const encode = frameEncoder(stream.framing, seededRandom(4))
    feed = (bytes) => {
      for (const frame of decode(stream.decrypt(bytes))) {
        if (frame._ !== 'packet') continue
        heard.packets.push(frame.bytes.slice())
        const back = stream.encrypt(encode(frame.bytes))
        link.send(secret.kind === 'tls' ? wrap(back) : back)
      }
    }
    feed(head.slice(64))
  }

  link.incoming$.subscribe({
    next(bytes) {
      if (feed !== undefined) return feed(plain(bytes))
      head = concat(head, isShaken ? plain(bytes) : bytes)
      if (!isShaken) shake()
      if (isShaken) begin()
    },
    error: () => {},
  })
  return heard
}

describe('runtime/transport mtproxy', () => {
  const kinds: readonly (readonly [what: string, secret: string, framing: string])[] = [
    ['a plain secret', KEY, 'intermediate'],
    ['a dd secret', `dd${KEY}`, 'padded'],
    ['an ee secret', TLS, 'padded'],
  ]
  for (const [what, secret, framing] of kinds)
    for (const size of [1, 7, 100_000])
      it(
        `speaks with ${what}, in pieces of ${size}`,
        marbles(({ clock, expectNotes, note, finally: later }) => {
          let heard: ReturnType<typeof echoing> | undefined
          const accept = (link: Link) => {
            heard = echoing(link, secret)
          }
          const dial: Dial = (address) => {
            note(`dials ${address.host}:${address.port}`)
            return memoryLink({ dc: 0, ...address }, accept, { cut: (bytes) => pieces(bytes, size) })
          }
          const sent = [packet(0, 1), packet(5000, 2)]
          const got: Uint8Array[] = []
          mtproxy(
            { ...proxy, secret },
            { dial, clock, random: seededRandom(size) },
          )(endpoint).subscribe({
            next(link) {
              link.incoming$.subscribe({ next: (bytes) => got.push(bytes.slice()), error: expect.fail })
              for (const each of sent) link.send(each.slice())
            },
            error: expect.fail,
          })
          later(() => {
            expect(heard).to.deep.include({ framing, dc: -10_002 })
            expect(heard!.packets).to.deep.equal(sent)
            expect(got).to.deep.equal(sent)
          })
          expectNotes(['0 dials proxy.example:8443'])
        }),
      )

  it('takes a link, and the framing that a plain secret leaves open', () => {
    const link = `https://t.me/proxy?server=${proxy.host}&port=${proxy.port}&secret=${KEY}`
    for (const framing of ['abridged', 'padded'] as const) {
      let heard: ReturnType<typeof echoing> | undefined
      const dial: Dial = (address) =>
        memoryLink({ dc: 0, ...address }, (far) => {
          heard = echoing(far, KEY)
        })
      mtproxy(link, { dial, framing })(endpoint).subscribe({ next: (each) => each.send(packet(1)), error: expect.fail })
      expect(heard?.framing).to.equal(framing)
    }
  })

  it(
    'has ten seconds to open, an answer in disguise included',
    marbles(({ clock, cold, expectObservable, expectSubscriptions }) => {
      const dialled = cold<Link>('-L', { L: { incoming$: cold('--'), send: () => {}, buffered: 0 } })
      const connect = mtproxy({ ...proxy, secret: TLS }, { dial: () => dialled, clock, random: seededRandom(1) })
      const late = new TransportError('could not connect to proxy.example:8443: no answer in 10 s', 'unsent')
      expectObservable(connect(endpoint)).toBe('10s #', undefined, late)
      expectSubscriptions(dialled.subscriptions).toBe('^ 9999ms !')
    }),
  )

  it(
    'leaves its carrier when left, and ends with it',
    marbles(({ clock, cold, expectObservable, expectSubscriptions }) => {
      const one = cold<string>('--L---')
      const two = cold<string>('--L---|')
      const link = (): Link => ({ incoming$: cold(''), send: () => {}, buffered: 0 })
      const connect = (source: typeof one) =>
        mtproxy({ ...proxy, secret: KEY }, { dial: () => source.pipe(map(link)), clock })(endpoint).pipe(map(() => 'M'))
      expectObservable(connect(one), '^---!').toBe('--M--')
      expectObservable(connect(two)).toBe('--M---|')
      expectSubscriptions(one.subscriptions).toBe('^---!')
      expectSubscriptions(two.subscriptions).toBe('^-----!')
    }),
  )

  describe('refuses, and shows no secret', () => {
    const dial = () => staying<Link>()
    const table: readonly (readonly [string, () => unknown, string])[] = [
      ['a bad link', () => mtproxy(`tg://other?secret=${KEY}`, { dial }), 'proxy link: expected tg://proxy?...'],
      ['a bad secret', () => mtproxy({ ...proxy, secret: KEY.slice(2) }, { dial }), 'proxy secret: expected 16 bytes'],
      ['a bad port', () => mtproxy({ ...proxy, port: 0, secret: KEY }, { dial }), 'got proxy.example:0'],
      ['no host', () => mtproxy({ ...proxy, host: '', secret: KEY }, { dial }), 'expected a host and a port'],
    ]
    for (const [what, act, message] of table)
      it(what, () => {
        expect(act).to.throw(UsageError, message)
        expect(act).not.to.throw(UsageError, KEY.slice(2))
      })
  })

  it('names the proxy in the errors of a disguise', () => {
    let error: unknown
    const dial: Dial = (address) => memoryLink({ dc: 0, ...address }, (far) => far.send(fromHex('15030300020228')))
    mtproxy(
      { host: '2001:db8::1', port: 443, secret: TLS },
      { dial },
    )(endpoint).subscribe({
      error: (each) => {
        error = each
      },
    })
    expect(error).to.be.instanceOf(TransportError)
    expect((error as TransportError).outcome).to.equal('unsent')
    expect((error as TransportError).message).to.equal(
      'could not connect to [2001:db8::1]:443: expected a handshake record in the TLS answer, got an alert',
    )
  })
})
