/** A bot that says back what it is told. */
import { type Client, handle, hasText, incoming, newMessages, openClient, reply, signInBot } from 'rxgram'
import { concat, type Observable, switchMap } from 'rxjs'
import { botHere } from './setting.ts'

/** Signs in, and answers everyone for as long as it is subscribed. */
export function echo(tg: Client, token: string): Observable<unknown> {
  const answers$ = newMessages(tg).pipe(
    incoming(),
    hasText(),
    handle(tg, (message) => reply(tg, message, message.message)),
  )
  return concat(signInBot(tg, token), answers$)
}

if (import.meta.filename === process.argv[1]) {
  const { options, token } = botHere()
  openClient(options)
    .pipe(switchMap((tg) => echo(tg, token)))
    .subscribe({ next: (it) => console.log(it), error: ({ message }) => console.error(message) })
}
