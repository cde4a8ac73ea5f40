import { expect } from 'chai'
import { catchError, defer, EMPTY, map, merge, takeUntil, tap, toArray } from 'rxjs'
import { deleteMessages } from '../../../lib/api/messages.ts'
import { RpcError, TransportError } from '../../../lib/core/errors.ts'
import type { Interceptor } from '../../../lib/core/invoker.ts'
import { isRequest } from '../../../lib/runtime/rpc/is-request.ts'
import { newMessages } from '../../../lib/telegram/messages/new-messages.ts'
import { reply } from '../../../lib/telegram/messages/reply.ts'
import { sendText } from '../../../lib/telegram/messages/send-text.ts'
import { ANN, BEN, beside, check, flow, person, steps } from '../flow.ts'

/** Notes the random ids that are sent. */
const noting =
  (ids: bigint[]): Interceptor =>
  (request, next) => {
    if (isRequest(request, 'messages.sendMessage')) ids.push(request.params.randomId)
    return next.invoke(request)
  }
const ignored = catchError(() => EMPTY)

describe('telegram/messages/send-text', () => {
  it(
    'emits the message as the server made it',
    flow(({ client, dc }) => {
      const ann = client()
      const entities = [{ _: 'messageEntityBold', offset: 0, length: 2 }] as const
      return steps(
        person(ann, ANN),
        sendText(ann, BEN, 'hi Ben', { silent: true, entities }).pipe(
          toArray(),
          tap(([message, ...more]) => {
            expect(more).to.deep.equal([])
            expect(message).to.deep.include({ _: 'message', out: true, message: 'hi Ben', silent: true, entities })
            expect(message!.peerId).to.deep.equal({ _: 'peerUser', userId: dc.users[1]!.id })
          }),
        ),
      )
    }),
  )

  it(
    'answers a message of the chat',
    flow(({ client }) => {
      const ann = client()
      const sent: { id: number }[] = []
      return steps(
        person(ann, ANN),
        sendText(ann, BEN, 'one').pipe(tap((message) => sent.push(message))),
        defer(() => sendText(ann, BEN, 'two', { replyTo: sent[0]!.id })).pipe(
          tap((message) => expect(message.replyTo).to.deep.include({ replyToMsgId: sent[0]!.id })),
        ),
      )
    }),
  )

  it(
    'repeats the same message after an error or an unsubscribe, and means another after a success',
    flow(({ client, clock }) => {
      const ids: bigint[] = []
      let fails = 2
      const failing: Interceptor = (request, next) => {
        if (request.method !== 'messages.sendMessage' || fails-- <= 0) return next.invoke(request)
        throw new Error('the answer was lost')
      }
      const [ann, ben] = [client({ interceptors: [noting(ids)], attempt: [failing] }), client()]
      const heard = beside(newMessages(ben).pipe(map(({ message }) => message)))
      const say = sendText(ann, BEN, 'once')
      return steps(
        person(ann, ANN),
        person(ben, BEN),
        say.pipe(ignored),
        say.pipe(ignored),
        check(() => beside(say).run.unsubscribe()),
        say,
        check(() => expect(new Set(ids).size).to.equal(1)),
        say,
        check(() => expect(new Set(ids).size).to.equal(2)),
        clock.after(100),
        check(() => expect(heard.values).to.deep.equal(['once', 'once'])),
      )
    }),
  )

  it(
    'sends a message for each subscription of those that run together',
    flow(({ client, clock }) => {
      const ids: bigint[] = []
      const [ann, ben] = [client({ interceptors: [noting(ids)] }), client()]
      const heard = beside(newMessages(ben).pipe(map(({ message }) => message)))
      const say = sendText(ann, BEN, 'hi')
      return steps(
        person(ann, ANN),
        person(ben, BEN),
        merge(say, say, say),
        clock.after(100),
        check(() => {
          expect(new Set(ids).size).to.equal(3)
          expect(heard.values).to.deep.equal(['hi', 'hi', 'hi'])
        }),
      )
    }),
  )

  for (const duplicates of ['original', 'error'] as const)
    it(
      `completes with the original when the answer to it was lost (${duplicates})`,
      flow(
        ({ client, clock }) => {
          // The server gets the call, and its first answer is lost on the way.
          let isLost = false
          const losing: Interceptor = (request, next) =>
            next.invoke(request).pipe(
              tap(() => {
                if (request.method !== 'messages.sendMessage' || isLost) return
                isLost = true
                throw new TransportError('the answer was lost', 'unknown')
              }),
            )
          const [ann, ben] = [client({ attempt: [losing] }), client()]
          const heard = beside(newMessages(ben))
          return steps(
            person(ann, ANN),
            person(ben, BEN),
            sendText(ann, BEN, 'once').pipe(
              tap((message) => expect(message).to.deep.include({ out: true, message: 'once' })),
            ),
            clock.after(100),
            check(() => expect(heard.values).to.have.length(1)),
          )
        },
        { duplicates },
      ),
    )

  it(
    'does not take a message of another intent, or an answer to another message, for the original',
    flow(
      ({ client, clock }) => {
        let losses = 0
        const losing: Interceptor = (request, next) =>
          next.invoke(request).pipe(
            tap(() => {
              if (request.method !== 'messages.sendMessage' || losses-- <= 0) return
              throw new TransportError('the answer was lost', 'unknown')
            }),
          )
        const ann = client({ attempt: [losing] })
        const ids: number[] = []
        const noted = tap(({ id }: { readonly id: number }) => void ids.push(id))
        const lost = sendText(ann, BEN, 'same')
        return steps(
          person(ann, ANN),
          sendText(ann, BEN, 'same').pipe(noted),
          check(() => {
            losses = 1
          }),
          // The answer is lost, and the caller leaves in the pause before the repeat.
          defer(() => lost.pipe(takeUntil(clock.after(500)))),
          sendText(ann, BEN, 'same').pipe(noted),
          defer(() => sendText(ann, BEN, 'same', { replyTo: ids[0]! }).pipe(noted)),
          lost.pipe(noted),
          check(() => {
            expect(new Set(ids).size).to.equal(4)
            expect(ids[3]).to.be.above(ids[0]!).and.below(ids[1]!)
          }),
        )
      },
      { duplicates: 'error' },
    ),
  )

  it(
    'gives the error to the caller where the original is gone',
    flow(
      ({ client }) => {
        const ann = client()
        const ids: number[] = []
        const say = () => sendText(ann, BEN, 'once', { key: 'order 5' })
        return steps(
          person(ann, ANN),
          say().pipe(tap(({ id }) => ids.push(id))),
          defer(() => deleteMessages(ann, { id: ids, revoke: true })),
          say().pipe(
            tap(() => expect.fail('sent')),
            catchError((error: unknown) => {
              expect(error).to.be.instanceOf(RpcError).with.property('type', 'RANDOM_ID_DUPLICATE')
              return EMPTY
            }),
          ),
        )
      },
      { duplicates: 'error' },
    ),
  )

  for (const duplicates of ['original', 'error'] as const)
    it(
      `is one message for one key (${duplicates})`,
      flow(
        ({ client, clock }) => {
          const [ann, ben] = [client(), client()]
          const heard = beside(newMessages(ben))
          const say = () => sendText(ann, BEN, 'once', { key: 'order 5' })
          const sent: number[] = []
          return steps(
            person(ann, ANN),
            person(ben, BEN),
            ...[say(), say()].map((each) => each.pipe(tap(({ id }) => sent.push(id)))),
            clock.after(100),
            check(() => {
              expect(heard.values).to.have.length(1)
              expect(sent[0]).to.equal(sent[1])
            }),
          )
        },
        { duplicates },
      ),
    )

  it(
    'gives other errors to the caller',
    flow(({ client }) => {
      const ann = client()
      return steps(
        person(ann, ANN),
        sendText(ann, BEN, '').pipe(
          tap(() => expect.fail('sent')),
          catchError((error: unknown) => {
            expect(error).to.be.instanceOf(RpcError).with.property('type', 'MESSAGE_EMPTY')
            return EMPTY
          }),
        ),
      )
    }),
  )
})

describe('telegram/messages/reply', () => {
  it(
    'goes to the chat of the message',
    flow(({ client, clock }) => {
      const [ann, ben] = [client(), client()]
      const heard = beside(newMessages(ben))
      return steps(
        person(ann, ANN),
        person(ben, BEN),
        sendText(ann, BEN, 'question'),
        clock.after(100),
        defer(() => reply(ben, heard.values[0]!, 'answer')).pipe(
          tap(({ replyTo, peerId }) => {
            expect(replyTo).to.deep.include({ replyToMsgId: heard.values[0]!.id })
            expect(peerId).to.deep.equal(heard.values[0]!.peerId)
          }),
        ),
      )
    }),
  )
})
