import { unzipSync } from 'node:zlib'
import { expect } from 'chai'
import { moduleBytes } from '../../../generator/wasm/module.ts'
import { base64, size } from '../../../lib/core/crypto/wasm-module.ts'

const unpacked = () => unzipSync(Buffer.from(base64, 'base64'))

describe('the crypto module', () => {
  it('is what its generator makes, and at most 6 KiB when packed', async function () {
    this.timeout(20_000)
    const bytes = await moduleBytes()
    expect(Buffer.compare(bytes, unpacked())).to.equal(0)
    expect(size).to.equal(bytes.length)
    expect(Buffer.from(base64, 'base64').length).to.be.at.most(6 * 1024)
  })

  it('asks for nothing and exports its memory and functions', () => {
    const module = new WebAssembly.Module(unpacked())
    expect(WebAssembly.Module.imports(module)).to.deep.equal([])
    expect(WebAssembly.Module.exports(module).map(({ name }) => name)).to.include.members(['memory', 'seal', 'open'])
  })
})
