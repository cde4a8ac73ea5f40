import { expect } from 'chai'
import fc from 'fast-check'
import { lastValueFrom, type Subscription } from 'rxjs'
import { StorageError, UsageError } from '../../../lib/core/errors.ts'
import type { Change, RecordKind, Records, Storage, Store } from '../../../lib/runtime/storage/storage.ts'

/** A store that a spec holds open. */
export interface Opened {
  readonly store: Store
  close(): void
}

/** Opens, or rejects with the error. */
export function open(storage: Storage): Promise<Opened> {
  return new Promise((resolve, reject) => {
    let subscription: Subscription | undefined
    let emitted: Store | undefined
    const give = () => {
      if (emitted !== undefined && subscription !== undefined) {
        resolve({ store: emitted, close: () => subscription!.unsubscribe() })
      }
    }
    subscription = storage.open().subscribe({
      next(store) {
        emitted = store
        give()
      },
      error: reject,
    })
    give()
  })
}

/** The error with which opening fails. */
export async function refusal(storage: Storage): Promise<Error> {
  const outcome = await open(storage).then(
    () => undefined,
    (error: Error) => error,
  )
  if (outcome === undefined) throw new Error('expected opening to fail, and it did not')
  return outcome
}

export function get<Kind extends RecordKind>(
  { store }: Opened,
  kind: Kind,
  key: string,
): Promise<Records[Kind] | undefined> {
  return lastValueFrom(store.get(kind, key))
}

export function list<Kind extends RecordKind>(
  { store }: Opened,
  kind: Kind,
): Promise<readonly (readonly [string, Records[Kind]])[]> {
  return lastValueFrom(store.list(kind))
}

export function write({ store }: Opened, ...changes: readonly Change[]): Promise<void> {
  return lastValueFrom(store.write(changes), { defaultValue: undefined })
}

/** The error with which `act` fails. */
export async function failure(act: Promise<unknown>): Promise<Error> {
  const outcome = await act.then(
    () => undefined,
    (error: Error) => error,
  )
  if (outcome === undefined) throw new Error('expected an error, got none')
  return outcome
}

export const value = (key: string, content: unknown): Change => ({ kind: 'value', key, value: content })

/** All that a value may be. */
const values = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.bigInt(),
    fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
    fc.array(fc.oneof(tie('any'), fc.constant(undefined)), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('$bigint', '$', '$$x', '__proto__', 'constructor')),
      fc.oneof(tie('any'), fc.constant(undefined)),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).any

/** One record of each kind. */
const examples: readonly Change[] = [
  { kind: 'authKey', key: '2', value: { key: new Uint8Array(256).fill(7), timeOffset: -3, expiresAt: undefined } },
  {
    kind: 'tempKey',
    key: '-2',
    value: { key: new Uint8Array(256).fill(8), timeOffset: 0.25, expiresAt: 1_900_000_000 },
  },
  { kind: 'salts', key: 'a1b2', value: [{ salt: -(2n ** 63n), validSince: 1, validUntil: 2 }] },
  { kind: 'endpoints', key: '2', value: [{ host: '::1', port: 443, ws: 'wss://x/apiws', media: true }] },
  { kind: 'box', key: 'channel:5', value: { pts: 1, qts: undefined, seq: 2, date: 3 } },
  { kind: 'peer', key: 'user:9', value: { kind: 'user', id: 9, accessHash: 2n ** 62n, usernames: ['a', 'b'] } },
  { kind: 'username', key: 'a', value: 'user:9' },
  { kind: 'phone', key: '9996612345', value: 'user:9' },
  { kind: 'minContext', key: 'user:10', value: { chat: 'channel:5', message: 77 } },
  { kind: 'self', key: 'self', value: { id: 9, bot: false, dc: 2 } },
  { kind: 'value', key: 'mine', value: { any: [1n, undefined, Uint8Array.of(1)] } },
]

