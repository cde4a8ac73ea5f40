import { expect } from 'chai'
import { catchError, concat, defer, EMPTY, ignoreElements, map, merge, tap, timer } from 'rxjs'
import { getAppConfig, getNearestDc } from '../../lib/api/help.ts'
import { RpcError } from '../../lib/core/errors.ts'
import type { Interceptor } from '../../lib/core/invoker.ts'
import type { CallFate } from '../../lib/local-dc/faults.ts'
import { inOrder } from '../../lib/runtime/rpc/in-order.ts'
import { pace } from '../../lib/runtime/rpc/pace.ts'
import { within } from '../../lib/runtime/rpc/within.ts'
import { memory } from '../../lib/runtime/transport/memory.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import { ANN, BEN, beside, check, flow, person, steps } from '../telegram/flow.ts'

const FRAMINGS = ['abridged', 'intermediate', 'padded', 'full'] as const

describe('client: how calls travel', () => {
  for (const framing of FRAMINGS)
    for (const obfuscated of framing === 'full' ? [false] : [false, true])
      it(
        `hears that the server has a call before the answer (${framing}${obfuscated ? ', obfuscated' : ''})`,
        flow(({ client, dc, clock }) => {
          const transport = memory(dc.accept, { framing, obfuscated, clock, latency: 5 })
          const tg = client({ transport })
          const told: string[] = []
          const call = getNearestDc(within(tg, { onReceived: () => told.push('received') }))
          return steps(
            getNearestDc(tg),
            call.pipe(tap(() => told.push('answered'))),
            clock.after(1_000),
            check(() => expect(told).to.deep.equal(framing === 'full' ? ['answered'] : ['received', 'answered'])),
          )
        }),
      )

  it(
    'makes what the caller throws then the error of the call',
    flow(({ client, clock }) => {
      const tg = client()
      const oops = () => {
        throw new Error('oops')
      }
      const errors: unknown[] = []
      return steps(
        getNearestDc(within(tg, { onReceived: oops })).pipe(
          catchError((error: Error) => {
            errors.push(error.message)
            return EMPTY
          }),
        ),
        clock.after(100),
        getNearestDc(tg),
        check(() => expect(errors).to.deep.equal(['oops'])),
      )
    }),
  )

  it(
    'does not tell who has left',
    flow(({ client, clock }) => {
      const tg = client()
      const told: string[] = []
      const call = getNearestDc(within(tg, { onReceived: () => told.push('received') }))
      return steps(
        getNearestDc(tg),
        check(() => beside(call).run.unsubscribe()),
        clock.after(1_000),
        check(() => expect(told).to.deep.equal([])),
      )
    }),
  )
})

