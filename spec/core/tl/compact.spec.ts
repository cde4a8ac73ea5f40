import { expect } from 'chai'
import { DecodeError, UsageError } from '../../../lib/core/errors.ts'
import type { Request } from '../../../lib/core/invoker.ts'
import { type CompactType, compact, constructorOf, method, reads, writes } from '../../../lib/core/tl/compact.ts'
import { decode } from '../../../lib/core/tl/reader.ts'
import { encode, encodeRequest } from '../../../lib/core/tl/writer.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const Peer = compact('Peer', 'peerUser userId:n;peerNone')
const Box = compact(
  'Box',
  'box # open:0 title:.s flags2# hidden:+31 pair:+2i pairToo:+2 own:A list:*A few:~*i;boxes same:*B bare:~%Bboxes',
  () => [Peer, Box],
  true,
)
const empty = { title: undefined, hidden: false, pair: undefined, pairToo: false }
const box = { _: 'box', open: true, ...empty, own: { _: 'peerNone' }, list: [{ _: 'peerUser', userId: 7 }], few: [[1]] }

describe('core/tl/compact', () => {
  const ids: readonly (readonly [line: string, type: string, parts: readonly CompactType[], id: number])[] = [
    ['boolTrue', 'Bool', [], 0x997275b5],
    ['peerUser userId:n', 'Peer', [], 0x59511722],
    // A mere bit is not hashed, `bytes` are hashed as `string`, and vectors without their brackets.
    [
      'inputPeerNotifySettings # showPreviews:0y silent:1y muteUntil:2i sound:3A storiesMuted:6y storiesHideSender:7y storiesSound:8A',
      'InputPeerNotifySettings',
      [compact('NotificationSound', '')],
      0xcacb6ae2,
    ],
    ['photoStrippedSize type:s bytes:b', 'PhotoSize', [], 0xe0b0bc2e],
    ['contacts.contactsNotModified', 'contacts.Contacts', [], 0xb74ba9d2],
    ['photoSizeProgressive type:s w:i h:i sizes:*i', 'PhotoSize', [], 0xfa3efb95],
    ['odd#1a2b3c4d x:i', 'Odd', [], 0x1a2b3c4d],
  ]
  for (const [line, type, parts, id] of ids) {
    it(`knows the id of ${line.split(' ')[0]}`, () => {
      expect(constructorOf(line, type, parts, false).id >>> 0).to.equal(id)
    })
  }

  it('brings values through bytes: bits of two words, fields that are there or not, vectors in vectors', () => {
    const values = [
      box,
      { ...box, open: false, title: '', hidden: true },
      { ...box, pair: 0, pairToo: true },
      { _: 'boxes', same: [box], bare: [{ _: 'boxes', same: [], bare: [] }] },
    ]
    for (const value of values) expect(decode(encode(value, Box.write), Box.read)).to.deep.equal(value)
  })

  it('writes what the declaration says', () => {
    const word = (value: number) => hex(new Uint8Array(Uint32Array.of(value).buffer))
    const { id } = constructorOf('peerUser userId:n', 'Peer', [], false)
    expect(hex(encode({ _: 'peerUser', userId: 2 ** 33 }, Peer.write))).to.equal(`${word(id)}0000000002000000`)
    const bare = { _: 'boxes', same: [], bare: [{ _: 'boxes', same: [], bare: [] }] }
    const boxes = constructorOf('boxes same:*B bare:~%Bboxes', 'Box', [Peer, Box], true)
    // A bare constructor has no id, a bare vector none either.
    const vector = word(0x1cb5c415)
    expect(hex(encode(bare, Box.write))).to.equal(
      [word(boxes.id), vector, word(0), word(1), vector, word(0), word(0)].join(''),
    )
  })

  it('has letters for more than 26 parts', () => {
    const parts = Array.from({ length: 40 }, (_, i) => compact(`T${i}`, `t${i} x:i`))
    const Many = compact('Many', 'many first:A z:Z next:À last:Í', () => parts)
    const value = {
      _: 'many',
      first: { _: 't0', x: 1 },
      z: { _: 't25', x: 2 },
      next: { _: 't26', x: 3 },
      last: { _: 't39', x: 4 },
    }
    expect(decode(encode(value, Many.write), Many.read)).to.deep.equal(value)
  })

  it('knows which ids are its own', () => {
    expect(Peer.has(0x59511722)).to.equal(true)
    expect(Peer.has(0x59511723)).to.equal(false)
  })

  it('refuses a constructor of another type, both ways', () => {
    const bytes = encode(box, Box.write)
    expect(() => decode(bytes, Peer.read)).to.throw(DecodeError, /^expected Peer, got the constructor #/)
    expect(() => encode(box, Peer.write)).to.throw(UsageError, "expected Peer, got 'box'")
    expect(() => encode({ _: 0x59511722, userId: 1 }, Peer.write)).to.throw(UsageError, 'expected Peer, got')
    expect(() => encode(undefined, Peer.write)).to.throw(UsageError, 'expected Peer, got undefined')
    expect(() => encode({ _: 'boxes', same: [], bare: [box] }, Box.write)).to.throw(
      UsageError,
      "boxes.bare[0]: expected boxes, got 'box'",
    )
  })

  it('refuses half of the fields of one bit, and bits that are no booleans', () => {
    expect(() => encode({ ...box, pair: 1 }, Box.write)).to.throw(UsageError, 'expected pair, pairToo all together')
    expect(() => encode({ ...box, open: 1 }, Box.write)).to.throw(
      UsageError,
      'box: expected a boolean open, got a number',
    )
  })

  it('refuses what is nested too deep, both ways', () => {
    let deep: unknown = { _: 'boxes', same: [], bare: [] }
    for (let i = 0; i < 101; i++) deep = { _: 'boxes', same: [deep], bare: [] }
    expect(() => encode(deep, Box.write)).to.throw(UsageError, 'nested at most 100 deep')
    const head = encode({ _: 'boxes', same: [], bare: [] }, Box.write).slice(0, 8)
    const nested = Buffer.concat(Array.from({ length: 200 }, () => Buffer.concat([head, Uint8Array.of(1, 0, 0, 0)])))
    expect(() => decode(new Uint8Array(nested), Box.read)).to.throw(
      DecodeError,
      'nested deeper than 100 at boxes.same[0]',
    )
  })

  it('says where bytes are bad', () => {
    const bytes = encode({ _: 'boxes', same: [box], bare: [] }, Box.write)
    for (let length = 4; length < bytes.length; length++) {
      expect(() => decode(bytes.subarray(0, length), Box.read)).to.throw(DecodeError, / at boxes\.(same|bare)/)
    }
  })

  describe('a method', () => {
    const getBoxes = method<(params: { of: readonly unknown[] }) => Request<unknown>>(
      'box.getBoxes',
      '# all:0 of:*A limit:1i =*B',
      () => [Peer, Box],
    )
    const wrap = method<(params: { layer: number; query: Request<unknown> }) => Request<unknown>>(
      'wrap',
      'layer:i query:! =!',
      () => [],
      0x01020304,
    )
    const ping = method<() => Request<unknown>>('box.ping', '=A', () => [Peer])

    it('makes requests as generated code does', () => {
      const request = getBoxes({ of: [{ _: 'peerNone' }] })
      expect(request.method).to.equal('box.getBoxes')
      expect(request.params).to.deep.equal({ of: [{ _: 'peerNone' }] })
      expect(encodeRequest(request)).to.have.lengthOf(4 + 4 + 8 + 4)
      const answer = encode([box], (items, position) =>
        compact('X', 'x of:*A', () => [Box]).write({ _: 'x', of: items }, position),
      )
      expect(decode(answer.slice(4), request.read)).to.deep.equal([box])
      expect(ping().params).to.deep.equal({})
    })

    it('that wraps a call writes it in place, and reads its answer', () => {
      const request = wrap({ layer: 7, query: ping() })
      expect(hex(encodeRequest(request))).to.equal(`0403020107000000${hex(encodeRequest(ping()))}`)
      expect(decode(encode({ _: 'peerNone' }, Peer.write), request.read)).to.deep.equal({ _: 'peerNone' })
    })

    it('refuses bad parameters, and names them', () => {
      expect(() => encodeRequest(getBoxes(undefined as never))).to.throw(
        UsageError,
        'expected parameters of box.getBoxes',
      )
      expect(() => encodeRequest(getBoxes({ of: [1] }))).to.throw(UsageError, 'box.getBoxes.of[0]: expected Peer')
    })
  })

  it('gives readers and writers as generated code has them', () => {
    const read = reads<() => unknown>(Peer)
    const write = writes<(value: unknown, position: number) => number>(Peer)
    expect(decode(encode({ _: 'peerNone' }, write), read)).to.deep.equal({ _: 'peerNone' })
  })
})
