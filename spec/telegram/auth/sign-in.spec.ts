import { expect } from 'chai'
import { defer, type Observable, switchMap, tap } from 'rxjs'
import { UsageError } from '../../../lib/core/errors.ts'
import { refuse } from '../../../lib/local-dc/refuse.ts'
import { getMe } from '../../../lib/telegram/auth/get-me.ts'
import { sendCode } from '../../../lib/telegram/auth/send-code.ts'
import { signIn } from '../../../lib/telegram/auth/sign-in.ts'
import { signInBot } from '../../../lib/telegram/auth/sign-in-bot.ts'
import { signUp } from '../../../lib/telegram/auth/sign-up.ts'
import type { Telegram } from '../../../lib/telegram/telegram.ts'
import { ANN, beside, CODE, check, failing, flow, steps } from '../flow.ts'

/** Asks for a code, and goes on with its hash. */
const coded = (tg: Telegram, phone: string, next: (phoneCodeHash: string) => Observable<unknown>) =>
  sendCode(tg, phone).pipe(switchMap((sent) => next(sent._ === 'auth.sentCode' ? sent.phoneCodeHash : '')))

describe('telegram/auth', () => {
  it(
    'signs a user in by a code, and knows who it is',
    flow(({ client, dc }) => {
      const tg = client()
      const accounts = beside(tg.account$)
      const { id } = dc.users[0]!
      return steps(
        coded(tg, '+999 661-0001', (phoneCodeHash) => signIn(tg, { phone: ANN, phoneCodeHash, code: CODE })).pipe(
          tap((user) => expect(user).to.deep.include({ _: 'user', id, firstName: 'Ann', self: true })),
        ),
        getMe(tg).pipe(tap((me) => expect(me.id).to.equal(id))),
        check(() => {
          const expected = [
            { _: 'signedOut', why: 'new' },
            { _: 'signedIn', id, bot: false },
          ]
          expect(accounts.values).to.deep.equal(expected)
        }),
      )
    }),
  )

  it(
    'says that a number has no account, and makes one',
    flow(({ client }) => {
      const tg = client()
      const phone = '+9996610009'
      return steps(
        coded(tg, phone, (phoneCodeHash) =>
          signIn(tg, { phone, phoneCodeHash, code: CODE }).pipe(
            tap((answer) => expect(answer._).to.equal('auth.authorizationSignUpRequired')),
            tap(() => expect(tg.context.account()).to.deep.equal({ _: 'signedOut', why: 'new' })),
            switchMap(() => signUp(tg, { phone, phoneCodeHash, firstName: 'New', lastName: 'Comer' })),
          ),
        ).pipe(tap((user) => expect(user).to.deep.include({ _: 'user', firstName: 'New', lastName: 'Comer' }))),
        getMe(tg).pipe(tap((me) => expect(me.firstName).to.equal('New'))),
      )
    }),
  )

  it(
    'gives a wrong code, and a wrong number, to the caller',
    flow(({ client }) => {
      const tg = client()
      return steps(
        coded(tg, ANN, (phoneCodeHash) =>
          failing(signIn(tg, { phone: ANN, phoneCodeHash, code: '00000' }), /PHONE_CODE_INVALID/),
        ),
        failing(sendCode(tg, '+12345'), /PHONE_NUMBER_INVALID/),
        check(() => expect(tg.context.account()._).to.equal('signedOut')),
      )
    }),
  )

  it(
    'throws where no number or token was given, and shows neither',
    flow(({ client }) => {
      const tg = client()
      return steps(
        check(() => {
          const params = { phoneCodeHash: '', code: '' }
          for (const phone of ['', 'my secret number', '+1']) {
            expect(() => sendCode(tg, phone)).to.throw(
              UsageError,
              /^expected a phone number of 5 to 16 digits, got another form$/,
            )
            expect(() => signIn(tg, { phone, ...params })).to.throw(UsageError)
          }
        }),
        failing(signInBot(tg, 'a secret'), /^expected a bot token, digits:secret, got another form$/),
      )
    }),
  )

  it(
    'gives a token that is not known to the caller',
    flow(({ client }) => {
      const tg = client()
      return failing(signInBot(tg, '5:nobody'), /ACCESS_TOKEN_INVALID/)
    }),
  )

  it(
    'asks again where the server wants that',
    (() => {
      let asked = 0
      return flow(
        ({ client }) => {
          asked = 0
          return steps(
            sendCode(client(), ANN),
            check(() => expect(asked).to.equal(2)),
          )
        },
        {
          methods: {
            'auth.sendCode': () =>
              ++asked === 1
                ? refuse(500, 'AUTH_RESTART')
                : { _: 'auth.sentCode', type: { _: 'auth.sentCodeTypeSms', length: 5 }, phoneCodeHash: 'x' },
          },
        },
      )
    })(),
  )

  it(
    'takes a login without a code, and knows a closed account',
    flow(
      ({ client, dc }) => {
        const tg = client()
        return steps(
          sendCode(tg, ANN),
          check(() => expect(tg.context.account()).to.deep.include({ _: 'signedIn', id: 99 })),
          failing(
            defer(() => signInBot(client(), dc.bots[0]!.token)),
            /USER_DEACTIVATED_BAN/,
          ),
        )
      },
      {
        methods: {
          'auth.sendCode': () => ({
            _: 'auth.sentCodeSuccess',
            authorization: { _: 'auth.authorization', user: { _: 'user', id: 99, accessHash: 1n } },
          }),
          'auth.importBotAuthorization': () => refuse(401, 'USER_DEACTIVATED_BAN'),
        },
      },
    ),
  )
})
