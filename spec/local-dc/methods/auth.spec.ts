import { expect } from 'chai'
import {
  cancelCodeRequest,
  importBotAuthorizationRequest,
  logOutRequest,
  resendCodeRequest,
  sendCodeRequest,
  signInRequest,
  signUpRequest,
} from '../../../lib/api/auth.ts'
import { getStateRequest } from '../../../lib/api/updates.ts'
import { getUsersRequest } from '../../../lib/api/users.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { ANN, pushed, type Running, refused, run, signIn } from '../running.ts'

const NEW = '+9996611234'
const app = { apiId: 1, apiHash: 'x' }
const self = getUsersRequest({ id: [{ _: 'inputUserSelf' }] })

async function code(client: RawClient, phoneNumber: string) {
  const sent = await client.call(sendCodeRequest({ phoneNumber, ...app, settings: { _: 'codeSettings' } }))
  if (sent._ !== 'auth.sentCode') throw new Error(`expected auth.sentCode, got ${sent._}`)
  return sent
}

describe('auth', () => {
  let dc: Running
  beforeEach(async () => {
    dc = await run()
  })
  afterEach(() => dc.stop())

  it('signs in who has an account', async () => {
    const client = await dc.client()
    const authorization = await signIn(client, ANN)
    expect(authorization).to.include({ _: 'auth.authorization' })
    expect(authorization)
      .to.have.property('user')
      .that.includes({ id: dc.users[0]!.id, self: true, phone: '9996621111', firstName: 'Ann', bot: false })
    expect(await client.call(self)).to.have.length(1)
    const kinds = dc.told.filter(({ event }) => event !== 'opened' && event !== 'call')
    expect(kinds.map(({ event }) => event)).to.deep.equal(['code', 'signedIn'])
    expect(kinds[0]).to.deep.equal({ event: 'code', to: ANN, code: '22222' })
    expect(kinds[1]).to.include({ user: dc.users[0]!.id, bot: false })
  })

  it('signs up who has none', async () => {
    const client = await dc.client()
    const { phoneCodeHash, type } = await code(client, NEW)
    expect(type).to.deep.equal({ _: 'auth.sentCodeTypeSms', length: 5 })
    const names = { phoneNumber: NEW, phoneCodeHash, firstName: 'Newt', lastName: 'S' }
    expect(await refused(client, signUpRequest(names))).to.equal('400 PHONE_CODE_INVALID')
    const asked = await client.call(signInRequest({ phoneNumber: NEW, phoneCodeHash, phoneCode: '11111' }))
    expect(asked._).to.equal('auth.authorizationSignUpRequired')
    expect(await refused(client, signUpRequest({ ...names, firstName: ' ' }))).to.equal('400 FIRSTNAME_INVALID')
    expect(await client.call(signUpRequest(names)))
      .to.have.property('user')
      .that.includes({ firstName: 'Newt', lastName: 'S', self: true })
    expect(await refused(client, signUpRequest(names))).to.equal('400 PHONE_CODE_EXPIRED')
    expect(dc.told.map(({ event }) => event)).to.include.members(['signedUp', 'signedIn'])
  })

  it('refuses a sign-up for a number that has got an account meanwhile', async () => {
    const client = await dc.client()
    const { phoneCodeHash } = await code(client, NEW)
    await client.call(signInRequest({ phoneNumber: NEW, phoneCodeHash, phoneCode: '11111' }))
    await dc.person(NEW)
    const names = { phoneNumber: NEW, phoneCodeHash, firstName: 'Newt', lastName: '' }
    expect(await refused(client, signUpRequest(names))).to.equal('400 PHONE_NUMBER_OCCUPIED')
  })

  it('brings the code to sessions that are open already, then by SMS, then by a call, then no more', async () => {
    const first = await dc.person(ANN)
    const client = await dc.client()
    const app = await code(client, ANN)
    expect(app).to.deep.include({
      type: { _: 'auth.sentCodeTypeApp', length: 5 },
      nextType: { _: 'auth.codeTypeSms' },
      timeout: 60,
    })
    const [told] = pushed(first)
    expect(told).to.have.nested.property('updates[0].message.message').that.includes('22222')
    expect(told)
      .to.have.property('users')
      .that.satisfies((users: readonly { id: number }[]) => users.some(({ id }) => id === 777_000))
    const again = (phoneCodeHash: string) => client.call(resendCodeRequest({ phoneNumber: ANN, phoneCodeHash }))
    const sms = await again(app.phoneCodeHash)
    if (sms._ !== 'auth.sentCode') throw new Error('expected auth.sentCode')
    expect(sms.type._).to.equal('auth.sentCodeTypeSms')
    expect(sms.phoneCodeHash).to.not.equal(app.phoneCodeHash)
    const call = await again(sms.phoneCodeHash)
    if (call._ !== 'auth.sentCode') throw new Error('expected auth.sentCode')
    expect(call).to.deep.include({
      type: { _: 'auth.sentCodeTypeCall', length: 5 },
      nextType: undefined,
      timeout: undefined,
    })
    expect(await refused(client, resendCodeRequest({ phoneNumber: ANN, phoneCodeHash: call.phoneCodeHash }))).to.equal(
      '406 SEND_CODE_UNAVAILABLE',
    )
    expect(await refused(client, resendCodeRequest({ phoneNumber: ANN, phoneCodeHash: app.phoneCodeHash }))).to.equal(
      '400 PHONE_CODE_EXPIRED',
    )
  })

  it('cancels a code', async () => {
    const client = await dc.client()
    const { phoneCodeHash } = await code(client, ANN)
    expect(await client.call(cancelCodeRequest({ phoneNumber: ANN, phoneCodeHash }))).to.equal(true)
    expect(await refused(client, cancelCodeRequest({ phoneNumber: ANN, phoneCodeHash }))).to.equal(
      '400 PHONE_CODE_EXPIRED',
    )
    expect(await refused(client, signInRequest({ phoneNumber: ANN, phoneCodeHash, phoneCode: '22222' }))).to.equal(
      '400 PHONE_CODE_EXPIRED',
    )
  })

  it('refuses what is wrong', async () => {
    const client = await dc.client()
    const settings = { _: 'codeSettings' } as const
    const { phoneCodeHash } = await code(client, ANN)
    const rows = [
      [sendCodeRequest({ phoneNumber: ANN, apiId: 0, apiHash: 'x', settings }), '400 API_ID_INVALID'],
      [sendCodeRequest({ phoneNumber: ANN, apiId: 1, apiHash: '', settings }), '400 API_ID_INVALID'],
      [sendCodeRequest({ phoneNumber: '+15550001', ...app, settings }), '400 PHONE_NUMBER_INVALID'],
      [signInRequest({ phoneNumber: ANN, phoneCodeHash, phoneCode: '11111' }), '400 PHONE_CODE_INVALID'],
      [signInRequest({ phoneNumber: ANN, phoneCodeHash }), '400 PHONE_CODE_EMPTY'],
      [signInRequest({ phoneNumber: ANN, phoneCodeHash: 'x', phoneCode: '22222' }), '400 PHONE_CODE_EXPIRED'],
      [
        importBotAuthorizationRequest({ flags: 0, apiId: 0, apiHash: 'x', botAuthToken: dc.bots[0]!.token }),
        '400 API_ID_INVALID',
      ],
      [importBotAuthorizationRequest({ flags: 0, ...app, botAuthToken: 'nonsense' }), '400 ACCESS_TOKEN_INVALID'],
      [importBotAuthorizationRequest({ flags: 0, ...app, botAuthToken: '7:abc' }), '400 ACCESS_TOKEN_INVALID'],
    ] as const
    for (const [request, error] of rows) expect(await refused(client, request)).to.equal(error)
  })

  it('signs in bots, and everybody out', async () => {
    const client = await dc.bot()
    expect(dc.told.find(({ event }) => event === 'signedIn')).to.include({ bot: true, user: dc.bots[0]!.id })
    expect(await client.call(logOutRequest())).to.deep.include({ _: 'auth.loggedOut' })
    expect(await refused(client, getStateRequest())).to.equal('401 AUTH_KEY_UNREGISTERED')
    expect(dc.told.at(-2)).to.include({ event: 'call', method: 'auth.logOut' })
    expect(dc.told.find(({ event }) => event === 'signedOut')).to.include({ user: dc.bots[0]!.id })
    await signIn(client, ANN)
    expect(await client.call(self)).to.have.nested.property('[0].firstName', 'Ann')
  })
})
