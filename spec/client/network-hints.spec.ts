import { expect } from 'chai'
import { networkHints, type Surroundings } from '../../lib/client/network-hints.ts'
import { marbles } from '../support/marbles.ts'

/** A target of events that counts its listeners. */
class Target extends EventTarget {
  listeners = 0
  type?: string
  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners++
    super.addEventListener(...args)
  }
  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners--
    super.removeEventListener(...args)
  }
  tell(type: string): void {
    this.dispatchEvent(new Event(type))
  }
}

const values = { n: 'online', f: 'offline', c: 'changed' }

describe('client network-hints', () => {
  it(
    'are the events of a window, and leave no listener',
    marbles(({ hot, expectObservable, finally: last }) => {
      const window = new Target()
      hot('--f---n---f').subscribe({
        next: (letter) => window.tell(letter === 'f' ? 'offline' : 'online'),
        error: expect.fail,
      })
      expectObservable(networkHints(window as Surroundings), '^-------!').toBe('--f---n-', values)
      last(() => expect(window.listeners).to.equal(0))
    }),
  )

  it(
    'tell when the kind of network becomes another, and not of each new estimate of its speed',
    marbles(({ hot, expectObservable, finally: last }) => {
      const connection = Object.assign(new Target(), { type: 'wifi' })
      const window = Object.assign(new Target(), { navigator: { connection } })
      hot('-w-w-c-c-w').subscribe({
        next: (letter) => {
          connection.type = letter === 'w' ? 'wifi' : 'cellular'
          connection.tell('change')
        },
        error: expect.fail,
      })
      expectObservable(networkHints(window as unknown as Surroundings), '^----------!').toBe('-----c---c', values)
      last(() => expect(connection.listeners + window.listeners).to.equal(0))
    }),
  )

  it(
    'are none where the platform has no such events',
    marbles(({ expectObservable }) => {
      expectObservable(networkHints({})).toBe('|')
      expectObservable(networkHints({ navigator: {} })).toBe('|')
      // As here.
      expectObservable(networkHints()).toBe('|')
    }),
  )
})
