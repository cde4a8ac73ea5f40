import { expect } from 'chai'
import { ByteQueue } from '../../../lib/core/protocol/byte-queue.ts'

describe('byte queue', () => {
  it('shows what it has, and takes it out', () => {
    const queue = new ByteQueue()
    expect(queue.length).to.equal(0)
    queue.push(Uint8Array.of(1, 2, 3), 1)
    queue.push(Uint8Array.of(4, 5), 1)
    expect([...queue.peek()]).to.deep.equal([1, 2, 3, 4, 5])
    expect(queue.length).to.equal(5)
    expect([...queue.take(2)]).to.deep.equal([1, 2])
    expect([...queue.peek()]).to.deep.equal([3, 4, 5])
    queue.skip(1)
    expect(queue.byte(0)).to.equal(4)
    expect(queue.byte(2)).to.equal(0)
    expect(queue.length).to.equal(2)
  })

  it('does not write to a chunk of someone else, nor behind it', () => {
    const whole = Uint8Array.of(1, 2, 3, 4)
    const queue = new ByteQueue()
    queue.push(whole.subarray(0, 2), 8)
    queue.push(Uint8Array.of(9), 8)
    expect([...queue.peek()]).to.deep.equal([1, 2, 9])
    expect([...whole]).to.deep.equal([1, 2, 3, 4])
  })

  it('makes room for as much as is wanted, and twice what is there at most', () => {
    const room = (have: number, wanted: number) => {
      const queue = new ByteQueue()
      queue.push(new Uint8Array(have - 1), wanted)
      queue.push(Uint8Array.of(1), wanted)
      return queue.peek().buffer.byteLength
    }
    expect(room(1000, 1500)).to.equal(1500)
    expect(room(1000, 1 << 24)).to.equal(2000)
    expect(room(1000, 10)).to.equal(1000)
    expect(room(10, 10)).to.equal(64)
  })

  it('goes on in the room that it made, up to its last byte', () => {
    const queue = new ByteQueue()
    queue.push(Uint8Array.of(1), 64)
    queue.push(Uint8Array.of(2), 64)
    const { buffer } = queue.peek()
    queue.push(new Uint8Array(62).fill(3), 64)
    expect(queue.peek().buffer).to.equal(buffer)
    queue.push(new Uint8Array(0), 64)
    queue.push(Uint8Array.of(4), 64)
    expect(queue.peek().buffer).to.not.equal(buffer)
    expect([...queue.peek()]).to.deep.equal([1, 2, ...Array.from({ length: 62 }, () => 3), 4])
  })

  it('reads a number wherever it lies', () => {
    const queue = new ByteQueue()
    queue.push(Uint8Array.of(0, 0x78, 0x56, 0x34, 0xf2), 1)
    expect(queue.uint32(1)).to.equal(0xf2345678)
  })
})
