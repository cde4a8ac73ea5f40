import { expect } from 'chai'
import { createStateView } from '../../lib/client/state.ts'

describe('client/state', () => {
  it('shows each state once, the newest at once', () => {
    const view = createStateView()
    const states: string[] = []
    let isOver = false
    view.state$.subscribe({ next: ({ _ }) => states.push(_), error: expect.fail, complete: () => (isOver = true) })
    view.session({ _: 'connecting' })
    view.session({ _: 'handshake' })
    view.session({ _: 'ready' })
    view.syncing(true)
    view.syncing(true)
    view.syncing(false)
    view.session({ _: 'offline', retryAt: 1 })
    view.session({ _: 'offline', retryAt: 2 })
    // Behind, but not connected: that is what counts.
    view.syncing(true)
    view.session({ _: 'connecting' })
    view.session({ _: 'ready' })
    view.close()
    expect(states).to.deep.equal([
      'connecting',
      'handshake',
      'ready',
      'syncing',
      'ready',
      'offline',
      'offline',
      'connecting',
      'syncing',
      'closed',
    ])
    expect(isOver).to.equal(true)
  })
})
