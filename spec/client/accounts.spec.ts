import { expect } from 'chai'
import { of } from 'rxjs'
import { type Accounts, createAccounts } from '../../lib/client/accounts.ts'
import { RpcError } from '../../lib/core/errors.ts'
import type { Account } from '../../lib/telegram/auth/account.ts'

interface Kept extends Accounts {
  readonly log: string[]
  readonly shown: Account[]
  home: number
}

function accounts(): Kept {
  const log: string[] = []
  const shown: Account[] = []
  const place = { home: 2 }
  const made = createAccounts({
    keep: (changes) => {
      for (const { kind, value } of changes) log.push(`${kind} ${value === undefined ? 'gone' : JSON.stringify(value)}`)
    },
    home: () => place.home,
    began: () => log.push('began'),
    ended: () => log.push('ended'),
  })
  made.account$.subscribe({ next: (account) => shown.push(account), error: expect.fail })
  return {
    ...made,
    log,
    shown,
    get home() {
      return place.home
    },
    set home(dc) {
      place.home = dc
    },
  }
}

const refusal = (code: number, text: string) => new RpcError(code, text, 'x')
const bot = { _: 'user', id: 5, bot: true, botInfoVersion: 1 } as const

describe('client/accounts', () => {
  it('begins with what is stored', () => {
    const { restored, shown, log, self } = accounts()
    expect(self()).to.equal(0)
    restored({ id: 5, bot: true, dc: 2 })
    expect(shown).to.deep.equal([{ _: 'unknown' }, { _: 'signedIn', id: 5, bot: true }])
    expect(log).to.deep.equal(['began'])
    expect(self()).to.equal(5)
  })

  it('keeps who came in, once', () => {
    const { restored, signedIn, shown, log } = accounts()
    restored(undefined)
    signedIn(bot)
    signedIn(bot)
    signedIn({ _: 'userEmpty', id: 9 })
    expect(shown.slice(1)).to.deep.equal([
      { _: 'signedOut', why: 'new' },
      { _: 'signedIn', id: 5, bot: true },
    ])
    expect(log).to.deep.equal(['self {"id":5,"bot":true,"dc":2}', 'began'])
  })

  it('forgets the one for the other', () => {
    const { restored, signedIn, log } = accounts()
    restored({ id: 4, bot: false, dc: 2 })
    signedIn(bot)
    expect(log).to.deep.equal(['began', 'self gone', 'box gone', 'ended', 'self {"id":5,"bot":true,"dc":2}', 'began'])
  })

  it('keeps a new home', () => {
    const kept = accounts()
    kept.moved()
    kept.restored({ id: 5, bot: true, dc: 2 })
    kept.home = 4
    kept.moved()
    expect(kept.log).to.deep.equal(['began', 'self {"id":5,"bot":true,"dc":4}'])
  })

  const ends: readonly (readonly [error: unknown, account: Account])[] = [
    [refusal(401, 'AUTH_KEY_UNREGISTERED'), { _: 'signedOut', why: 'AUTH_KEY_UNREGISTERED' }],
    [refusal(401, 'SESSION_REVOKED'), { _: 'signedOut', why: 'SESSION_REVOKED' }],
    [refusal(401, 'USER_DEACTIVATED_BAN'), { _: 'banned', why: 'USER_DEACTIVATED_BAN' }],
    [refusal(406, 'AUTH_KEY_DUPLICATED'), { _: 'keyInUse' }],
  ]
  for (const [error, account] of ends)
    it(`ends with ${String(error)}`, () => {
      const { restored, refused, now, log } = accounts()
      restored({ id: 5, bot: true, dc: 2 })
      refused(error)
      refused(error)
      expect(now()).to.deep.equal(account)
      expect(log).to.deep.equal(['began', 'self gone', 'box gone', 'ended'])
    })

  it('ends when the key is lost, in words of its own; but not twice, and not before anybody was in', () => {
    const { restored, refused, keyLost, shown } = accounts()
    restored(undefined)
    keyLost()
    expect(shown.at(-1)).to.deep.equal({ _: 'signedOut', why: 'new' })
    const other = accounts()
    other.restored({ id: 5, bot: true, dc: 2 })
    other.keyLost()
    other.keyLost()
    expect(other.now()).to.deep.equal({ _: 'signedOut', why: 'keyLost' })
    expect(other.log).to.deep.equal(['began', 'self gone', 'box gone', 'ended'])
    other.refused(refusal(401, 'AUTH_KEY_UNREGISTERED'))
    expect(other.now()).to.deep.equal({ _: 'signedOut', why: 'keyLost' })
    refused(refusal(406, 'AUTH_KEY_DUPLICATED'))
    keyLost()
    expect(shown.at(-1)).to.deep.equal({ _: 'keyInUse' })
  })

  it('does not end with what is about the call alone', () => {
    const { restored, refused, now } = accounts()
    restored({ id: 5, bot: true, dc: 2 })
    for (const error of [refusal(401, 'SESSION_PASSWORD_NEEDED'), refusal(400, 'PEER_ID_INVALID'), new Error('x')])
      refused(error)
    expect(now()._).to.equal('signedIn')
  })

  it('takes the answer "nobody" for what it is, before a login', () => {
    const { restored, refused, now } = accounts()
    restored(undefined)
    refused(refusal(401, 'AUTH_KEY_UNREGISTERED'))
    expect(now()).to.deep.equal({ _: 'signedOut', why: 'new' })
  })

  it('sees a log-out', () => {
    const { restored, watch, now } = accounts()
    restored({ id: 5, bot: true, dc: 2 })
    const request = (method: string) => ({
      method,
      params: {},
      write: (_params: unknown, position: number) => position,
      read: () => ({}),
    })
    const next = { invoke: () => of({}) as never }
    watch(request('help.getConfig'), next).subscribe({ error: expect.fail })
    expect(now()._).to.equal('signedIn')
    watch(request('auth.logOut'), next).subscribe({ error: expect.fail })
    expect(now()).to.deep.equal({ _: 'signedOut', why: 'loggedOut' })
  })

  it('is known once the store has been read, and never after the end', () => {
    const { known$, restored, close } = accounts()
    const log: unknown[] = []
    known$.subscribe({ next: (account) => log.push(account._), error: expect.fail, complete: () => log.push('|') })
    restored(undefined)
    expect(log).to.deep.equal(['signedOut', '|'])
    const other = accounts()
    other.known$.subscribe({ error: (error) => log.push(error.name) })
    other.close()
    close()
    expect(log.at(-1)).to.equal('ClosedError')
  })
})
