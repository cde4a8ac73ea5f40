import { expect } from 'chai'
import { createFaults } from '../../lib/client/faults.ts'
import { ClosedError } from '../../lib/core/errors.ts'
import type { Fault } from '../../lib/telegram/telegram.ts'

describe('client/faults', () => {
  it('keeps the first ones for the first observer', () => {
    const { faults$, at, close } = createFaults()
    for (let count = 0; count < 101; count++) at('a')(count)
    const [first, second]: Fault[][] = [[], []]
    faults$.subscribe({ next: (fault) => first!.push(fault), error: expect.fail })
    at('b')('x')
    faults$.subscribe({ next: (fault) => second!.push(fault), error: expect.fail })
    at('c')('y')
    close()
    expect(first).to.have.length(102)
    expect(first![0]).to.deep.equal({ at: 'a', error: 1 })
    expect(first!.slice(-2).map((fault) => fault.at)).to.deep.equal(['b', 'c'])
    expect(second).to.deep.equal([{ at: 'c', error: 'y' }])
  })

  it('takes a ClosedError for one until the client closes, and other errors also then', () => {
    const { faults$, at, closing, close } = createFaults()
    const seen: Fault[] = []
    at('held')(new ClosedError('of another client'))
    faults$.subscribe({ next: (fault) => seen.push(fault), error: expect.fail })
    closing()
    at('handle')(new ClosedError('the client is closed'))
    at('storage')(new Error('the disk is full'))
    close()
    expect(seen.map((fault) => fault.at)).to.deep.equal(['held', 'storage'])
  })
})
