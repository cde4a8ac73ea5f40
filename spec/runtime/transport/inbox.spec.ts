import { expect } from 'chai'
import { take } from 'rxjs'
import { TransportError } from '../../../lib/core/errors.ts'
import { inbox } from '../../../lib/runtime/transport/inbox.ts'

/** Reads `box` into a log: numbers, then `end` or the error's name. */
function read(box: ReturnType<typeof inbox>, log: (number | string)[]) {
  return box.incoming$.subscribe({
    next: (bytes) => log.push(bytes[0]!),
    complete: () => log.push('end'),
    error: (error: Error) => log.push(error.name),
  })
}

describe('runtime/transport inbox', () => {
  it('holds what comes before there is a reader, the end included', () => {
    const box = inbox()
    const log: (number | string)[] = []
    box.push(Uint8Array.of(1))
    box.push(Uint8Array.of(2))
    box.end()
    box.push(Uint8Array.of(3))
    read(box, log)
    expect(log).to.deep.equal([1, 2, 'end'])
  })

  it('holds between two readers, and an error for the second', () => {
    const box = inbox()
    const log: (number | string)[] = []
    read(box, log).unsubscribe()
    box.push(Uint8Array.of(1))
    box.fail(new TransportError('gone', 'unknown'))
    box.end()
    read(box, log)
    read(box, log)
    expect(log).to.deep.equal([1, 'TransportError', 'TransportError'])
  })

  it('belongs to its newest reader, also when the last one has not left yet', () => {
    const attended: boolean[] = []
    const box = inbox((isRead) => attended.push(isRead))
    const first: (number | string)[] = []
    const second: (number | string)[] = []
    box.incoming$.pipe(take(2)).subscribe({
      next: ([value]) => first.push(value!),
      complete: () => read(box, second),
      error: expect.fail,
    })
    for (const value of [1, 2, 3, 4]) box.push(Uint8Array.of(value))
    expect(first).to.deep.equal([1, 2])
    expect(second).to.deep.equal([3, 4])
    expect(attended).to.deep.equal([true, true])
  })

  it('delivers in order what is pushed while it delivers', () => {
    const box = inbox()
    const order: string[] = []
    box.incoming$.subscribe({
      next([value]) {
        order.push(`begin ${value}`)
        if (value === 1) {
          box.push(Uint8Array.of(2))
          box.push(Uint8Array.of(3))
          box.end()
        }
        order.push(`end ${value}`)
      },
      complete: () => order.push('complete'),
      error: expect.fail,
    })
    box.push(Uint8Array.of(1))
    expect(order).to.deep.equal(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3', 'complete'])
  })

  it('stops in the middle when its reader leaves', () => {
    const box = inbox()
    const log: (number | string)[] = []
    for (const value of [1, 2, 3]) box.push(Uint8Array.of(value))
    box.incoming$.pipe(take(1)).subscribe({ next: ([value]) => log.push(value!), error: expect.fail })
    read(box, log)
    expect(log).to.deep.equal([1, 2, 3])
  })

  it('tells when it is read and when not', () => {
    const attended: boolean[] = []
    const box = inbox((isRead) => attended.push(isRead))
    read(box, []).unsubscribe()
    read(box, [])
    box.end()
    expect(attended).to.deep.equal([true, false, true, false])
  })

  it('fails rather than hold more than its bound', () => {
    const box = inbox(undefined, 10)
    const log: (number | string)[] = []
    box.push(new Uint8Array(6))
    box.push(new Uint8Array(6))
    box.push(new Uint8Array(6))
    read(box, log)
    expect(log).to.deep.equal([0, 0, 'TransportError'])
  })

  it('has no bound while it is read', () => {
    const box = inbox(undefined, 10)
    const log: (number | string)[] = []
    read(box, log)
    for (let i = 0; i < 5; i++) box.push(new Uint8Array(6))
    expect(log).to.deep.equal([0, 0, 0, 0, 0])
  })
})
