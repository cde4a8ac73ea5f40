/**
 * Searching while one types. Every letter starts a search, and `switchMap` leaves the one before: the server is told to
 * drop its answer. Here it is a local DC, which counts what it was told to drop.
 */

import { type Client, openClient } from 'rxgram'
import type { ContactsFound } from 'rxgram/api'
import { search } from 'rxgram/api/contacts'
import { startLocalDc } from 'rxgram/local-dc'
import {
  combineLatest,
  concat,
  filter,
  first,
  from,
  map,
  NEVER,
  type Observable,
  of,
  Subject,
  scan,
  startWith,
  switchMap,
  tap,
  zip,
} from 'rxjs'
import { signInPerson } from './person.ts'
import { optionsFor } from './setting.ts'

const WORD = 'telegram'
const PHONE = '+9996610001'

/** What the server is asked for. It thinks long about everything but the whole word. */
const asked$ = new Subject<string>()
const found = { _: 'contacts.found', myResults: [], results: [], chats: [], users: [] } as const
const dc$ = startLocalDc({
  users: [{ phone: PHONE, firstName: 'Ann' }],
  methods: {
    'contacts.search': ({ q }) => {
      asked$.next(q)
      return q === WORD ? found : NEVER
    },
  },
})

/** Someone who types the next letter when the server has heard of the last. */
const letters$ = zip(from(WORD), concat(of(''), asked$)).pipe(
  map(([letter]) => letter),
  scan((text, letter) => text + letter),
  tap((text) => console.log(`typed ${text}`)),
)

/** Every letter starts a search and leaves the one before; what is left is dropped on the wire too. */
function results(tg: Client): Observable<ContactsFound> {
  return letters$.pipe(switchMap((q) => search(tg, { q, limit: 5 })))
}

dc$
  .pipe(
    switchMap((dc) => {
      const dropped$ = dc.events$.pipe(
        filter((event) => event.event === 'dropped' && event.method === 'contacts.search'),
        scan((count) => count + 1, 0),
        startWith(0),
      )
      const results$ = openClient(optionsFor(dc)).pipe(
        switchMap((tg) => signInPerson(tg, PHONE).pipe(switchMap(() => results(tg)))),
      )
      return combineLatest([results$, dropped$])
    }),
    first(([, dropped]) => dropped === WORD.length - 1),
  )
  .subscribe({
    next: ([, dropped]) => console.log(`${WORD.length} searches, 1 answer, ${dropped} dropped on the wire`),
    error: (error: unknown) => {
      console.error(error)
      process.exitCode = 1
    },
  })
