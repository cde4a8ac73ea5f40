/** People of a local DC: their numbers are +99966DNNNN, and their codes DDDDD. */
import { type Client, sendCode, signIn } from 'rxgram'
import { type Observable, switchMap } from 'rxjs'

/** Signs a person in, code and all. */
export function signInPerson(tg: Client, phone: string): Observable<unknown> {
  return sendCode(tg, phone).pipe(
    switchMap((sent) => {
      if (sent._ !== 'auth.sentCode') throw new Error(`expected auth.sentCode, got ${sent._}`)
      return signIn(tg, { phone, phoneCodeHash: sent.phoneCodeHash, code: phone.charAt(6).repeat(5) })
    }),
  )
}
