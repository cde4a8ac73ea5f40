/**
 * Keyboards before and since layer 229: https://core.telegram.org/api/bots/buttons
 *
 * A button used to be one constructor a kind, the same under a message and in place of the keyboard. Since then it is
 * a text with a type, and a row under a message is another type than one in place of the keyboard.
 */
import type { SchemaModel } from '../../core/schema/model.ts'
import type { TlObject } from './codec.ts'
import type { Converter } from './translation.ts'

/** Buttons under a message: the type since 229, the constructor before. A disabled button existed in no form. */
const INLINE: ReadonlyMap<string, string> = new Map([
  ['inlineButtonTypeBuy', 'keyboardButtonBuy'],
  ['inlineButtonTypeCallback', 'keyboardButtonCallback'],
  ['inlineButtonTypeCopy', 'keyboardButtonCopy'],
  ['inlineButtonTypeGame', 'keyboardButtonGame'],
  ['inlineButtonTypeSwitchInline', 'keyboardButtonSwitchInline'],
  ['inlineButtonTypeUrl', 'keyboardButtonUrl'],
  ['inlineButtonTypeUrlAuth', 'keyboardButtonUrlAuth'],
  ['inlineButtonTypeUserProfile', 'keyboardButtonUserProfile'],
  ['inlineButtonTypeWebView', 'keyboardButtonWebView'],
  ['inputInlineButtonTypeUrlAuth', 'inputKeyboardButtonUrlAuth'],
  ['inputInlineButtonTypeUserProfile', 'inputKeyboardButtonUserProfile'],
])

/** Buttons in place of the keyboard, in the same way. */
const REPLY: ReadonlyMap<string, string> = new Map([
  ['buttonTypeDefault', 'keyboardButton'],
  ['buttonTypeRequestGeoLocation', 'keyboardButtonRequestGeoLocation'],
  ['buttonTypeRequestPeer', 'keyboardButtonRequestPeer'],
  ['buttonTypeRequestPhone', 'keyboardButtonRequestPhone'],
  ['buttonTypeRequestPoll', 'keyboardButtonRequestPoll'],
  ['buttonTypeSimpleWebView', 'keyboardButtonSimpleWebView'],
  ['inputButtonTypeRequestPeer', 'inputKeyboardButtonRequestPeer'],
])

/** Converters to a layer that has the old buttons. */
export const KEYBOARDS_DOWN: Readonly<Record<string, Converter>> = {
  keyboardInlineButtonRow: (row, type) =>
    type === 'KeyboardButtonRow' ? { ...row, _: 'keyboardButtonRow' } : undefined,
  keyboardInlineButton: (button, type) => (type === 'KeyboardButton' ? oldButton(button, INLINE) : undefined),
  keyboardButton: (button, _type, to) => (hasNewButtons(to) ? undefined : oldButton(button, REPLY)),
}

/** Converters from such a layer. */
export const KEYBOARDS_UP: Readonly<Record<string, Converter>> = {
  keyboardButtonRow: (row, type) =>
    type === 'KeyboardInlineButtonRow' ? { ...row, _: 'keyboardInlineButtonRow' } : undefined,
  ...Object.fromEntries([...INLINE.values(), ...REPLY.values()].map((name): [string, Converter] => [name, newButton])),
}

function hasNewButtons(model: SchemaModel): boolean {
  return model.types.has('ButtonType')
}

function oldButton(button: TlObject, names: ReadonlyMap<string, string>): TlObject | undefined {
  const { text, style, type } = button
  const kind = type as TlObject | undefined
  const name = kind === undefined ? undefined : names.get(kind._)
  return name === undefined ? undefined : { ...kind, text, style, _: name }
}

function newButton(button: TlObject, type: string, to: SchemaModel): TlObject | undefined {
  if (!hasNewButtons(to)) return undefined
  const names = type === 'KeyboardInlineButton' ? INLINE : REPLY
  for (const [kind, name] of names) {
    if (name !== button._) continue
    const { text, style, ...fields } = button
    const kindOfButton = type === 'KeyboardInlineButton' ? 'keyboardInlineButton' : 'keyboardButton'
    return { _: kindOfButton, text, style, type: { ...fields, _: kind } }
  }
  return undefined
}
