/** Raw calls: every method of the schema is a function, and every error has a name that the compiler knows. */
import { openClient, recover, signInBot, within } from 'rxgram'
import { resolveUsername } from 'rxgram/api/contacts'
import { startLocalDc } from 'rxgram/local-dc'
import { map, of, switchMap, take } from 'rxjs'
import { optionsFor } from './setting.ts'

startLocalDc()
  .pipe(
    switchMap((dc) =>
      openClient(optionsFor(dc)).pipe(
        switchMap((tg) => signInBot(tg, dc.bots[0]!.token).pipe(map(() => within(tg, { timeout: 5_000 })))),
        switchMap((tg) => resolveUsername(tg, { username: 'nobody_here' })),
        map(({ peer }) => `taken by ${peer._}`),
        recover({ USERNAME_NOT_OCCUPIED: () => of('free') }),
      ),
    ),
    take(1),
  )
  .subscribe({ next: (it) => console.log(`@nobody_here is ${it}`), error: console.error })
