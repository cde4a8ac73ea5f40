import { expect } from 'chai'
import { defer, type Observable, switchMap, tap } from 'rxjs'
import { type CallClient, openCaller } from '../../lib/client.ts'
import { memoryStorage } from '../../lib/runtime/storage/memory.ts'
import { getMe } from '../../lib/telegram/auth/get-me.ts'
import { newMessages } from '../../lib/telegram/messages/new-messages.ts'
import { reply } from '../../lib/telegram/messages/reply.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import { on } from '../../lib/telegram/on.ts'
import type { Telegram } from '../../lib/telegram/telegram.ts'
import { ANN, BEN, beside, check, flow, person, steps } from '../telegram/flow.ts'

/** A client that is made when its turn comes. */
const later = <Made>(make: () => Made, use: (tg: Made) => Observable<unknown>) => defer(() => use(make()))

describe('client caller', () => {
  it(
    'signs in and calls, asks nobody for updates and is sent none',
    flow(({ caller, client, clock, calls, faults }) => {
      const [ann, ben] = [caller(), client()]
      const traces = beside(ann.trace$)
      const accounts = beside(ann.account$)
      const states = beside(ann.state$)
      return steps(
        person(ann, ANN),
        person(ben, BEN),
        sendText(ann, BEN, 'hello'),
        sendText(ben, ANN, 'hello yourself'),
        clock.after(10_000),
        getMe(ann).pipe(tap(({ self }) => expect(self).to.equal(true))),
        check(() => {
          // Ben's alone.
          expect(calls().filter((each) => each === 'updates.getState')).to.have.length(1)
          expect(calls()).not.to.include('updates.getDifference')
          expect(traces.values.filter((each) => '_' in each && each._ === 'box')).to.deep.equal([])
          expect(accounts.values.at(-1)).to.include({ _: 'signedIn', bot: false })
          expect(states.values.at(-1)).to.deep.equal({ _: 'ready' })
          expect(faults).to.deep.equal([])
        }),
      )
    }),
  )

  it(
    'remembers whom answers speak of',
    flow(({ caller, calls }) => {
      const ann = caller()
      return steps(
        person(ann, ANN),
        sendText(ann, BEN, 'once').pipe(switchMap((message) => reply(ann, message, 'again'))),
        check(() => expect(calls().filter((each) => each === 'contacts.resolvePhone')).to.have.length(1)),
      )
    }),
  )

  it(
    'leaves to a later client what it missed: the box of its stored session is not moved',
    flow(({ caller, client, clock, calls }) => {
      const storage = memoryStorage()
      const ben = client()
      const first = client({ storage })
      return steps(
        person(first, ANN),
        person(ben, BEN),
        clock.after(1_000),
        defer(() => first.close()),
        later(
          () => caller({ storage }),
          (tg) =>
            steps(
              getMe(tg),
              sendText(ben, ANN, 'missed'),
              defer(() => tg.close()),
            ),
        ),
        later(
          () => client({ storage }),
          (tg) => {
            const heard = beside(newMessages(tg))
            return steps(
              clock.after(2_000),
              check(() => {
                expect(heard.values.map(({ message }) => message)).to.deep.equal(['missed'])
                expect(calls()).to.include('updates.getDifference')
              }),
            )
          },
        ),
      )
    }),
  )

  it(
    'is a resource by openCaller, closed with its subscription',
    flow(({ caller, clock }) => {
      const tg = caller()
      const states = beside(tg.state$)
      return steps(
        clock.after(1_000),
        defer(() => tg.close()),
        check(() => expect(states.values.at(-1)).to.deep.equal({ _: 'closed' })),
      )
    }),
  )

  it('says what is wrong with its options', () => {
    let error: unknown
    openCaller({ apiId: 0, apiHash: 'x' }).subscribe({ error: (it: unknown) => (error = it) })
    expect(String(error)).to.match(/apiId/)
  })

  it('is no client for those who tell what happens: it does not compile', () => {
    const tg = undefined as unknown as CallClient
    // @ts-expect-error a caller has no updates
    expect(() => newMessages(tg)).to.throw()
    // @ts-expect-error nor any of them by name
    expect(() => on(tg, 'updateUserTyping')).to.throw()
    const isNone: typeof tg extends Telegram ? false : true = true
    expect(isNone).to.equal(true)
  })
})
