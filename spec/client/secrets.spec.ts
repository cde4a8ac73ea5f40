import { inspect } from 'node:util'
import { expect } from 'chai'
import fc from 'fast-check'
import { catchError, defer, EMPTY, map, merge, type Observable } from 'rxjs'
import { checkPassword } from '../../lib/api/auth.ts'
import type { Client } from '../../lib/client.ts'
import { bytesFromInt64, hex } from '../../lib/core/bytes.ts'
import type { TraceEvent } from '../../lib/core/trace.ts'
import { refuse } from '../../lib/local-dc/refuse.ts'
import { within } from '../../lib/runtime/rpc/within.ts'
import { memoryStorage } from '../../lib/runtime/storage/memory.ts'
import type { Change, Storage } from '../../lib/runtime/storage/storage.ts'
import { sendCode } from '../../lib/telegram/auth/send-code.ts'
import { signIn } from '../../lib/telegram/auth/sign-in.ts'
import { signInBot } from '../../lib/telegram/auth/sign-in-bot.ts'
import { handle } from '../../lib/telegram/handle.ts'
import { logTo } from '../../lib/telegram/log-to.ts'
import { incoming } from '../../lib/telegram/messages/incoming.ts'
import { newMessages } from '../../lib/telegram/messages/new-messages.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import { traceLine } from '../../lib/telegram/trace-line.ts'
import { ANN, BEN, beside, bot, check, flow, person, type Stage, steps } from '../telegram/flow.ts'

/** What a run must not tell, each marked so that it is like nothing else. */
interface Secrets {
  readonly text: string
  readonly password: string
  readonly code: string
  readonly token: string
  readonly name: string
}

const word = fc.stringMatching(/^[a-z]{12}$/)
const secrets: fc.Arbitrary<Secrets> = fc.record({
  text: word.map((it) => `say-${it}`),
  password: word.map((it) => `pass-${it}-0123456789`),
  code: fc.constantFrom('97531', '86420'),
  token: word.map((it) => `424242:tok-${it}`),
  name: word.map((it) => `nobody_${it}`),
})

/** A storage in memory, and what was kept in it. */
function noted(kept: Change[]): Storage {
  const storage = memoryStorage()
  return {
    open: () =>
      storage.open().pipe(
        map((store) => ({
          ...store,
          write: (changes: readonly Change[]) => {
            kept.push(...changes)
            return store.write(changes)
          },
        })),
      ),
  }
}

/** Keys and salts, in every form in which they might be written. */
function keyTexts(kept: readonly Change[]): readonly string[] {
  const forms = (bytes: Uint8Array): readonly string[] => [
    hex(bytes).slice(0, 16),
    Buffer.from(bytes).toString('base64').slice(0, 12),
    bytes.slice(0, 8).join(', '),
    bytes.slice(0, 8).join(','),
  ]
  return kept.flatMap((change) => {
    if (change.kind === 'authKey' || change.kind === 'tempKey')
      return change.value === undefined ? [] : forms(change.value.key)
    if (change.kind !== 'salts') return []
    return (change.value ?? []).flatMap(({ salt }) => [String(salt), ...forms(bytesFromInt64(salt))])
  })
}

/** Everything that clients tell, in words. */
class Told {
  readonly all: unknown[] = []
  readonly trace: TraceEvent[] = []

  listen(tg: Client): Client {
    const note = (line: string) => void this.all.push(line)
    beside(merge(tg.trace$, tg.faults$).pipe(map((it) => this.all.push(it))))
    beside(tg.trace$.pipe(map((event) => this.trace.push(event))))
    beside(logTo(tg, { debug: note, info: note, warn: note, error: note }, { level: 'debug' }))
    return tg
  }

  /** The work, with its error told. */
  of(work: Observable<unknown>): Observable<unknown> {
    return work.pipe(
      catchError((error: unknown) => {
        this.all.push(error)
        return EMPTY
      }),
    )
  }

  text(): string {
    const options = {
      depth: 12,
      showHidden: false,
      maxArrayLength: null,
      maxStringLength: null,
      breakLength: Number.POSITIVE_INFINITY,
    }
    return this.all.map((it) => inspect(it, options)).join('\n')
  }
}

/** Logins right and wrong, sends that arrive and that fail, lost links, deadlines, handlers that fail. */
function life({ client, dc, clock, cut }: Stage, marks: Secrets, told: Told, kept: Change[]): Observable<never> {
  const { text, password, code, token, name } = marks
  const ann = told.listen(client({ storage: noted(kept), pfs: true }))
  const ben = told.listen(client())
  const robot = told.listen(client())
  const bytes = new TextEncoder().encode(password)
  beside(
    newMessages(ben).pipe(
      incoming(),
      handle(ben, (message) => sendText(ben, `@${name}`, message.message)),
    ),
  )
  const wrong = sendCode(ann, ANN).pipe(
    map((sent) => (sent._ === 'auth.sentCode' ? sent.phoneCodeHash : '')),
    catchError(() => EMPTY),
  )
  let hash = ''
  return steps(
    told.of(wrong.pipe(map((it) => (hash = it)))),
    told.of(defer(() => signIn(ann, { phone: ANN, phoneCodeHash: hash, code }))),
    told.of(checkPassword(ann, { password: { _: 'inputCheckPasswordSRP', srpId: 5n, A: bytes, M1: bytes } })),
    told.of(signInBot(robot, token)),
    told.of(signInBot(robot, text)),
    told.of(bot(robot, dc)),
    person(ann, ANN),
    person(ben, BEN),
    told.of(sendText(ann, BEN, text)),
    told.of(sendText(ann, `@${name}`, text)),
    told.of(sendText(ann, { nonsense: text } as never, text)),
    told.of(sendText(within(ann, { timeout: 20 }), 'me', text)),
    clock.after(1_000),
    check(cut),
    told.of(sendText(ann, BEN, text)),
    clock.after(20_000),
  )
}

describe('what a client tells', function () {
  this.timeout(30_000)

  it('has no secrets in it: no phone, code, password, token, text or key', () => {
    fc.assert(
      fc.property(secrets, (marks) => {
        const told = new Told()
        const kept: Change[] = []
        flow((stage) => {
          const { apiHash, bots } = stage.dc
          return steps(
            life(stage, marks, told, kept),
            check(() => {
              const all = told.text()
              const words = [
                ...Object.values(marks),
                ANN.slice(1),
                BEN.slice(1),
                apiHash,
                bots[0]!.token.split(':')[1]!,
              ]
              const found = [...words, ...keyTexts(kept)].filter((secret) => all.includes(secret))
              expect(found).to.deep.equal([])
              // The look is worth something only if much was told.
              expect(new Set(kept.map(({ kind }) => kind))).to.include.keys('authKey', 'tempKey', 'salts')
              for (const part of ['auth.signIn', 'PHONE_CODE_INVALID', 'messages.sendMessage', 'answered', 'closed'])
                expect(all).to.include(part)
            }),
          )
        }, {})()
      }),
      { numRuns: 4, endOnFailure: true },
    )
  })

  it('is silent about what a server repeats of what it was told', () => {
    const text = 'a text of ours'
    const told = new Told()
    return flow(
      ({ client }) => {
        const ann = told.listen(client())
        return steps(
          person(ann, ANN),
          told.of(sendText(ann, 'me', text)),
          check(() => {
            const trace = told.trace.map((event) => inspect(event) + traceLine(event)).join('\n')
            expect(trace).to.include('refused')
            expect(trace).to.not.include(text)
          }),
        )
      },
      { methods: { 'messages.sendMessage': ({ message }) => refuse(400, message) } },
    )()
  })
})
