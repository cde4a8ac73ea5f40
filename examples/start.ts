/**
 * `npm start`: an echo bot to talk to. Without a setting it starts a local DC, signs the bot and a person in, shows a
 * short conversation and keeps running; with API_ID, API_HASH and BOT_TOKEN the bot runs at Telegram itself.
 * `--once` ends after the conversation.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { type Client, incoming, newMessages, openClient, sendText } from 'rxgram'
import { type LocalDc, startLocalDc } from 'rxgram/local-dc'
import {
  concat,
  concatMap,
  defer,
  endWith,
  finalize,
  first,
  from,
  ignoreElements,
  merge,
  NEVER,
  type Observable,
  switchMap,
  takeWhile,
  tap,
} from 'rxjs'
import { echo } from './echo-bot.ts'
import { signInPerson } from './person.ts'
import { botAtTelegram, FILE, FOLDER, optionsFor } from './setting.ts'

const ANN = '+9996610001'
/** For whoever talks to the bot from another terminal. */
const YOU = '+9996610002'

const WORDS = ['Hello!', 'Is anybody there?', 'Good bye 👋']

/** Leaves word of the local DC, tokens included, for `npm run chat`; takes it back in the end. */
function leaveWord(dc: LocalDc): Observable<never> {
  return defer(() => {
    const { dcs, publicKeyPem, apiId, apiHash, users, bots } = dc
    mkdirSync(FOLDER, { recursive: true, mode: 0o700 })
    writeFileSync(FILE, JSON.stringify({ dcs, publicKeyPem, apiId, apiHash, users, bots }), { mode: 0o600 })
    return NEVER
  }).pipe(finalize(() => rmSync(FILE, { force: true })))
}

/** Says the words one after the other, each when the one before was answered. */
function conversation(ann: Client, bot: string): Observable<never> {
  const answer$ = newMessages(ann).pipe(
    incoming(),
    first(),
    tap(({ message }) => console.log(`  ${bot}: ${message}`)),
  )
  const say = (word: string) =>
    merge(
      answer$,
      sendText(ann, `@${bot}`, word).pipe(
        tap(({ message }) => console.log(`  Ann: ${message}`)),
        ignoreElements(),
      ),
    )
  return concat(signInPerson(ann, ANN), from(WORDS).pipe(concatMap(say))).pipe(ignoreElements())
}

function atLocalDc(isOnce: boolean): Observable<unknown> {
  const users = [
    { phone: ANN, firstName: 'Ann' },
    { phone: YOU, firstName: 'You' },
  ]
  return startLocalDc({ users }).pipe(
    switchMap((dc) => {
      const { username, token } = dc.bots[0]!
      const [{ host, port } = { host: '', port: 0 }] = dc.dcs
      console.log(`A local DC listens on ${host}:${port}.`)
      const bot$ = openClient(optionsFor(dc)).pipe(switchMap((tg) => echo(tg, token)))
      const botIsIn$ = dc.events$.pipe(first(({ event }) => event === 'signedIn'))
      const talk$ = botIsIn$.pipe(
        tap(() => console.log(`@${username} is signed in. Ann talks to it:`)),
        switchMap(() => openClient(optionsFor(dc))),
        switchMap((ann) => conversation(ann, username).pipe(endWith('over'))),
        first(),
        tap(() =>
          console.log(
            isOnce ? 'That was all.' : 'Your turn: run `npm run chat` in another terminal. Ctrl-C ends this.',
          ),
        ),
      )
      return merge(leaveWord(dc), bot$.pipe(ignoreElements()), talk$)
    }),
    takeWhile(() => !isOnce),
  )
}

function run(): Observable<unknown> {
  const telegram = botAtTelegram()
  if (telegram === undefined) return atLocalDc(process.argv.includes('--once'))
  return openClient(telegram.options).pipe(
    tap(({ faults$ }) =>
      faults$.subscribe({ next: ({ error }) => console.error(String(error)), error: console.error }),
    ),
    switchMap((tg) => echo(tg, telegram.token)),
    tap((it) => console.log(it)),
  )
}

const running = run().subscribe({
  error: ({ message }) => {
    console.error(message)
    process.exitCode = 1
  },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => running.unsubscribe())
