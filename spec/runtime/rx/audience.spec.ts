import { expect } from 'chai'
import { audience } from '../../../lib/runtime/rx/audience.ts'

describe('runtime/rx/audience', () => {
  it('tells when the first comes and the last has gone, and the first hears what that tells', () => {
    const heard: (readonly [string, number])[] = []
    const observed: boolean[] = []
    const watchers = audience<number>((on) => {
      observed.push(on)
      if (on) watchers.tell(0)
    })
    const by = (name: string) =>
      watchers.events$.subscribe({ next: (event) => heard.push([name, event]), error: expect.fail })
    watchers.tell(1)
    const first = by('first')
    const second = by('second')
    watchers.tell(2)
    first.unsubscribe()
    watchers.tell(3)
    second.unsubscribe()
    watchers.tell(4)
    expect(heard).to.deep.equal([
      ['first', 0],
      ['first', 2],
      ['second', 2],
      ['second', 3],
    ])
    expect(observed).to.deep.equal([true, false])
    by('third').unsubscribe()
    expect(observed).to.deep.equal([true, false, true, false])
  })

  it('completes those who watch, and those who come later without telling of them', () => {
    const observed: boolean[] = []
    const watchers = audience<number>((on) => observed.push(on))
    let completed = 0
    const complete = () => {
      completed++
    }
    watchers.events$.subscribe({ complete, error: expect.fail })
    watchers.close()
    watchers.events$.subscribe({ complete, error: expect.fail })
    expect(completed).to.equal(2)
    expect(observed).to.deep.equal([true, false])
  })
})
