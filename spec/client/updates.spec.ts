import { expect } from 'chai'
import { map, tap } from 'rxjs'
import type { Client } from '../../lib/client.ts'
import { newMessages } from '../../lib/telegram/messages/new-messages.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import { on } from '../../lib/telegram/on.ts'
import { ANN, BEN, beside, check, flow, person, steps } from '../telegram/flow.ts'

const texts = (tg: Client) => newMessages(tg).pipe(map((message) => message.message))

describe('client/updates', () => {
  describe('updates', () => {
    it(
      'wait for the first listener',
      flow(({ client, clock }) => {
        const [ann, ben] = [client(), client()]
        const heard: string[] = []
        return steps(
          person(ann, ANN),
          person(ben, BEN),
          sendText(ann, BEN, 'early'),
          sendText(ann, BEN, 'bird'),
          clock.after(5000),
          check(() => beside(texts(ben).pipe(tap((text) => heard.push(text))))),
          clock.after(10),
          check(() => expect(heard).to.deep.equal(['early', 'bird'])),
        )
      }),
    )

    it(
      'come to whoever listens, raw or not',
      flow(({ client, clock }) => {
        const [ann, ben] = [client(), client()]
        const raw = beside(on(ben, 'updateNewMessage'))
        const batches = beside(ben.updates$)
        return steps(
          person(ann, ANN),
          person(ben, BEN),
          sendText(ann, BEN, 'hello'),
          clock.after(10),
          check(() => {
            expect(raw.values).to.have.length(1)
            expect(batches.values).to.have.length(1)
            expect(batches.values[0]!.users.map((user) => user.id)).to.have.length(2)
          }),
        )
      }),
    )
  })
})