describe('client: calls in order', () => {
  const texts = ['one', 'two', 'three', 'four', 'five']
  const numbers = new Map(texts.map((text, index) => [text, index]))

  it(
    'run in the order in which they were made, though the server takes its time',
    flow(({ client, clock, events }) => {
      const ann = client()
      const sent: number[] = []
      const row = inOrder(ann)
      return steps(
        person(ann, ANN),
        merge(...texts.map((text) => sendText(row, BEN, text))).pipe(tap(({ id }) => sent.push(id))),
        clock.after(100),
        check(() => {
          expect(sent)
            .to.deep.equal([...sent].sort((a, b) => a - b))
            .and.to.have.length(5)
          expect(events.filter((each) => each.event === 'call' && each.error !== undefined)).to.deep.equal([])
        }),
      )
    }),
  )

  for (const isRow of [true, false]) {
    const begun: number[] = []
    it(
      `run one after the other, however long each takes${isRow ? '' : '; without a row, together'}`,
      flow(
        ({ client }) => {
          const ann = client()
          const tg = isRow ? inOrder(ann) : ann
          const ended: number[] = []
          const hashes = [1, 2, 3, 4, 5, 6]
          return steps(
            person(ann, ANN),
            merge(...hashes.map((hash) => getAppConfig(tg, { hash }).pipe(tap({ complete: () => ended.push(hash) })))),
            check(() => {
              expect(begun).to.deep.equal(hashes)
              expect(ended).to.deep.equal(isRow ? hashes : hashes.toReversed())
            }),
          )
        },
        {
          methods: {
            // The later ones are quicker, and the first are slower than the server lets others wait.
            'help.getAppConfig': ({ hash }) =>
              defer(() => {
                begun.push(hash)
                return timer(1_400 - 200 * hash).pipe(map(() => ({ _: 'help.appConfigNotModified' }) as const))
              }),
          },
        },
      ),
    )
  }

  it(
    'run in order when the link breaks in between, and each once',
    flow(({ client, clock, cut, dc }) => {
      const ann = client()
      const row = inOrder(ann)
      const heard: string[] = []
      const all = merge(...texts.map((text) => sendText(row, BEN, text)))
      return steps(
        person(ann, ANN),
        defer(() => {
          const work = beside(all.pipe(map(({ message }) => message)))
          cut()
          return clock.after(20_000).pipe(
            tap(() => heard.push(...work.values)),
            ignoreElements(),
          )
        }),
        check(() => expect(heard.map((text) => numbers.get(text))).to.deep.equal([0, 1, 2, 3, 4])),
        check(() => expect(dc.users.length).to.be.above(1)),
      )
    }),
  )

  let fate: CallFate = 'run'
  it(
    'are not kept by one that the server refuses',
    flow(
      ({ client }) => {
        const ann = client()
        const row = inOrder(ann)
        const ends: string[] = []
        const end = (name: string) => ({
          next: () => void ends.push(name),
          error: (error: Error) => void ends.push(`${name}: ${error.message}`),
        })
        return steps(
          person(ann, ANN),
          defer(() => {
            fate = { error: { code: 400, text: 'MESSAGE_TOO_LONG' } }
            return merge(
              sendText(row, BEN, 'refused').pipe(
                tap(end('refused')),
                catchError(() => EMPTY),
              ),
              sendText(row, BEN, 'taken').pipe(tap(end('taken'))),
            )
          }),
          check(() => expect(ends).to.deep.equal(['refused: messages.sendMessage: 400 MESSAGE_TOO_LONG', 'taken'])),
        )
      },
      {
        faults: {
          incoming({ method }) {
            if (method !== 'messages.sendMessage') return 'run'
            const first = fate
            fate = 'run'
            return first
          },
        },
      },
    ),
  )
})

describe('client: policies', () => {
  const flooded = new Set<string>()

  it(
    'give a user’s interceptors one logical call each, and those of attempts all that is repeated',
    flow(
      ({ client }) => {
        const [outside, inside]: [string[], string[]] = [[], []]
        const noting =
          (into: string[]): Interceptor =>
          (request, next) => {
            into.push(request.method)
            return next.invoke(request)
          }
        const tg = client({ interceptors: [noting(outside)], attempt: [noting(inside)] })
        return steps(
          getNearestDc(tg),
          check(() => {
            expect(outside.filter((each) => each === 'help.getNearestDc')).to.have.length(1)
            expect(inside.filter((each) => each === 'help.getNearestDc')).to.have.length(3)
          }),
        )
      },
      {
        faults: {
          incoming({ method }) {
            if (method !== 'help.getNearestDc' || flooded.has('both')) return 'run'
            if (!flooded.has('once')) {
              flooded.add('once')
              return { error: { code: 420, text: 'FLOOD_WAIT_3' } }
            }
            flooded.add('both')
            return { error: { code: 500, text: 'RPC_CALL_FAIL' } }
          },
        },
      },
    ),
  )

  it(
    'wait no longer than the client’s option says',
    flow(
      ({ client }) => {
        const tg = client({ floodWait: 2 })
        return steps(
          getNearestDc(tg).pipe(
            map(() => expect.fail()),
            catchError((error: unknown) => {
              expect(error).to.be.instanceOf(RpcError).with.property('value', 3)
              return EMPTY
            }),
          ),
        )
      },
      {
        faults: {
          incoming: ({ method }) =>
            method === 'help.getNearestDc' ? { error: { code: 420, text: 'FLOOD_WAIT_3' } } : 'run',
        },
      },
    ),
  )

  it(
    'keep the pace of messages, and of nothing else',
    flow(({ client, clock }) => {
      const ann = client({ pace: pace({ perChat: 1 }) })
      const at: number[] = []
      const begin = { at: 0 }
      return steps(
        person(ann, ANN),
        check(() => {
          begin.at = clock.elapsed()
        }),
        merge(...['a', 'b', 'c'].map((text) => sendText(ann, BEN, text))).pipe(
          tap(() => at.push(Math.round((clock.elapsed() - begin.at) / 1000))),
        ),
        concat(getNearestDc(ann), getNearestDc(ann), getNearestDc(ann)),
        check(() => {
          expect(at).to.deep.equal([0, 1, 2])
          expect(Math.round((clock.elapsed() - begin.at) / 1000)).to.equal(2)
        }),
      )
    }),
  )
})
