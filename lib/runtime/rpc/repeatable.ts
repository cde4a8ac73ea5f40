/**
 * What may be sent twice: calls that only read, calls that say the same thing however often they are said, and calls
 * with a random id, by which the server knows a repeat. Whoever repeats a call without being told that the first one
 * did not run asks this table, and no other. https://core.telegram.org/api/errors#500-internal
 */
import type { Request } from '../../core/invoker.ts'

/** By these verbs a method only looks. */
const READS: readonly string[] = ['get', 'search', 'check', 'resolve', 'is', 'can']

/** Methods that are named like one that looks, and act. */
const ACTS: ReadonlySet<string> = new Set([
  // They ask a bot, which hears every question.
  'messages.getBotCallbackAnswer',
  'messages.getInlineBotResults',
  'ephemeral.getCallbackAnswer',
  // They sign in, or prove the password, with a challenge that serves once.
  'auth.checkPassword',
  'account.getTmpPassword',
  'payments.getStarsRevenueWithdrawalUrl',
  'payments.getStarGiftWithdrawalUrl',
  // It may be paid for.
  'channels.searchPosts',
  // It accepts or declines.
  'payments.resolveStarGiftOffer',
  // It may count a view.
  'messages.getMessagesViews',
])

/** Methods that act, and may be run again: the second time nothing is left to do, or it is done anew to the same end. */
const SAME_AGAIN: ReadonlySet<string> = new Set([
  // The same bytes to the same place.
  'upload.saveFilePart',
  'upload.saveBigFilePart',
  'upload.reuploadCdnFile',
  // Read up to there.
  'channels.readHistory',
  'messages.readDiscussion',
  'messages.readEncryptedHistory',
  'messages.readHistory',
  'messages.readSavedHistory',
  'channels.readMessageContents',
  'messages.readMessageContents',
  'stories.readStories',
  // A state that holds for seconds, and is told again anyway.
  'account.updateStatus',
  'messages.setEncryptedTyping',
  'messages.setTyping',
  // Agreed, hidden, told: once is for ever.
  'help.acceptTermsOfService',
  'help.dismissSuggestion',
  'help.hidePromoData',
  // Another token like the first, which nobody has seen.
  'auth.exportAuthorization',
  'auth.exportLoginToken',
  // The keys that are gone are gone.
  'auth.dropTempAuthKeys',
  // They read, under another name.
  'messages.receivedMessages',
  'messages.translateText',
  'stats.loadAsyncGraph',
  'stickers.suggestShortName',
])

/** Calls around a call, as the raw API has them: more of them around each other are no honest call. */
const MOST_WRAPPERS = 16

/** Whether running the call twice is like running it once, as far as its method and its params tell. */
export function isRepeatable(request: Pick<Request<unknown>, 'method' | 'params'>): boolean {
  let call: unknown = request
  for (let level = 0; level < MOST_WRAPPERS; level++) {
    if (!isCall(call)) return false
    const { method, params } = call
    if (isRepeatableByName(method) || hasRandomId(params)) return true
    // invokeWithTakeout and its like are as good as what is inside them.
    if (method.includes('.') || !isObject(params)) return false
    call = params['query']
  }
  return false
}

/** Whether all calls of that method may be repeated. */
export function isRepeatableByName(method: string): boolean {
  return SAME_AGAIN.has(method) || (isRead(method) && !ACTS.has(method))
}

/** Whether the name begins with such a verb. By hand: it is asked before a first call leaves. */
function isRead(method: string): boolean {
  const at = method.indexOf('.') + 1
  return READS.some((verb) => method.startsWith(verb, at) && !isLower(method.charCodeAt(at + verb.length)))
}

function isLower(unit: number): boolean {
  return unit >= 97 && unit <= 122
}

/** Albums have one for each of their messages. */
function hasRandomId(params: unknown): boolean {
  if (!isObject(params)) return false
  const { randomId, multiMedia } = params
  if (randomId !== undefined) return true
  return Array.isArray(multiMedia) && multiMedia.length > 0 && multiMedia.every((each) => hasRandomId(each))
}

function isCall(value: unknown): value is Pick<Request<unknown>, 'method' | 'params'> {
  return isObject(value) && typeof value['method'] === 'string'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
