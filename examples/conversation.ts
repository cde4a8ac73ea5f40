/** A short conversation with a bot, which people see when they start one. */
import { type Client, incoming, newMessages, sendText } from 'rxgram'
import {
  concat,
  concatMap,
  defer,
  from,
  ignoreElements,
  merge,
  type Observable,
  switchMap,
  take,
  tap,
  throwError,
  timeout,
} from 'rxjs'
import { signInPerson } from './person.ts'

/** Milliseconds that all of it may take. */
const DEADLINE = 15_000

const WORDS = ['Hello!', 'Is anybody there?', 'Good bye 👋']

export interface Parties {
  /** Emits when the bot listens. */
  readonly botIsIn$: Observable<unknown>
  /** The bot's username. */
  readonly bot: string
  readonly ann$: Observable<Client>
  readonly phone: string
}

/** Says the words one after the other, each when the one before was answered; emits once, when that was all. */
export function conversation({ botIsIn$, bot, ann$, phone }: Parties, print: (line: string) => void): Observable<true> {
  return defer(() => {
    let awaited = `@${bot} to sign in`
    const say = (ann: Client, word: string) => {
      awaited = `the answer to "${word}"`
      const answer$ = newMessages(ann).pipe(
        incoming(),
        take(1),
        tap(({ message }) => print(`  ${bot}: ${message}`)),
      )
      const sent$ = sendText(ann, `@${bot}`, word).pipe(tap(({ message }) => print(`  Ann: ${message}`)))
      return merge(answer$, sent$.pipe(ignoreElements()))
    }
    const talk = (ann: Client) =>
      concat(signInPerson(ann, phone), from(WORDS).pipe(concatMap((word) => say(ann, word)))).pipe(ignoreElements())
    return botIsIn$.pipe(
      take(1),
      tap(() => {
        print(`@${bot} is signed in. Ann talks to it:`)
        awaited = 'Ann to sign in'
      }),
      switchMap(() => ann$),
      switchMap((ann) => concat(talk(ann), [true as const])),
      take(1),
      timeout({
        first: DEADLINE,
        with: () => throwError(() => new Error(`The conversation took ${DEADLINE / 1000} s: waited for ${awaited}.`)),
      }),
    )
  })
}
