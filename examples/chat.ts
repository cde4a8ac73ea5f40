/**
 * `npm run chat`: talk to the echo bot of `npm start`, from another terminal. Lines may also come through a pipe.
 * `--trace` tells on stderr what the client does.
 */
import { createInterface } from 'node:readline'
import { type Client, incoming, newMessages, openClient, sendText } from 'rxgram'
import {
  concat,
  concatMap,
  defer,
  endWith,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  switchMap,
  take,
  takeUntil,
  takeWhile,
  tap,
  timer,
} from 'rxjs'
import { signInPerson } from './person.ts'
import { optionsFor, type Ready, readyHere, traced } from './setting.ts'

/** How long an answer is waited for before the next line is sent. */
const PATIENCE = 5_000

/** What is typed, or comes through the pipe, line by line. In the end stdin is let go of: it would keep us running. */
const lines$ = defer(() => {
  const terminal = createInterface({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY })
  terminal.on('SIGINT', () => terminal.close())
  return from(terminal).pipe(
    finalize(() => {
      terminal.close()
      process.stdin.destroy()
    }),
  )
})

/** Sends a line and waits for the answer, so that a conversation reads as one. */
function say(tg: Client, bot: string, line: string): Observable<unknown> {
  const answered$ = newMessages(tg).pipe(incoming(), take(1), takeUntil(timer(PATIENCE)))
  const sent$ = sendText(tg, `@${bot}`, line).pipe(
    tap(() => process.stdin.isTTY || console.log(`you: ${line}`)),
    ignoreElements(),
  )
  return merge(answered$, sent$)
}

/** Emits `over` in the end. */
function talk(tg: Client, ready: Ready): Observable<unknown> {
  const bot = ready.bots[0]!.username
  const { host, port } = ready.dcs[0]!
  const gone$ = tg.state$.pipe(
    map(({ _ }) => {
      if (_ === 'offline') throw new Error(`The local DC on ${host}:${port} does not answer. Does npm start still run?`)
    }),
    ignoreElements(),
  )
  const heard$ = newMessages(tg).pipe(
    incoming(),
    tap(({ message }) => console.log(`${bot}: ${message}`)),
  )
  const said$ = concat(
    signInPerson(tg, ready.users[1]!.phone).pipe(
      tap(() => console.log(`You are talking to @${bot}. Ctrl-D ends.`)),
      ignoreElements(),
    ),
    lines$.pipe(concatMap((line) => (line.trim() === '' ? [] : say(tg, bot, line)))),
  )
  return merge(traced(tg, 'you'), gone$, heard$, said$.pipe(ignoreElements(), endWith('over')))
}

const ready = readyHere()
if (ready === undefined) {
  console.error('No local DC runs here. Start one with `npm start`, in the same folder and another terminal.')
  process.exitCode = 1
} else {
  openClient(optionsFor(ready))
    .pipe(
      switchMap((tg) => talk(tg, ready)),
      takeWhile((it) => it !== 'over'),
    )
    .subscribe({
      error: (error: unknown) => {
        console.error(error instanceof Error ? error.message : error)
        process.exitCode = 1
      },
    })
}
