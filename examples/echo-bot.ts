/** A bot that says back what it is told. */
import { type Client, handle, hasText, incoming, newMessages, openClient, reply, signInBot } from 'rxgram'
import { concat, map, type Observable, switchMap } from 'rxjs'
import { botHere } from './setting.ts'

/** Signs in, and answers everyone for as long as it is subscribed; tells what it does. */
export function echo(tg: Client, token: string): Observable<string> {
  const answers$ = newMessages(tg).pipe(
    incoming(),
    hasText(),
    handle(tg, (message) => reply(tg, message, message.message)),
  )
  const signedIn$ = signInBot(tg, token).pipe(map(({ username }) => `@${username} listens`))
  return concat(signedIn$, answers$.pipe(map(({ message }) => message)))
}

if (import.meta.filename === process.argv[1]) {
  const { options, token } = botHere()
  const told$ = openClient(options).pipe(switchMap((tg) => echo(tg, token)))
  told$.subscribe({ next: console.log, error: console.error })
}
