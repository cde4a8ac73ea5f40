/** A bot under test: its server is in the same process, on no port, and gone when the test is over. */
import { incoming, newMessages, openClient, sendText, type TextMessage } from 'rxgram'
import { startLocalDc } from 'rxgram/local-dc'
import { first, ignoreElements, merge, type Observable, switchMap, take } from 'rxjs'
import { echo } from './echo-bot.ts'
import { signInPerson } from './person.ts'
import { optionsFor } from './setting.ts'

const ann = { phone: '+9996610001', firstName: 'Ann' }

/** What the bot answers when Ann says `text`. */
function answerTo(text: string): Observable<TextMessage> {
  return startLocalDc({ users: [ann], listen: false }).pipe(
    switchMap((dc) => {
      const options = { ...optionsFor(dc), transport: dc.connect }
      const bot$ = openClient(options).pipe(switchMap((tg) => echo(tg, dc.bots[0]!.token)))
      const asking$ = openClient(options).pipe(
        switchMap((tg) =>
          merge(newMessages(tg), signInPerson(tg, ann.phone).pipe(switchMap(() => sendText(tg, '@echo_bot', text)))),
        ),
      )
      const botIsIn$ = dc.events$.pipe(first(({ event }) => event === 'signedIn'))
      return merge(botIsIn$.pipe(switchMap(() => asking$)), bot$.pipe(ignoreElements()))
    }),
    incoming(),
    take(1),
  )
}

answerTo('Hello').subscribe({ next: ({ message }) => console.log(`the bot answers ${message}`), error: console.error })
