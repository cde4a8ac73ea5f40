/**
 * `npm start`: an echo bot to talk to. Without a setting it starts a local DC, signs the bot and a person in, shows a
 * short conversation and keeps running; with API_ID, API_HASH and BOT_TOKEN the bot runs at Telegram itself.
 * `--once` ends after the conversation.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
  identity,
  ignoreElements,
  map,
  merge,
  NEVER,
  type Observable,
  switchMap,
  take,
  tap,
} from 'rxjs'
import { echo } from './echo-bot.ts'
import { signInPerson } from './person.ts'
import { botAtTelegram, FILE, FOLDER, optionsFor } from './setting.ts'

const ANN = '+9996610001'
/** For whoever talks to the bot from another terminal. */
const YOU = '+9996610002'

const FAREWELL = 'That was all.'
const YOUR_TURN = 'Your turn: run `npm run chat` in another terminal. Ctrl-C ends this.'

const WORDS = ['Hello!', 'Is anybody there?', 'Good bye 👋']

/** Leaves word of the local DC, tokens included, for `npm run chat`; takes it back in the end. */
function leaveWord(dc: LocalDc): Observable<never> {
  return defer(() => {
    const { dcs, publicKeyPem, apiId, apiHash, users, bots } = dc
    const word = JSON.stringify({ dcs, publicKeyPem, apiId, apiHash, users, bots })
    mkdirSync(FOLDER, { recursive: true, mode: 0o700 })
    writeFileSync(FILE, word, { mode: 0o600 })
    const isOurs = () => existsSync(FILE) && readFileSync(FILE, 'utf8') === word
    return NEVER.pipe(finalize(() => isOurs() && rmSync(FILE)))
  })
}

/** Says the words one after the other, each when the one before was answered. */
function conversation(ann: Client, bot: string): Observable<never> {
  const answer$ = newMessages(ann).pipe(
    incoming(),
    take(1),
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
        switchMap((ann) => conversation(ann, username).pipe(endWith(isOnce ? FAREWELL : YOUR_TURN))),
        take(1),
        tap((it) => console.log(it)),
      )
      return merge(leaveWord(dc), bot$.pipe(ignoreElements()), talk$)
    }),
    isOnce ? take(1) : identity,
  )
}

function run(): Observable<unknown> {
  const telegram = botAtTelegram()
  if (telegram === undefined) return atLocalDc(process.argv.includes('--once'))
  return openClient(telegram.options).pipe(
    switchMap((tg) =>
      merge(echo(tg, telegram.token), tg.faults$.pipe(map(({ at, error }) => `${at}: ${String(error)}`))),
    ),
    tap((it) => console.log(it)),
  )
}

const running = run().subscribe({
  error: (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => running.unsubscribe())
