/** Signing in and out: https://core.telegram.org/api/auth */
import type { AuthAuthorization, AuthSentCode } from '../../api/index.ts'
import { type Context, type Handlers, me } from '../context.ts'
import { userFor } from '../objects/user.ts'
import { refuse } from '../refuse.ts'
import { addUser, findByPhone, findByToken, isToken } from '../world/account.ts'
import { checkCode, issueCode, pendingCode } from '../world/login-code.ts'
import { send } from '../world/send.ts'
import type { Account, LoginCode } from '../world/world.ts'
import { SERVICE_ID } from '../world/world.ts'
import { bindTempAuthKey } from './bind-temp-auth-key.ts'
import { dropTempAuthKeys } from './drop-temp-auth-keys.ts'

/** Where a code can go next, in order: to another session of the account, by SMS, by a call. */
const WAYS = ['app', 'sms', 'call'] as const
/** Seconds after which a client may ask for the next way. */
const RESEND_AFTER = 60

export const auth: Handlers = {
  'auth.sendCode': (params, context) => {
    checkApp(params)
    const account = findByPhone(context.world, params.phoneNumber)
    const isSignedIn = account !== undefined && context.keys.ofUser(account.id).length > 0
    return sendCode(context, params.phoneNumber, isSignedIn ? 'app' : 'sms')
  },

  'auth.resendCode': ({ phoneNumber, phoneCodeHash }, context) => {
    const { world, env } = context
    const code = pendingCode(world, env, phoneNumber, phoneCodeHash)
    const next = WAYS[WAYS.indexOf(code.way) + 1]
    if (next === undefined) refuse(406, 'SEND_CODE_UNAVAILABLE')
    world.codes.delete(phoneCodeHash)
    return sendCode(context, phoneNumber, next)
  },

  'auth.cancelCode': ({ phoneNumber, phoneCodeHash }, { world, env }) => {
    pendingCode(world, env, phoneNumber, phoneCodeHash)
    return world.codes.delete(phoneCodeHash)
  },

  'auth.signIn': ({ phoneNumber, phoneCodeHash, phoneCode }, context) => {
    const { world, env } = context
    const code = checkCode(world, env, phoneNumber, phoneCodeHash, phoneCode ?? '')
    const account = findByPhone(world, phoneNumber)
    if (account === undefined) {
      code.accepted = true
      return { _: 'auth.authorizationSignUpRequired' }
    }
    world.codes.delete(phoneCodeHash)
    return authorize(context, account)
  },

  'auth.signUp': ({ phoneNumber, phoneCodeHash, firstName, lastName }, context) => {
    const { world, env } = context
    if (!pendingCode(world, env, phoneNumber, phoneCodeHash).accepted) refuse(400, 'PHONE_CODE_INVALID')
    const account = addUser(world, { phone: phoneNumber, firstName, lastName })
    world.codes.delete(phoneCodeHash)
    context.tell({ event: 'signedUp', user: account.id, session: context.session })
    return authorize(context, account)
  },

  'auth.importBotAuthorization': (params, context) => {
    checkApp(params)
    const bot = isToken(params.botAuthToken) ? findByToken(context.world, params.botAuthToken) : undefined
    return authorize(context, bot ?? refuse(400, 'ACCESS_TOKEN_INVALID'))
  },

  'auth.bindTempAuthKey': bindTempAuthKey,
  'auth.dropTempAuthKeys': dropTempAuthKeys,

  'auth.logOut': (_params, context) => {
    const { id } = me(context)
    context.signOut()
    context.tell({ event: 'signedOut', user: id, session: context.session })
    return { _: 'auth.loggedOut' }
  },
}

/** Any application will do, as long as it says that it is one. */
function checkApp({ apiId, apiHash }: { readonly apiId: number; readonly apiHash: string }): void {
  if (apiId <= 0 || apiHash === '') refuse(400, 'API_ID_INVALID')
}

function sendCode(context: Context, phone: string, way: LoginCode['way']): AuthSentCode {
  const { world, env } = context
  const { hash, code } = issueCode(world, env, phone, way)
  context.tell({ event: 'code', to: `+${code.phone}`, code: code.code })
  if (way === 'app') writeCode(context, code)
  const next = WAYS[WAYS.indexOf(way) + 1]
  const length = code.code.length
  return {
    _: 'auth.sentCode',
    phoneCodeHash: hash,
    timeout: next === undefined ? undefined : RESEND_AFTER,
    type:
      way === 'app'
        ? {
            _: 'auth.sentCodeTypeApp',
            length,
          }
        : way === 'sms'
          ? {
              _: 'auth.sentCodeTypeSms',
              length,
            }
          : {
              _: 'auth.sentCodeTypeCall',
              length,
            },
    nextType: next === undefined ? undefined : next === 'sms' ? { _: 'auth.codeTypeSms' } : { _: 'auth.codeTypeCall' },
  }
}

/** Telegram's own account brings the code to the sessions that are open already. */
function writeCode(context: Context, { phone, code }: LoginCode): void {
  const { world, env } = context
  const service = world.accounts.get(SERVICE_ID)
  const account = findByPhone(world, phone)
  if (service === undefined || account === undefined) return
  const text = `Login code: ${code}. It lets whoever has it into your account.`
  context.publish(send(world, env, service, account, { content: { text } }).facts)
}

function authorize(context: Context, account: Account): AuthAuthorization {
  context.signIn(account)
  context.tell({ event: 'signedIn', user: account.id, bot: account.bot, session: context.session })
  return { _: 'auth.authorization', user: userFor(context.world, account.id, account) }
}
