import { expect } from 'chai'
import { catchError, concat, defer, EMPTY, forkJoin, map, of, switchMap, take, tap, throwError } from 'rxjs'
import { logOut } from '../../lib/api/auth.ts'
import { getNearestDc } from '../../lib/api/help.ts'
import type { Client } from '../../lib/client.ts'
import { StorageError } from '../../lib/core/errors.ts'
import { memoryStorage } from '../../lib/runtime/storage/memory.ts'
import type { Change, Storage } from '../../lib/runtime/storage/storage.ts'
import { getMe } from '../../lib/telegram/auth/get-me.ts'
import { signInBot } from '../../lib/telegram/auth/sign-in-bot.ts'
import { newMessages } from '../../lib/telegram/messages/new-messages.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import { ANN, beside, bot, check, failing, flow, person, steps } from '../telegram/flow.ts'

const texts = (tg: Client) => newMessages(tg).pipe(map((message) => message.message))
const store = (storage: Storage, changes: readonly Change[]) =>
  storage.open().pipe(
    switchMap((opened) => concat(opened.write(changes), of('written'))),
    take(1),
  )
const names = (tg: Client) => tg.state$.pipe(map(({ _ }) => _))

describe('client/stored-session', () => {
  describe('the stored session', () => {
    it(
      'saves the handshake, the login and the place in the updates',
      flow(({ client, dc, clock, calls, events }) => {
        const [ann, storage] = [client(), memoryStorage()]
        const first = client({ storage })
        const again: { tg?: Client; states?: readonly string[]; heard?: readonly string[] } = {}
        return steps(
          bot(first, dc),
          person(ann, ANN),
          sendText(ann, '@echo_bot', 'before'),
          check(() => beside(texts(first))),
          clock.after(100),
          defer(() => first.close()),
          sendText(ann, '@echo_bot', 'one'),
          sendText(ann, '@echo_bot', 'two'),
          check(() => {
            const tg = client({ storage })
            Object.assign(again, { tg, states: beside(names(tg)).values, heard: beside(texts(tg)).values })
          }),
          clock.after(1000),
          check(() => {
            expect(again.heard).to.deep.equal(['one', 'two'])
            expect(again.states).to.not.include('handshake')
            expect(again.tg?.context.account()).to.deep.include({ _: 'signedIn', bot: true })
            expect(events.filter((each) => each.event === 'signedIn')).to.have.length(2)
            expect(calls().filter((each) => each === 'updates.getDifference')).to.have.length(1)
          }),
        )
      }),
    )

    it(
      'signs the same bot in without a login, and no other account',
      flow(({ client, dc, calls }) => {
        const storage = memoryStorage()
        const first = client({ storage })
        const logins = () => calls().filter((each) => each === 'auth.importBotAuthorization').length
        return steps(
          bot(first, dc),
          defer(() => first.close()),
          defer(() => {
            const second = client({ storage })
            return steps(
              bot(second, dc),
              check(() => expect(logins()).to.equal(1)),
              failing(
                signInBot(second, '5:other'),
                /expected a stored session of bot 5 or a fresh one, got that of bot \d+/,
              ),
            )
          }),
        )
      }),
    )

    it(
      'is not believed when the server knows better',
      flow(({ client, dc, calls }) => {
        const storage = memoryStorage()
        const first = client({ storage })
        return steps(
          bot(first, dc),
          logOut(first),
          // As if the session had been ended from elsewhere, and the store did not know.
          defer(() => first.close()),
          store(storage, [{ kind: 'self', key: 'self', value: { id: dc.bots[0]!.id, bot: true, dc: 1 } }]),
          defer(() => bot(client({ storage }), dc)),
          check(() => expect(calls().filter((each) => each === 'auth.importBotAuthorization')).to.have.length(2)),
        )
      }),
    )

    it(
      'keeps nothing of an account that left',
      flow(({ client, dc }) => {
        const storage = memoryStorage()
        const tg = client({ storage })
        const accounts = beside(tg.account$)
        const left: unknown[] = []
        return steps(
          bot(tg, dc),
          sendText(tg, 'me', 'x').pipe(catchError(() => EMPTY)),
          logOut(tg),
          failing(getMe(tg), /AUTH_KEY_UNREGISTERED/),
          defer(() => tg.close()),
          storage.open().pipe(
            switchMap((opened) =>
              forkJoin([opened.list('self'), opened.list('box'), opened.list('peer'), opened.list('authKey')]),
            ),
            tap((lists) => left.push(...lists.map((each) => each.length))),
            take(1),
          ),
          check(() => {
            expect(left).to.deep.equal([0, 0, 0, 1])
            expect(accounts.values.map(({ _ }) => _)).to.deep.equal(['signedOut', 'signedIn', 'signedOut'])
            expect(accounts.values.at(-1)).to.deep.equal({ _: 'signedOut', why: 'loggedOut' })
          }),
        )
      }),
    )

    it(
      'that can not be opened is the error of every call, and no error of the streams',
      flow(({ client, faults }) => {
        const broken: Storage = { open: () => throwError(() => new StorageError('the disk is gone')) }
        const tg = client({ storage: broken })
        const [accounts, states] = [beside(tg.account$), beside(tg.state$)]
        return steps(
          failing(getNearestDc(tg), /the disk is gone/),
          failing(signInBot(tg, '5:x'), /the disk is gone/),
          failing(sendText(tg, '@x_bot', 'x'), /the disk is gone/),
          check(() => {
            expect(faults.map(({ at }) => at)).to.include('storage')
            expect(accounts.values).to.deep.equal([{ _: 'unknown' }])
            expect(states.values.at(-1)).to.deep.equal({ _: 'offline' })
          }),
        )
      }),
    )
  })
})
