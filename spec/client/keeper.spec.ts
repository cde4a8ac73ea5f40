import { expect } from 'chai'
import { EMPTY, NEVER, type Observable, of, Subject, throwError } from 'rxjs'
import { createKeeper } from '../../lib/client/keeper.ts'
import type { Change, Store } from '../../lib/runtime/storage/storage.ts'

const value = (key: string, n: number): Change => ({ kind: 'value', key, value: n })
/** A store that notes what it writes, and takes as long as `done` says. */
function noting(done: () => Observable<never>): { readonly store: Store; readonly writes: (readonly Change[])[] } {
  const writes: (readonly Change[])[] = []
  const store: Store = {
    get: () => NEVER,
    list: () => NEVER,
    write: (changes) => {
      writes.push(changes)
      return done()
    },
  }
  return { store, writes }
}
const faultless = (error: unknown) => expect.fail(String(error))

describe('client/keeper', () => {
  it('writes at once', () => {
    const { store, writes } = noting(() => EMPTY)
    createKeeper({ store$: of(store), fault: faultless }).keep([value('a', 1)])
    expect(writes).to.deep.equal([[value('a', 1)]])
  })

  it('writes one transaction at a time, and of each record the last', () => {
    const done = new Subject<never>()
    const { store, writes } = noting(() => done)
    const { keep } = createKeeper({ store$: of(store), fault: faultless })
    keep([value('a', 1)])
    keep([value('a', 2), value('b', 1)])
    keep([value('a', 3)])
    expect(writes).to.have.length(1)
    done.complete()
    expect(writes[1]).to.deep.equal([value('b', 1), value('a', 3)])
  })

  it('waits for the store', () => {
    const { store, writes } = noting(() => EMPTY)
    const store$ = new Subject<Store>()
    const { keep } = createKeeper({ store$, fault: faultless })
    keep([value('a', 1)])
    store$.next(store)
    expect(writes).to.deep.equal([[value('a', 1)]])
  })

  it('goes on after a failure, and tells of it', () => {
    let fails = true
    const { store, writes } = noting(() => (fails ? throwError(() => new Error('full')) : EMPTY))
    const faults: unknown[] = []
    const { keep } = createKeeper({ store$: of(store), fault: (error) => faults.push(error) })
    keep([value('a', 1)])
    fails = false
    keep([value('b', 1)])
    expect(writes).to.have.length(2)
    expect(faults.map(String)).to.deep.equal(['Error: full'])
  })

  it('tells when everything is written', () => {
    const done = new Subject<never>()
    const { store } = noting(() => done)
    const { keep, flushed } = createKeeper({ store$: of(store), fault: faultless })
    let count = 0
    const counted = { complete: () => count++, error: expect.fail }
    flushed().subscribe(counted)
    expect(count).to.equal(1)
    keep([value('a', 1)])
    flushed().subscribe(counted)
    expect(count).to.equal(1)
    done.complete()
    expect(count).to.equal(2)
  })

  it('does not wait for a store that can not be opened, nor for one that is not open yet', () => {
    let count = 0
    const counted = { complete: () => count++, error: expect.fail }
    for (const store$ of [throwError(() => new Error('gone')), NEVER]) {
      const { keep, flushed } = createKeeper({ store$, fault: faultless })
      keep([value('a', 1)])
      flushed().subscribe(counted)
    }
    expect(count).to.equal(2)
  })

  it('forgets what it can not hold, and says so', () => {
    const faults: unknown[] = []
    const { keep } = createKeeper({ store$: NEVER, fault: (error) => faults.push(error) })
    keep(Array.from({ length: 10_001 }, (_, at) => value(`${at}`, 1)))
    expect(faults).to.have.length(1)
  })
})
