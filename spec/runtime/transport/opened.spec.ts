import type { Connect, Endpoint, Link } from '../../../lib/runtime/transport/link.ts'
import { opened } from '../../../lib/runtime/transport/opened.ts'
import { marbles } from '../../support/marbles.ts'
import { fakeLink } from './packet-server.ts'

const endpoint: Endpoint = { dc: 1, host: 'here', port: 443 }

describe('runtime/transport opened', () => {
  it(
    'connects on subscribe, anew each time, and closes when left',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const L = fakeLink()
      const connection$ = cold<Link>('--L----|', { L })
      const connect: Connect = (to) => (to === endpoint ? connection$ : cold('#'))
      expectObservable(opened(endpoint, { connect })).toBe('--L----|', { L })
      expectObservable(opened(endpoint, { connect }), '-^---!').toBe('---L', { L })
      expectSubscriptions(connection$.subscriptions).toBe(['^------!', '-^---!'])
    }),
  )

  it(
    'has what connect throws as its error',
    marbles(({ expectObservable }) => {
      const error = new Error('no')
      const connect: Connect = () => {
        throw error
      }
      expectObservable(opened(endpoint, { connect })).toBe('#', undefined, error)
    }),
  )
})
