import { expect } from 'chai'
import { merge } from 'rxjs'
import type { Update } from '../../../lib/api/types.ts'
import { createRouter } from '../../../lib/runtime/updates/router.ts'
import { marbles } from '../../support/marbles.ts'
import { news, typing } from './samples.ts'

const batch = (...updates: readonly Update[]) => ({ updates, users: [], chats: [] })

describe('runtime/updates/router', () => {
  it(
    'gives each listener its type alone, while it listens',
    marbles(({ hot, expectObservable }) => {
      const router = createRouter()
      const n = news(5)
      const source = hot('-a-b-c---a', { a: batch(n, typing), b: batch(typing), c: batch(n) })
      source.subscribe({ next: router.route, error: expect.fail })
      expectObservable(router.on('updateNewMessage'), '^------!').toBe('-n---n--', { n })
      expectObservable(router.on('updateUserTyping'), '--^----!').toBe('---t----', { t: typing })
      expectObservable(router.batches$, '----^').toBe('-----c---a', { a: batch(n, typing), c: batch(n) })
    }),
  )

  it('delivers in order, the batch before its updates', () => {
    const router = createRouter()
    const log: string[] = []
    const note = (what: string) => ({ next: () => log.push(what), error: expect.fail })
    router.on('updateUserTyping').subscribe(note('typing'))
    router.batches$.subscribe(note('batch'))
    router.on('updateNewMessage').subscribe(note('message'))
    router.route(batch(news(5), typing))
    expect(log).to.deep.equal(['batch', 'message', 'typing'])
  })

  it('keeps an entry from the first listener to the last', () => {
    const router = createRouter()
    const first = router.on('updateNewMessage').subscribe({ error: expect.fail })
    const second = router.on('updateNewMessage').subscribe({ error: expect.fail })
    const other = router.on('updateUserTyping').subscribe({ error: expect.fail })
    expect(router.listened()).to.deep.equal(['updateNewMessage', 'updateUserTyping'])
    first.unsubscribe()
    other.unsubscribe()
    expect(router.listened()).to.deep.equal(['updateNewMessage'])
    second.unsubscribe()
    expect(router.listened()).to.deep.equal([])
  })

  it('tells of the first listener, once', () => {
    let heard = 0
    const router = createRouter({ heard: () => heard++ })
    expect(heard).to.equal(0)
    const both = merge(router.on('updateNewMessage'), router.batches$).subscribe({ error: expect.fail })
    both.unsubscribe()
    router.on('updateNewMessage').subscribe({ error: expect.fail }).unsubscribe()
    expect(heard).to.equal(1)
  })

  it('completes everyone when it closes, and those who come later', () => {
    const router = createRouter()
    const log: string[] = []
    const note = (what: string) => ({ complete: () => log.push(what), error: expect.fail })
    router.on('updateNewMessage').subscribe(note('on'))
    router.batches$.subscribe(note('batches'))
    router.close()
    router.on('updateNewMessage').subscribe(note('later'))
    expect(log).to.deep.equal(['on', 'batches', 'later'])
    expect(router.listened()).to.deep.equal([])
  })

  it('survives a listener that unsubscribes while it is told', () => {
    const router = createRouter()
    const log: number[] = []
    const once = router.on('updateNewMessage').subscribe({
      next: ({ pts }) => {
        log.push(pts)
        once.unsubscribe()
      },
      error: expect.fail,
    })
    router.on('updateNewMessage').subscribe({ next: ({ pts }) => log.push(-pts), error: expect.fail })
    router.route(batch(news(1), news(2)))
    expect(log).to.deep.equal([1, -1, -2])
  })
})
