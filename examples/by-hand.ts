/** A bot made by hand, of the stages that rxgram's own client is made of, and a person who talks to it. */
import { systemClock as clock, incoming, newMessages, openClient, systemRandom as random, sendText } from 'rxgram'
import { importBotAuthorization } from 'rxgram/api/auth'
import { sendMessage } from 'rxgram/api/messages'
import { type LocalDc, startLocalDc } from 'rxgram/local-dc'
import * as stages from 'rxgram/streams'
import { concatMap, filter, first, ignoreElements, map, merge, mergeMap, type Observable, switchMap, take } from 'rxjs'
import { signInPerson } from './person.ts'
import { optionsFor } from './setting.ts'

const ANN = '+9996610001'
const device = { model: 'hand', system: 'made', appVersion: '1', systemLanguage: 'en', language: 'en' }

function botByHand({ dcs, publicKeyPem, apiId, apiHash, bots }: LocalDc): Observable<unknown> {
  // A link, its key, and a session, which subscribes to both again whenever the link is lost.
  const session$ = stages
    .opened({ ...dcs[0]!, dc: 1 }, { connect: stages.tcp() })
    .pipe(stages.keyed({ dc: 1, publicKeys: [stages.parsePublicKey(publicKeyPem)] }), stages.session())
  return session$.pipe(
    switchMap((session) => {
      // Calls go through a chain; until the first answer they tell the server layer and device.
      const tg = stages.chain([stages.init({ apiId, device }).interceptor], session)
      const signedIn$ = importBotAuthorization(tg, { flags: 0, apiId, apiHash, botAuthToken: bots[0]!.token })
      // What is pushed is cut into pieces and put in order, and what is missing is fetched.
      const messages$ = session.updates$.pipe(
        stages.split({ self: () => 0, knows: () => true }),
        stages.healGaps({ from: undefined, difference: (box) => stages.differenceFrom(tg, box), clock, random }),
        mergeMap(({ updates }) => updates),
        filter((update) => update._ === 'updateNewMessage'),
        map(({ message }) => message),
        filter((message) => message._ === 'message'),
      )
      const answers$ = messages$.pipe(
        filter(({ out }) => !out),
        concatMap(({ id, peerId, message }) => {
          const userId = peerId._ === 'peerUser' ? peerId.userId : 0
          const peer = { _: 'inputPeerUser', userId, accessHash: 0n } as const
          return sendMessage(tg, { peer, message: `${message}, made by hand`, randomId: BigInt(id) })
        }),
      )
      return signedIn$.pipe(switchMap(() => answers$))
    }),
  )
}

startLocalDc({ users: [{ phone: ANN, firstName: 'Ann' }] })
  .pipe(
    switchMap((dc) => {
      const bot$ = botByHand(dc).pipe(ignoreElements())
      const ann$ = openClient(optionsFor(dc)).pipe(
        switchMap((ann) => {
          const say = sendText(ann, '@echo_bot', 'Hello')
          return merge(
            newMessages(ann),
            signInPerson(ann, ANN).pipe(
              switchMap(() => say),
              ignoreElements(),
            ),
          )
        }),
      )
      const botIsIn$ = dc.events$.pipe(first(({ event }) => event === 'signedIn'))
      return merge(botIsIn$.pipe(switchMap(() => ann$)), bot$)
    }),
    incoming(),
    take(1),
  )
  .subscribe({ next: ({ message }) => console.log(message), error: console.error })
