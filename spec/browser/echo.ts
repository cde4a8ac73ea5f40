/**
 * The main job in a page: a bot and a person, each a client by the portable entry, over WebSocket to a local DC that
 * another process runs.
 */
import { expect } from 'chai'
import { concat, filter, firstValueFrom, ignoreElements, merge, switchMap, take } from 'rxjs'
import { getNearestDc } from '../../lib/api/help.ts'
import {
  type Client,
  handle,
  hasText,
  incoming,
  newMessages,
  openClient,
  reply,
  sendCode,
  sendText,
  signIn,
  signInBot,
  webSocket,
} from '../../lib/index.ts'
import type { EchoSetting } from './echo-setting.ts'

const setting = (): EchoSetting => (globalThis as unknown as { readonly echoSetting: EchoSetting }).echoSetting

const opened = () => openClient({ ...setting().options, transport: webSocket() })

const person = (tg: Client) => {
  const { phone, code } = setting()
  return sendCode(tg, phone).pipe(
    switchMap((sent) => {
      if (sent._ !== 'auth.sentCode') throw new Error(`expected a code on its way, got ${sent._}`)
      return signIn(tg, { phone, phoneCodeHash: sent.phoneCodeHash, code })
    }),
  )
}

describe('a page', () => {
  it('is answered by the local DC over WebSocket', async () => {
    const answer = await firstValueFrom(opened().pipe(switchMap((tg) => getNearestDc(tg))))
    expect(answer.thisDc).to.equal(1)
  })

  it('holds a bot and a person, and a text comes back', async () => {
    const text = 'one, två, три, 四 👋'
    const bot$ = opened().pipe(
      switchMap((tg) =>
        merge(
          signInBot(tg, setting().token),
          newMessages(tg).pipe(
            incoming(),
            hasText(),
            handle(tg, (message) => reply(tg, message, message.message)),
            ignoreElements(),
          ),
        ),
      ),
    )
    const answer$ = opened().pipe(
      switchMap((tg) =>
        merge(
          newMessages(tg).pipe(incoming(), hasText()),
          concat(person(tg), sendText(tg, `@${setting().bot}`, text)).pipe(ignoreElements()),
        ),
      ),
      filter(({ message }) => message === text),
    )
    const message = await firstValueFrom(
      bot$.pipe(
        switchMap(() => answer$),
        take(1),
      ),
    )
    expect(message.message).to.equal(text)
    expect(message.replyTo?._).to.equal('messageReplyHeader')
  })

  it('has nothing of Node to lean on', () => {
    for (const name of ['process', 'Buffer', 'require', 'global']) expect(globalThis).not.to.have.property(name)
  })
})
