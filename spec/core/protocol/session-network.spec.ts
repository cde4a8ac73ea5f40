import { expect } from 'chai'
import { TransportError } from '../../../lib/core/errors.ts'
import { openTable } from '../../support/session-says.ts'
import { SessionTable } from '../../support/session-table.ts'

type Change = 'changed' | 'offline' | 'online'

/** A hint, on a session that is opening, waits for the next try, or is ready; and what follows at once. */
const rows: Readonly<Record<'opening' | 'waiting' | 'ready', Readonly<Record<Change, readonly string[]>>>> = {
  opening: {
    changed: ['drop 1', 'connecting', 'open 2'],
    offline: ['drop 1', 'offline'],
    online: [],
  },
  waiting: {
    changed: ['connecting', 'open 2'],
    offline: ['offline'],
    online: ['connecting', 'open 2'],
  },
  ready: {
    changed: ['write [salts?, ping]'],
    offline: ['write [salts?, ping]'],
    online: ['write [salts?, ping]'],
  },
}

const begin = {
  opening: () => new SessionTable(),
  waiting() {
    const table = new SessionTable()
    table.lose()
    return table
  },
  ready: openTable,
}

describe('core/protocol session: hints about the network', () => {
  for (const [phase, changes] of Object.entries(rows)) {
    for (const [change, words] of Object.entries(changes)) {
      it(`${change} while it is ${phase}`, () => {
        const table = begin[phase as keyof typeof rows]()
        expect(table.send({ _: 'network', change: change as Change })).to.deep.equal(words)
      })
    }
  }

  it('make it wait as long as there is no network, and clear the pause', () => {
    const table = new SessionTable()
    for (let n = 0; n < 5; n++) {
      table.lose(new TransportError('ENETUNREACH', 'unsent'))
      table.pass(30_000)
    }
    table.send({ _: 'network', change: 'offline' })
    table.call(1)
    expect(table.pass(86_400_000)).to.deep.equal([])
    expect([...table.fold.timers.keys()]).to.deep.equal([])
    expect(table.send({ _: 'network', change: 'online' })).to.deep.equal(['connecting', 'open 7'])
    expect(table.open()).to.deep.equal(['ready', 'write [call 1, ping]'])
    table.lose()
    expect(table.pass(1_250)).to.deep.equal(['connecting', 'open 8'])
  })

  it('find a link that is dead within one deadline', () => {
    const table = openTable()
    table.pass(20_000)
    table.send({ _: 'network', change: 'changed' })
    expect(table.pass(5_000)).to.deep.equal(['drop 1', 'fault: TransportError unknown', 'offline'])
  })

  it('do not give a silent link more time', () => {
    const table = openTable()
    for (let second = 0; second < 5; second++) {
      table.send({ _: 'network', change: 'changed' })
      expect(table.pass(999).join()).not.to.contain('drop')
      table.pass(1)
    }
    expect(table.packets.length).to.be.above(5)
    expect([...table.fold.timers.keys()]).to.deep.equal(['retry'])
  })

  it('count for less than what is heard: without a network a link that works stays', () => {
    const table = openTable()
    table.send({ _: 'network', change: 'offline' })
    expect(table.says({ _: 'pong', msgId: table.last('ping_delay_disconnect').messageId, pingId: 1n })).to.deep.equal(
      [],
    )
    expect(table.pass(30_000)).to.deep.equal([])
    expect(table.lose()).to.deep.equal(['offline'])
    expect(table.pass(60_000)).to.deep.equal([])
    expect(table.send({ _: 'network', change: 'changed' })).to.deep.equal(['connecting', 'open 2'])
  })

  it('make no storm of connections, however many they are', () => {
    const table = new SessionTable()
    let opened = 0
    for (let tenth = 0; tenth < 600; tenth++) {
      const words = [...table.send({ _: 'network', change: 'changed' }), ...table.pass(100)]
      opened += words.filter((word) => word.startsWith('open')).length
    }
    // Five in ten seconds.
    expect(opened).to.be.within(25, 30)
  })

  it('mean nothing after the end', () => {
    const table = openTable()
    table.send({ _: 'close' })
    expect(table.send({ _: 'network', change: 'changed' })).to.deep.equal([])
    expect(table.send({ _: 'network', change: 'online' })).to.deep.equal([])
  })
})
