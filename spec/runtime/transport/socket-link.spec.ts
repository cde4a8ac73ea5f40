import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { expect } from 'chai'
import { socketLink } from '../../../lib/runtime/transport/socket-link.node.ts'

/** A socket that notes how much each of its system calls would take. */
function noted(): { readonly socket: Socket; readonly calls: number[][] } {
  const calls: number[][] = []
  const socket = new Duplex({
    read() {},
    write(chunk: Uint8Array, _encoding, done) {
      calls.push([chunk.length])
      done()
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }: { chunk: Uint8Array }) => chunk.length))
      done()
    },
  })
  return { socket: socket as Socket, calls }
}

/** The end of the work in hand, after whatever was put off to it before. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

describe('runtime/transport socket link', () => {
  it('sends the first write of a turn at once, and the others together at its end', async () => {
    const { socket, calls } = noted()
    const link = socketLink(socket, 'them', () => {})
    link.send(new Uint8Array(1))
    expect(calls).to.deep.equal([[1]])
    link.send(new Uint8Array(2))
    link.send(new Uint8Array(3))
    expect(calls).to.deep.equal([[1]])
    await turn()
    expect(calls).to.deep.equal([[1], [2, 3]])
    link.send(new Uint8Array(4))
    expect(calls).to.deep.equal([[1], [2, 3], [4]])
  })

  it('keeps the order around a large write, which waits for nothing', async () => {
    const { socket, calls } = noted()
    const link = socketLink(socket, 'them', () => {})
    for (const length of [1, 2, 10_000, 3, 4]) link.send(new Uint8Array(length))
    expect(calls).to.deep.equal([[1], [2], [10_000]])
    await turn()
    expect(calls).to.deep.equal([[1], [2], [10_000], [3, 4]])
  })

  it('lets no more wait than share a system call with profit', async () => {
    const { socket, calls } = noted()
    const link = socketLink(socket, 'them', () => {})
    for (const length of [1, 5_000, 5_000, 6_000]) link.send(new Uint8Array(length))
    expect(calls).to.deep.equal([[1], [5_000, 5_000]])
    await turn()
    expect(calls).to.deep.equal([[1], [5_000, 5_000], [6_000]])
  })
})