/** What every back end does. `create` gives a new, empty place each time. */
export function conforms(name: string, create: () => Storage): void {
  describe(`${name} as storage`, () => {
    let storage: Storage
    let opened: Opened

    beforeEach(async () => {
      storage = create()
      opened = await open(storage)
    })
    afterEach(() => opened.close())

    async function reopen(): Promise<void> {
      opened.close()
      opened = await open(storage)
    }

    it('begins empty', async () => {
      expect(await get(opened, 'self', 'self')).to.equal(undefined)
      expect(await list(opened, 'peer')).to.deep.equal([])
    })

    it('keeps a record of every kind, also when opened again', async () => {
      await write(opened, ...examples)
      for (const again of [false, true]) {
        if (again) await reopen()
        for (const { kind, key, value: expected } of examples) {
          expect(await get(opened, kind, key)).to.deep.equal(expected)
          expect(await list(opened, kind)).to.deep.equal([[key, expected]])
        }
      }
    })

    it('replaces and deletes', async () => {
      await write(opened, value('a', 1), value('b', 2), value('c', 3))
      await write(opened, value('b', undefined), value('a', 4), value('none', undefined))
      for (const again of [false, true]) {
        if (again) await reopen()
        expect(await get(opened, 'value', 'b')).to.equal(undefined)
        expect(await list(opened, 'value')).to.deep.equal([
          ['a', 4],
          ['c', 3],
        ])
      }
    })

    it('lists in the order of the first writing, also keys that are numbers', async () => {
      await write(opened, value('10', 1), value('9', 2), value('-1', 3))
      await write(opened, value('9', 4))
      await reopen()
      expect((await list(opened, 'value')).map(([key]) => key)).to.deep.equal(['10', '9', '-1'])
    })

    it('takes the last change of a key in one transaction', async () => {
      await write(opened, value('a', 1), value('a', undefined), value('a', 3), value('b', 1), value('b', undefined))
      expect(await list(opened, 'value')).to.deep.equal([['a', 3]])
    })

    it('writes on subscribe, once for each subscription', async () => {
      const write$ = opened.store.write([value('a', 1)])
      expect(await get(opened, 'value', 'a')).to.equal(undefined)
      await lastValueFrom(write$, { defaultValue: undefined })
      await write(opened, value('a', 2))
      await lastValueFrom(write$, { defaultValue: undefined })
      expect(await get(opened, 'value', 'a')).to.equal(1)
    })

    it('lets what was written be read at once, and the last of overlapping writes win', async () => {
      const writes = Array.from({ length: 20 }, (_, index) =>
        write(opened, value('a', index), value(`k${index}`, index)),
      )
      expect(await get(opened, 'value', 'a')).to.equal(19)
      await Promise.all(writes)
      await reopen()
      expect(await get(opened, 'value', 'a')).to.equal(19)
      expect((await list(opened, 'value')).length).to.equal(21)
    })

    it('finishes a write whose caller left, and all that was begun before it is closed', async () => {
      opened.store
        .write([value('a', 1)])
        .subscribe({ error: expect.fail })
        .unsubscribe()
      opened.store
        .write([value('b', 2)])
        .subscribe({ error: expect.fail })
        .unsubscribe()
      await reopen()
      expect(await list(opened, 'value')).to.deep.equal([
        ['a', 1],
        ['b', 2],
      ])
    })

    it('completes what waits when it is closed', async () => {
      const writes = [write(opened, value('a', 1)), write(opened, value('b', 2))]
      opened.close()
      await Promise.all(writes)
      opened = await open(storage)
      expect((await list(opened, 'value')).length).to.equal(2)
    })

    it('gives and takes copies', async () => {
      const bytes = Uint8Array.of(1)
      const content = { bytes, list: [1] }
      const written = write(opened, value('a', content))
      bytes[0] = 9
      content.list.push(2)
      await written
      const first = (await get(opened, 'value', 'a')) as typeof content
      expect(first).to.deep.equal({ bytes: Uint8Array.of(1), list: [1] })
      first.list.push(3)
      expect(await get(opened, 'value', 'a')).to.deep.equal({ bytes: Uint8Array.of(1), list: [1] })
    })

    it('keeps any value of JSON, bigint, bytes and undefined', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 6 }), async (contents) => {
          await write(opened, ...contents.map((content, index) => value(`${index}`, content)))
          for (const [index, content] of contents.entries()) {
            expect(await get(opened, 'value', `${index}`)).to.deep.equal(content)
          }
        }),
        { numRuns: 60 },
      )
      const before = await list(opened, 'value')
      await reopen()
      expect(await list(opened, 'value')).to.deep.equal(before)
    })

    it('keeps any keys apart', async () => {
      const keys = ['', ' ', '\u0000', '__proto__', 'constructor', '2', '10', 'a"b', '\ud800', 'ключ']
      await write(opened, ...keys.map((key, index) => value(key, index)))
      await reopen()
      expect(await list(opened, 'value')).to.deep.equal(keys.map((key, index) => [key, index]))
      expect(await get(opened, 'username', '__proto__')).to.equal(undefined)
    })

    const circle: unknown[] = []
    circle.push(circle)
    const refused: readonly { readonly what: string; readonly change: Change; readonly message: string }[] = [
      {
        what: 'a function',
        change: value('a', { deep: [1, () => 1] }),
        message: 'expected JSON, bigint or bytes, got function at .deep[1]',
      },
      { what: 'a date', change: value('a', new Date(0)), message: 'expected JSON, bigint or bytes, got Date' },
      { what: 'a symbol', change: value('a', Symbol('s')), message: 'expected JSON, bigint or bytes, got symbol' },
      { what: 'a circle', change: value('a', circle), message: 'expected at most 64 levels, got more at ' },
      {
        what: 'a short key',
        change: { kind: 'authKey', key: '2', value: { key: new Uint8Array(255).fill(65), timeOffset: 0 } },
        message: 'expected 256 bytes at authKey.key, got 255 bytes',
      },
      {
        what: 'a salt that is no bigint',
        change: { kind: 'salts', key: 'a', value: [{ salt: 5 as unknown as bigint, validSince: 0, validUntil: 0 }] },
        message: 'expected a bigint at salts[0].salt, got number',
      },
      {
        what: 'an unknown kind',
        change: { kind: 'toString', key: 'a', value: 1 } as unknown as Change,
        message: 'expected a kind of record, got toString',
      },
      {
        what: 'a key without end',
        change: value('k'.repeat(2000), 1),
        message: 'expected a key of at most 1024 characters for value, got 2000',
      },
      {
        what: 'a value without end',
        change: value('a', 'v'.repeat(1_100_000)),
        message: 'expected a value of at most 1048576 characters as JSON, got 1100002',
      },
    ]
    for (const { what, change, message } of refused)
      it(`refuses ${what}, and with it the whole transaction`, async () => {
        const error = await failure(write(opened, value('good', 1), change))
        expect(error).to.be.instanceOf(UsageError)
        expect(error.message.startsWith(message), error.message).to.equal(true)
        expect(await list(opened, 'value')).to.deep.equal([])
        await reopen()
        expect(await list(opened, 'value')).to.deep.equal([])
      })

    it('is open once at a time', async () => {
      const error = await refusal(storage)
      expect(error).to.be.instanceOf(StorageError)
      expect(error.message).to.match(/^expected .* that is free, got .* open/)
      await write(opened, value('a', 1))
      await reopen()
      expect(await get(opened, 'value', 'a')).to.equal(1)
    })

    it('does nothing any more once it is closed', async () => {
      const old = opened
      await reopen()
      for (const act of [get(old, 'value', 'a'), list(old, 'value'), write(old, value('a', 1))]) {
        const error = await failure(act)
        expect(error).to.be.instanceOf(StorageError)
        expect(error.message).to.equal('expected an open store, got one that was closed')
      }
      expect(await get(opened, 'value', 'a')).to.equal(undefined)
    })

    it('emits synchronously where it can: reading does not wait for writing', () => {
      opened.store.write([value('a', 1)]).subscribe({ error: expect.fail })
      const seen: unknown[] = []
      opened.store.get('value', 'a').subscribe({ next: (each) => seen.push(each), error: expect.fail })
      expect(seen).to.deep.equal([1])
    })
  })
}
