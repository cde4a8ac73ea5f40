import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { of } from 'rxjs'
import type * as help from '../../lib/api/help.ts'
import type * as messages from '../../lib/api/messages.ts'
import type * as root from '../../lib/api/root.ts'
import { schema } from '../../lib/api/schema.ts'
import type * as users from '../../lib/api/users.ts'
import { DecodeError, UsageError } from '../../lib/core/errors.ts'
import type { Invoker, Request } from '../../lib/core/invoker.ts'
import { schemaModel } from '../../lib/core/schema/model.ts'
import { localName, namespaceOf } from '../../lib/core/schema/names.ts'
import { decode } from '../../lib/core/tl/reader.ts'
import { encode, encodeRequest } from '../../lib/core/tl/writer.ts'
import { compactNamespaces, namespaces } from '../support/namespaces.ts'
import { randomValues, seeded, type TlObject } from '../support/random-values.ts'
import { referenceBytes } from '../support/reference-writer.ts'

type Module = Readonly<Record<string, (params: unknown) => Request<unknown>>>

const model = schemaModel(schema)

/** Node's, of generated functions, and the browsers', of text. */
for (const [kind, given] of Object.entries({ direct: namespaces, compact: compactNamespaces })) {
  const modules = given as unknown as Readonly<Record<string, Module>>
  const { getConfig, getConfigRequest } = given['help'] as typeof help
  const { getHistoryRequest, sendMessageRequest } = given['messages'] as typeof messages
  const { invokeWithLayerRequest, invokeWithoutUpdates } = given['root'] as typeof root
  const { getUsersRequest } = given['users'] as typeof users

  describe(`the ${kind} methods`, () => {
    it('are one function each, and one more for the request alone', () => {
      const folder = fileURLToPath(new URL('../../lib/api', import.meta.url))
      const others = ['codec', 'compact', 'error-names', 'index', 'layer', 'schema', 'types']
      const files = readdirSync(folder).map((name) => name.replace(/\.ts$/, ''))
      expect(files.filter((name) => !others.includes(name)).sort()).to.deep.equal(Object.keys(modules).sort())
      const functions = Object.values(modules).flatMap((module) => Object.keys(module))
      expect(functions).to.have.lengthOf(model.methods.length * 2)
    })

    it('write what the schema says', () => {
      for (const seed of [1, 2, 3]) {
        const options = { flags: seed === 3 ? 1 : 0.4, depth: 3, query: () => getConfigRequest() }
        const values = randomValues(model, seeded(seed), options)
        for (const method of model.methods) {
          const value = values.object(method)
          const { _: name, ...params } = value
          const request = modules[namespaceOf(name) || 'root']![`${localName(name)}Request`]!(params)
          expect(request.method).to.equal(name)
          const expected = referenceBytes(method, value, model)
          if (Buffer.compare(encodeRequest(request), expected) !== 0)
            expect.fail(`${name} is written as something else`)
        }
      }
    })

    it('read the result that the schema says', () => {
      const vector = Uint8Array.of(0x15, 0xc4, 0xb5, 0x1c, 1, 0, 0, 0, 0x7a, 0x4b, 0xbc, 0xd3, 7, 0, 0, 0, 0, 0, 0, 0)
      expect(decode(vector, getUsersRequest({ id: [] }).read)).to.deep.equal([{ _: 'userEmpty', id: 7 }])
      vector[19] = 0x10
      expect(() => decode(vector, getUsersRequest({ id: [] }).read))
        .to.throw(DecodeError, 'expected an id of at most 53 bits at [0].userEmpty.id')
        .with.property('path')
        .deep.equal(['[0]', 'userEmpty', 'id'])
    })

    it('are nothing but requests to the invoker', () => {
      const asked: Request<unknown>[] = []
      const tg: Invoker = {
        invoke: <Result>(request: Request<Result>) => {
          asked.push(request)
          return of('answer' as Result)
        },
      }
      const answers: unknown[] = []
      getConfig(tg).subscribe({ next: (answer) => answers.push(answer), error: expect.fail })
      invokeWithoutUpdates(tg, { query: getConfigRequest() }).subscribe({
        next: (answer) => answers.push(answer),
        error: expect.fail,
      })
      expect(answers).to.deep.equal(['answer', 'answer'])
      expect(asked.map(({ method }) => method)).to.deep.equal(['help.getConfig', 'invokeWithoutUpdates'])
    })

    it('that wrap a call write it in place and read its result', () => {
      const request = invokeWithLayerRequest({ layer: 229, query: getConfigRequest() })
      expect(Buffer.from(encodeRequest(request)).toString('hex')).to.equal('0d0d9bdae50000006b18f9c4')
      const refused = () => decode(new Uint8Array(8), request.read)
      expect(refused).to.throw(DecodeError, 'expected Config, got the constructor #00000000')
    })

    const peer = { _: 'inputPeerUser', userId: 1, accessHash: 2n } as const
    const history = { peer, offsetId: 0, offsetDate: 0, addOffset: 0, limit: 10, maxId: 0, minId: 0, hash: 0n }
    const bad: readonly (readonly [string, () => Request<unknown>, string])[] = [
      [
        'no parameters',
        () => getHistoryRequest(undefined as never),
        'expected parameters of messages.getHistory, got undefined',
      ],
      [
        'a field that is missing',
        () => getHistoryRequest({ ...history, limit: undefined as never }),
        'messages.getHistory.limit: expected a 32-bit integer, got undefined',
      ],
      [
        'a field of another type',
        () => getHistoryRequest({ ...history, hash: 0 as never }),
        'messages.getHistory.hash: expected a signed 64-bit bigint, got a number',
      ],
      [
        'an object of another type',
        () => getHistoryRequest({ ...history, peer: { _: 'peerUser', userId: 1 } as never }),
        "messages.getHistory.peer: expected InputPeer, got 'peerUser'",
      ],
      [
        'a number out of range',
        () => getHistoryRequest({ ...history, offsetId: 2 ** 31 }),
        'messages.getHistory.offsetId: expected a 32-bit integer, got 2147483648',
      ],
      [
        'an id that is no safe integer',
        () => getHistoryRequest({ ...history, peer: { ...peer, userId: 2 ** 53 } }),
        'messages.getHistory.peer.inputPeerUser.userId: expected a safe integer, got 9007199254740992',
      ],
      [
        'an item',
        () => getUsersRequest({ id: [{ _: 'inputUserSelf' }, undefined as never] }),
        'users.getUsers.id[1]: expected InputUser, got undefined',
      ],
      [
        'a bit that is no boolean',
        () => sendMessageRequest({ peer, message: '', randomId: 1n, silent: 1 as never }),
        'messages.sendMessage: expected a boolean silent, got a number',
      ],
      [
        'a call that is none',
        () => invokeWithLayerRequest({ layer: 1, query: {} as never }),
        'invokeWithLayer.query: expected a request, got an object without a known _',
      ],
    ]
    for (const [what, request, message] of bad) {
      it(`refuse ${what}, naming the field`, () => {
        let error: unknown
        try {
          encodeRequest(request())
        } catch (thrown) {
          error = thrown
        }
        expect(error).to.be.instanceOf(UsageError)
        expect((error as UsageError).message).to.equal(message)
      })
    }

    it('never tell what a secret field held', () => {
      const secret = { toString: () => 'hunter2' } as unknown
      const request = sendMessageRequest({ peer, message: secret as string, randomId: 1n })
      expect(() => encodeRequest(request)).to.throw(
        UsageError,
        /^messages\.sendMessage\.message: expected a string, got an object/,
      )
      expect(() => encodeRequest(sendMessageRequest({ peer, message: 12345 as never, randomId: 1n })))
        .to.throw(UsageError)
        .with.property('message')
        .not.include('12345')
    })

    it('can be written one inside another', () => {
      const values: TlObject[] = []
      const outer = encode(history, (params, position) => {
        const inner = encodeRequest(getHistoryRequest(params))
        values.push({ _: 'inner', length: inner.length })
        return getConfigRequest().write({}, position)
      })
      expect(Buffer.from(outer).toString('hex')).to.equal('6b18f9c4')
      expect(values).to.have.lengthOf(1)
    })
  })
}
