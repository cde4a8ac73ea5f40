/** A bot that says back what it is told: `API_ID=1 API_HASH=x BOT_TOKEN=1:x npx tsx examples/echo-bot.ts`. */
import { concat, ignoreElements, switchMap } from 'rxjs'
import { type ClientOptions, handle, hasText, incoming, newMessages, openClient, reply, signInBot } from 'rxgram'

/** Runs while it is subscribed, and emits its answers. */
export const echoBot = (options: ClientOptions, token: string) =>
  openClient(options).pipe(
    switchMap((tg) => {
      const asked = newMessages(tg).pipe(incoming(), hasText())
      const answered = asked.pipe(handle(tg, (message) => reply(tg, message, message.message)))
      return concat(signInBot(tg, token).pipe(ignoreElements()), answered)
    }),
  )

if (import.meta.filename === process.argv[1]) {
  const { API_ID, API_HASH = '', BOT_TOKEN = '' } = process.env
  echoBot({ apiId: Number(API_ID), apiHash: API_HASH }, BOT_TOKEN).subscribe({
    next: ({ message }) => console.log(message),
    error: (error) => console.error(error.message),
  })
}
