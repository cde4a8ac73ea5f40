/** A client made by hand, of the stages that rxgram's own is made of. It talks to an echo bot at a local DC. */
import { filter, ignoreElements, map, merge, switchMap, take } from 'rxjs'
import { systemClock as clock, systemRandom as random } from 'rxgram'
import { sendCode, signIn } from 'rxgram/api/auth'
import { resolveUsername } from 'rxgram/api/contacts'
import { sendMessage } from 'rxgram/api/messages'
import { startLocalDc } from 'rxgram/local-dc'
import { chain, differenceFrom, healGaps, init, keyed, opened, parsePublicKey, session, split, tcp } from 'rxgram/streams'
import { echoBot } from './echo-bot.ts'
import { optionsFor } from './setting.ts'

const phoneNumber = '9996610001'
const device = { model: 'hand', system: 'made', appVersion: '1', systemLanguage: 'en', language: 'en' }

const dc$ = startLocalDc({ users: [{ phone: phoneNumber, firstName: 'Ann' }] })
dc$
  .pipe(
    switchMap((dc) => {
      const { apiId, apiHash } = dc
      const endpoint = { ...dc.dcs[0]!, dc: 1 }
      // A link, its key, a session: subscribed again by the session whenever the link is lost.
      const session$ = opened(endpoint, { connect: tcp() }).pipe(
        keyed({ dc: 1, publicKeys: [parsePublicKey(dc.publicKeyPem)] }),
        session(),
      )
      const client$ = session$.pipe(
        switchMap((opened) => {
          // The session's first request tells layer and device.
          const tg = chain([init({ apiId, device }).interceptor], opened)
          const settings = { _: 'codeSettings' } as const
          const signedIn$ = sendCode(tg, { phoneNumber, apiId, apiHash, settings }).pipe(
            filter((sent) => sent._ === 'auth.sentCode'),
            switchMap(({ phoneCodeHash }) => signIn(tg, { phoneNumber, phoneCodeHash, phoneCode: '11111' })),
          )
          // What is pushed, in pieces, in order, and nothing missed.
          const batches$ = opened.updates$.pipe(
            split({ self: () => 0, knows: () => true }),
            healGaps({ from: undefined, difference: (box) => differenceFrom(tg, box), clock, random }),
          )
          const heard$ = batches$.pipe(
            switchMap(({ updates }) => updates),
            filter((update) => update._ === 'updateNewMessage'),
            map(({ message }) => (message._ === 'message' && !message.out ? message.message : '')),
            filter((text) => text !== ''),
          )
          const said$ = resolveUsername(tg, { username: 'echo_bot' }).pipe(
            switchMap(({ users }) => users),
            filter((user) => user._ === 'user'),
            switchMap(({ id, accessHash = 0n }) =>
              sendMessage(tg, { peer: { _: 'inputPeerUser', userId: id, accessHash }, message: 'Made by hand', randomId: 1n }),
            ),
            ignoreElements(),
          )
          return signedIn$.pipe(switchMap(() => merge(heard$, said$)))
        }),
      )
      const bot$ = echoBot(optionsFor(dc), dc.bots[0]!.token).pipe(ignoreElements())
      return merge(bot$, client$)
    }),
    take(1),
  )
  .subscribe({ next: (text) => console.log(`the bot says: ${text}`), error: (error) => console.error(error) })
