import { expect } from 'chai'
import { RpcError } from '../../../lib/core/errors.ts'
import { schemaCodec, type TlObject } from '../../../lib/local-dc/layers/codec.ts'
import { readUp } from '../../../lib/local-dc/layers/read-up.ts'
import { writeDown } from '../../../lib/local-dc/layers/write-down.ts'
import { boxed, older, own } from './schemas.ts'

const codec = schemaCodec(older.find(({ layer }) => layer === 227)!.model)
const style = { _: 'keyboardButtonStyle', bgPrimary: true, bgDanger: false, bgSuccess: false, icon: undefined }
const inputUser = { _: 'inputUser', userId: 5, accessHash: 6n }
const peerType = { _: 'requestPeerTypeUser', bot: undefined, premium: true }

/** A type since 229 with its fields, the constructor before it, and whether it goes under a message. */
const BUTTONS: readonly (readonly [type: string, fields: object, constructor: string, inline: boolean])[] = [
  ['inlineButtonTypeBuy', {}, 'keyboardButtonBuy', true],
  [
    'inlineButtonTypeCallback',
    { requiresPassword: true, data: new Uint8Array([1, 2]) },
    'keyboardButtonCallback',
    true,
  ],
  ['inlineButtonTypeCopy', { copyText: 'c' }, 'keyboardButtonCopy', true],
  ['inlineButtonTypeGame', {}, 'keyboardButtonGame', true],
  [
    'inlineButtonTypeSwitchInline',
    { samePeer: true, query: 'q', peerTypes: undefined },
    'keyboardButtonSwitchInline',
    true,
  ],
  ['inlineButtonTypeUrl', { url: 'u' }, 'keyboardButtonUrl', true],
  ['inlineButtonTypeUrlAuth', { fwdText: 'f', url: 'u', buttonId: 3 }, 'keyboardButtonUrlAuth', true],
  ['inlineButtonTypeUserProfile', { userId: 5 }, 'keyboardButtonUserProfile', true],
  ['inlineButtonTypeWebView', { url: 'u' }, 'keyboardButtonWebView', true],
  [
    'inputInlineButtonTypeUrlAuth',
    { requestWriteAccess: true, fwdText: undefined, url: 'u', bot: inputUser },
    'inputKeyboardButtonUrlAuth',
    true,
  ],
  ['inputInlineButtonTypeUserProfile', { userId: inputUser }, 'inputKeyboardButtonUserProfile', true],
  ['buttonTypeDefault', {}, 'keyboardButton', false],
  ['buttonTypeRequestGeoLocation', {}, 'keyboardButtonRequestGeoLocation', false],
  ['buttonTypeRequestPeer', { buttonId: 1, peerType, maxQuantity: 2 }, 'keyboardButtonRequestPeer', false],
  ['buttonTypeRequestPhone', {}, 'keyboardButtonRequestPhone', false],
  ['buttonTypeRequestPoll', { quiz: true }, 'keyboardButtonRequestPoll', false],
  ['buttonTypeSimpleWebView', { url: 'u' }, 'keyboardButtonSimpleWebView', false],
  [
    'inputButtonTypeRequestPeer',
    { nameRequested: true, usernameRequested: false, photoRequested: true, buttonId: 1, peerType, maxQuantity: 2 },
    'inputKeyboardButtonRequestPeer',
    false,
  ],
]

function markup(buttons: readonly object[], inline: boolean, row: string): TlObject {
  const rows = [{ _: row, buttons }]
  if (inline) return { _: 'replyInlineMarkup', rows }
  return {
    _: 'replyKeyboardMarkup',
    resize: true,
    singleUse: false,
    selective: false,
    persistent: false,
    rows,
    placeholder: undefined,
  }
}

const newMarkup = (buttons: readonly object[], inline: boolean): TlObject => ({
  ...markup(buttons, inline, inline ? 'keyboardInlineButtonRow' : 'keyboardButtonRow'),
  forceReply: false,
})
const oldMarkup = (buttons: readonly object[], inline: boolean): TlObject =>
  markup(buttons, inline, 'keyboardButtonRow')

function down(value: TlObject): unknown {
  return codec.read(boxed('ReplyMarkup'), writeDown(own, codec).value(boxed('ReplyMarkup'), value))
}

function up(value: TlObject): unknown {
  const params = { peer: { _: 'inputPeerSelf' }, message: 'x', randomId: 1n, replyMarkup: value }
  return readUp(codec.model, own)(codec.readCall(codec.writeCall('messages.sendMessage', params))).params['replyMarkup']
}

describe('keyboards before and since layer 229', () => {
  it('have every kind of button', () => {
    const kinds = [...own.types.get('ButtonType')!, ...own.types.get('InlineButtonType')!].map(({ name }) => name)
    expect([...BUTTONS.map(([type]) => type), 'inlineButtonTypeDisabled']).to.have.members(kinds)
    const old = codec.model.types.get('KeyboardButton')!.map(({ name }) => name)
    expect(BUTTONS.map(([, , name]) => name)).to.have.members(old)
  })

  for (const [type, fields, name, inline] of BUTTONS) {
    it(`turn ${type} into ${name} and back`, () => {
      const button = {
        _: inline ? 'keyboardInlineButton' : 'keyboardButton',
        style,
        text: 't',
        type: { _: type, ...fields },
      }
      const old = { _: name, style, text: 't', ...fields }
      expect(down(newMarkup([button], inline))).to.deep.equal(oldMarkup([old], inline))
      expect(up(oldMarkup([old], inline))).to.deep.equal(newMarkup([button], inline))
    })
  }

  it('lose a disabled button on the way down', () => {
    const buttons = ['inlineButtonTypeDisabled', 'inlineButtonTypeBuy'].map((type) => ({
      _: 'keyboardInlineButton',
      text: type,
      type: { _: type },
    }))
    const { rows } = down(newMarkup(buttons, true)) as { rows: { buttons: { text: string }[] }[] }
    expect(rows.map((row) => row.buttons.map(({ text }) => text))).to.deep.equal([['inlineButtonTypeBuy']])
  })

  it('fill in the bot that an older layer must have', () => {
    const button = { _: 'keyboardInlineButton', text: 't', type: { _: 'inputInlineButtonTypeUrlAuth', url: 'u' } }
    const { rows } = down(newMarkup([button], true)) as { rows: { buttons: { bot: unknown }[] }[] }
    expect(rows[0]!.buttons[0]!.bot).to.deep.equal({ _: 'inputUserEmpty' })
  })

  it('are refused on the way up with a button that does not belong there', () => {
    const id = codec.model.byName.get('keyboardButtonUrl')!.id.toString(16).toUpperCase()
    const misplaced = { _: 'keyboardButtonUrl', text: 't', url: 'u' }
    expect(() => up(oldMarkup([misplaced], false)))
      .to.throw(RpcError)
      .that.includes({ code: 400, text: `INPUT_CONSTRUCTOR_INVALID_${id}` })
    expect(() => up(oldMarkup([{ _: 'keyboardButton', text: 't' }], true))).to.throw(
      RpcError,
      'INPUT_CONSTRUCTOR_INVALID',
    )
  })
})
