import { expect } from 'chai'
import { EMPTY, NEVER, Observable, of, Subject, throwError } from 'rxjs'
import { UsageError } from '../../../lib/core/errors.ts'
import { iterate, toPromise } from '../../../lib/runtime/rx/promise.ts'

/** A source that counts its subscribers. */
function watched<Value>(source: Observable<Value>): {
  source: Observable<Value>
  open: () => number
  runs: () => number
} {
  let open = 0
  let runs = 0
  const counted = new Observable<Value>((subscriber) => {
    open++
    runs++
    subscriber.add(() => open--)
    return source.subscribe(subscriber)
  })
  return { source: counted, open: () => open, runs: () => runs }
}

const rejection = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => expect.fail(`resolved with ${String(value)}`),
    (error: unknown) => error,
  )

describe('runtime/rx toPromise', () => {
  it('resolves with the first value and unsubscribes', async () => {
    const subject = new Subject<number>()
    const { source, open } = watched(subject)
    const promise = toPromise(source)
    expect(open()).to.equal(1)
    subject.next(1)
    expect(open()).to.equal(0)
    expect(await promise).to.equal(1)
  })

  it('takes a synchronous source, also one that goes on', async () => {
    const { source, open } = watched(of(1, 2, 3))
    expect(await toPromise(source)).to.equal(1)
    expect(open()).to.equal(0)
  })

  it('resolves with undefined when there is no value', async () => {
    expect(await toPromise(EMPTY)).to.equal(undefined)
  })

  it('rejects with the error of the source', async () => {
    const error = new Error('no')
    expect(await rejection(toPromise(throwError(() => error)))).to.equal(error)
  })

  it('rejects with the reason of the signal, and unsubscribes', async () => {
    const { source, open } = watched(NEVER)
    const controller = new AbortController()
    const promise = toPromise(source, { signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    expect(open()).to.equal(0)
    expect(await rejection(promise)).to.equal(reason)
  })

  it('does not start when the signal is aborted already', async () => {
    const { source, runs } = watched(of(1))
    expect(await rejection(toPromise(source, { signal: AbortSignal.abort('gone') }))).to.equal('gone')
    expect(runs()).to.equal(0)
  })

  it('leaves no listener on the signal', async () => {
    let listeners = 0
    const controller = new AbortController()
    const { signal } = controller
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--
      remove(...args)
    }
    await toPromise(of(1), { signal })
    await toPromise(EMPTY, { signal })
    await rejection(
      toPromise(
        throwError(() => 'no'),
        { signal },
      ),
    )
    expect(listeners).to.equal(0)
  })
})

describe('runtime/rx iterate', () => {
  const collect = async <Value>(values: AsyncIterable<Value>): Promise<Value[]> => {
    const all: Value[] = []
    for await (const value of values) all.push(value)
    return all
  }

  it('gives all values in order', async () => {
    expect(await collect(iterate(of(1, 2, 3)))).to.deep.equal([1, 2, 3])
  })

  it('subscribes with the first pull, once for each loop', async () => {
    const { source, runs } = watched(of(1))
    const values = iterate(source)
    expect(runs()).to.equal(0)
    await collect(values)
    await collect(values)
    expect(runs()).to.equal(2)
  })

  it('answers a pull that waits', async () => {
    const subject = new Subject<number>()
    const iterator = iterate(subject)[Symbol.asyncIterator]()
    const first = iterator.next()
    const second = iterator.next()
    subject.next(1)
    subject.complete()
    expect(await first).to.deep.equal({ done: false, value: 1 })
    expect(await second).to.deep.equal({ done: true, value: undefined })
    expect(await iterator.next()).to.deep.equal({ done: true, value: undefined })
  })

  it('unsubscribes when the loop is left', async () => {
    const subject = new Subject<number>()
    const { source, open } = watched(subject)
    const loop = (async () => {
      for await (const value of iterate(source)) if (value === 2) break
    })()
    subject.next(1)
    subject.next(2)
    subject.next(3)
    await loop
    expect(open()).to.equal(0)
  })

  it('ends a pull that waits when it is returned', async () => {
    const { source, open } = watched(NEVER)
    const iterator = iterate(source)[Symbol.asyncIterator]()
    const pull = iterator.next()
    await iterator.return?.()
    expect(await pull).to.deep.equal({ done: true, value: undefined })
    expect(open()).to.equal(0)
  })

  it('throws the error of the source after the values before it', async () => {
    const subject = new Subject<number>()
    const iterator = iterate(subject)[Symbol.asyncIterator]()
    const first = iterator.next()
    subject.next(1)
    subject.next(2)
    subject.error('no')
    expect((await first).value).to.equal(1)
    expect((await iterator.next()).value).to.equal(2)
    expect(await rejection(iterator.next())).to.equal('no')
    expect(await iterator.next()).to.deep.equal({ done: true, value: undefined })
  })

  it('keeps a bounded number of values, and says so when a reader falls behind', async () => {
    const subject = new Subject<number>()
    const { source, open } = watched(subject)
    const iterator = iterate(source, { limit: 2 })[Symbol.asyncIterator]()
    const first = iterator.next()
    for (const value of [1, 2, 3, 4, 5]) subject.next(value)
    expect(open()).to.equal(0)
    expect((await first).value).to.equal(1)
    expect((await iterator.next()).value).to.equal(2)
    expect((await iterator.next()).value).to.equal(3)
    expect(await rejection(iterator.next())).to.be.instanceOf(UsageError)
  })
})
