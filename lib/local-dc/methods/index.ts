/** Every method that is built. */
import type { Handlers, MethodName } from '../context.ts'
import { account } from './account.ts'
import { auth } from './auth.ts'
import { contacts } from './contacts.ts'
import { help } from './help.ts'
import { messages } from './messages.ts'
import { updates } from './updates.ts'
import { users } from './users.ts'

export const builtIn: Handlers = { ...account, ...auth, ...contacts, ...help, ...messages, ...updates, ...users }

/** What works without anybody signed in, besides langpack.* (https://core.telegram.org/api/auth). */
const WITHOUT_USER: readonly MethodName[] = [
  ...(['auth.sendCode', 'auth.resendCode', 'auth.cancelCode', 'auth.signIn', 'auth.signUp'] as const),
  ...(['auth.checkPassword', 'auth.exportLoginToken', 'auth.importLoginToken', 'auth.importAuthorization'] as const),
  ...(['auth.importBotAuthorization', 'auth.importWebTokenAuthorization', 'auth.bindTempAuthKey'] as const),
  ...(['auth.requestFirebaseSms', 'auth.reportMissingCode', 'auth.resetLoginEmail'] as const),
  ...(['auth.initPasskeyLogin', 'auth.finishPasskeyLogin', 'help.saveAppLog'] as const),
  ...(['account.getPassword', 'account.sendVerifyEmailCode', 'account.verifyEmail', 'account.deleteAccount'] as const),
  ...(['help.getConfig', 'help.getAppConfig', 'help.getNearestDc'] as const),
  ...(['help.getCountriesList', 'help.getDeepLinkInfo'] as const),
]

/** What a temporary key may call before it stands for a permanent one (https://core.telegram.org/api/pfs). */
const WITHOUT_BINDING: readonly MethodName[] = ['auth.bindTempAuthKey', 'help.getConfig', 'help.getNearestDc']

/** What is for people alone. */
const FOR_PEOPLE: readonly MethodName[] = [
  ...(['account.getPassword', 'account.updateStatus', 'contacts.getContacts', 'contacts.resolvePhone'] as const),
  ...(['messages.getDialogs', 'messages.getHistory', 'messages.getPeerDialogs'] as const),
  ...(['messages.getPinnedDialogs', 'messages.readHistory'] as const),
]

export function worksWithoutUser(method: MethodName): boolean {
  return WITHOUT_USER.includes(method) || method.startsWith('langpack.')
}

export function worksUnbound(method: MethodName): boolean {
  return WITHOUT_BINDING.includes(method)
}

export function isForPeople(method: MethodName): boolean {
  return FOR_PEOPLE.includes(method)
}

/** File traffic does not make a session the one that gets updates. */
export function isFileMethod(method: MethodName): boolean {
  return method.startsWith('upload.')
}
