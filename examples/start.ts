/**
 * `npm start`: an echo bot to talk to. Without a setting it starts a local DC, signs the bot and a person in, shows a
 * short conversation and keeps running; with API_ID, API_HASH and BOT_TOKEN the bot runs at Telegram itself.
 * `--once` ends after the conversation; `--trace` tells on stderr what the clients do. If that does not come to its end in time, all of it ends, with an error.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type Client, openClient } from 'rxgram'
import { type LocalDc, startLocalDc } from 'rxgram/local-dc'
import {
  defer,
  finalize,
  first,
  identity,
  ignoreElements,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  switchMap,
  take,
  tap,
} from 'rxjs'
import { conversation } from './conversation.ts'
import { echo } from './echo-bot.ts'
import { botAtTelegram, FILE, FOLDER, optionsFor, traced } from './setting.ts'

const ANN = '+9996610001'
/** For whoever talks to the bot from another terminal. */
const YOU = '+9996610002'

const FAREWELL = 'That was all.'
const YOUR_TURN = 'Your turn: run `npm run chat` in another terminal. Ctrl-C ends this.'

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
      const open = (name: string) => openClient(optionsFor(dc)).pipe(switchMap((tg) => watched(tg, name)))
      const bot$ = open('bot').pipe(switchMap((tg) => echo(tg, token)))
      const botIsIn$ = dc.events$.pipe(first(({ event }) => event === 'signedIn'))
      const parties = { botIsIn$, bot: username, ann$: open('Ann'), phone: ANN }
      const talk$ = conversation(parties, console.log).pipe(
        map(() => (isOnce ? FAREWELL : YOUR_TURN)),
        tap((it) => console.log(it)),
      )
      return merge(leaveWord(dc), bot$.pipe(ignoreElements()), talk$)
    }),
    isOnce ? take(1) : identity,
  )
}

/** The client, with what it does told besides. */
function watched(tg: Client, name: string): Observable<Client> {
  return merge(traced(tg, name), of(tg))
}

function run(): Observable<unknown> {
  const telegram = botAtTelegram()
  if (telegram === undefined) return atLocalDc(process.argv.includes('--once'))
  return openClient(telegram.options).pipe(
    switchMap((tg) =>
      merge(
        traced(tg, 'bot'),
        echo(tg, telegram.token),
        tg.faults$.pipe(map(({ at, error }) => `${at}: ${String(error)}`)),
      ),
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
