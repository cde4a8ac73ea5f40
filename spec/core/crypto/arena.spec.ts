import { expect } from 'chai'
import { arena } from '../../../lib/core/crypto/arena.ts'
import { layout } from '../../../lib/core/crypto/wasm-module.ts'
import { cipherFaces } from './faces.ts'

describe('the arena', () => {
  it('is one, of 192 KiB, and never grows', () => {
    const { memory } = arena()!
    expect(arena()).to.equal(arena())
    expect(memory.buffer.byteLength).to.equal(192 * 1024)
    expect(layout.end).to.be.at.most(memory.buffer.byteLength)
    expect(() => memory.grow(1)).to.throw(RangeError)
  })

  it('lies with every part where it fits', () => {
    const { key, iv, encryptKeys, decryptKeys, hash, block, authKey, header, data, capacity, mixed, end } = layout
    const order = [key, iv, encryptKeys, decryptKeys, hash, block, authKey, header, data, mixed, end]
    expect(order).to.deep.equal([...order].sort((a, b) => a - b))
    expect(data % 16).to.equal(0)
    expect(header - authKey).to.be.at.least(256)
    // The padding of the hash, and the passes of XOR over whole 64 bytes.
    expect(mixed - 32 - (data + capacity)).to.be.at.least(72)
    expect(end - (mixed + capacity)).to.be.at.least(64)
  })

  it('is done without where WebAssembly is forbidden', () => {
    const { crypto } = cipherFaces.at(-1)!
    expect(crypto.platform.factor(1_000_036_000_099n)).to.equal(undefined)
    expect(crypto.sha256(new Uint8Array(3))).to.deep.equal(cipherFaces[0]!.crypto.sha256(new Uint8Array(3)))
  })
})
