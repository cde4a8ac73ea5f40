import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  concat,
  filter,
  first,
  firstValueFrom,
  ignoreElements,
  merge,
  type Observable,
  switchMap,
  take,
  tap,
  toArray,
} from 'rxjs'
import { getNearestDc } from '../lib/api/help.ts'
import { networkHints } from '../lib/client/network-hints.ts'
import { createClient, openClient } from '../lib/client.node.ts'
import type { Client, ClientOptions } from '../lib/client.ts'
import type { LocalDc } from '../lib/local-dc/options.ts'
import { startLocalDc } from '../lib/local-dc/start-local-dc.node.ts'
import { within } from '../lib/runtime/rpc/within.ts'
import { toPromise } from '../lib/runtime/rx/promise.ts'
import { fileStorage } from '../lib/runtime/storage/file.node.ts'
import type { Connect } from '../lib/runtime/transport/link.ts'
import { tcp } from '../lib/runtime/transport/tcp.node.ts'
import { webSocket } from '../lib/runtime/transport/websocket.ts'
import { handle } from '../lib/telegram/handle.ts'
import { incoming } from '../lib/telegram/messages/incoming.ts'
import { newMessages } from '../lib/telegram/messages/new-messages.ts'
import { reply } from '../lib/telegram/messages/reply.ts'
import { sendText } from '../lib/telegram/messages/send-text.ts'
import { removeFolder } from './support/remove-folder.ts'
import { ANN, bot, person, privateKey } from './telegram/flow.ts'

const dc$ = startLocalDc({ privateKey, users: [{ phone: ANN, firstName: 'Ann' }] })
const optionsFor = (
  { apiId, apiHash, dcs, publicKeyPem }: LocalDc,
  more: Partial<ClientOptions> = {},
): ClientOptions => ({
  apiId,
  apiHash,
  dcs,
  publicKeys: [publicKeyPem],
  ...more,
})

/** The bot answers, as long as it is subscribed. */
const echoing = (tg: Client, dc: LocalDc): Observable<never> =>
  concat(
    bot(tg, dc),
    newMessages(tg).pipe(
      incoming(),
      handle(tg, (message) => reply(tg, message, message.message)),
    ),
  ).pipe(ignoreElements())

/** Says something to the bot, and emits what it says. */
const asking = (tg: Client, text: string): Observable<string> =>
  merge(newMessages(tg).pipe(incoming()), sendText(tg, '@echo_bot', text).pipe(ignoreElements())).pipe(
    first(),
    switchMap(({ message }) => [message]),
  )

/** A conversation over `transport`: what the bot said. */
function conversation(
  dc: LocalDc,
  transport: Connect | undefined,
  words: readonly string[],
): Observable<readonly string[]> {
  const options = optionsFor(dc, { transport })
  const botIsIn$ = dc.events$.pipe(first(({ event }) => event === 'signedIn'))
  const ann$ = openClient(options).pipe(
    switchMap((ann) => concat(person(ann, ANN).pipe(ignoreElements()), ...words.map((word) => asking(ann, word)))),
  )
  const bot$ = openClient(options).pipe(switchMap((tg) => echoing(tg, dc)))
  return merge(botIsIn$.pipe(switchMap(() => ann$)), bot$).pipe(take(words.length), toArray())
}

/** What keeps a process from ending: timers, sockets, requests. */
function resources(): readonly string[] {
  return process
    .getActiveResourcesInfo()
    .filter((each) => each !== 'Immediate')
    .sort()
}

/** What is in `all` more often than in `expected`. */
function over(all: readonly string[], expected: readonly string[]): readonly string[] {
  const rest = [...expected]
  return all.filter((each) => {
    const at = rest.indexOf(each)
    if (at === -1) return true
    rest.splice(at, 1)
    return false
  })
}

/** The listeners of a target, as they come and go. */
function counted(target: EventTarget): ReadonlySet<string> {
  const names = new Set<string>()
  const add = target.addEventListener.bind(target)
  const remove = target.removeEventListener.bind(target)
  target.addEventListener = (name: string, ...rest: [EventListener]) => {
    names.add(name)
    add(name, ...rest)
  }
  target.removeEventListener = (name: string, ...rest: [EventListener]) => {
    names.delete(name)
    remove(name, ...rest)
  }
  return names
}

describe('client over sockets', () => {
  const words = ['plain', 'emoji 👩‍👩‍👧‍👦', 'ימין לשמאל', 'x'.repeat(4096)]
  const transports: readonly (readonly [what: string, transport: Connect | undefined])[] = [
    ['TCP, which is what there is on Node if nothing is said', undefined],
    ...(['abridged', 'intermediate', 'padded', 'full'] as const).map(
      (framing) => [`TCP, ${framing}`, tcp({ framing })] as const,
    ),
    ['TCP, obfuscated', tcp({ framing: 'padded', obfuscated: true })],
    ['WebSocket', webSocket()],
  ]
  for (const [what, transport] of transports)
    it(`talks over ${what}`, async () => {
      const said = await firstValueFrom(dc$.pipe(switchMap((dc) => conversation(dc, transport, words))))
      expect(said).to.deep.equal(words)
    })

  it('gives a caller its answer, and the end, also when it closes the client in the middle of hearing it', async () => {
    const heard: string[] = []
    const answered$ = dc$.pipe(
      switchMap((dc) => {
        const tg = createClient(optionsFor(dc))
        return getNearestDc(tg).pipe(
          tap(() => void tg.close().subscribe({ complete: () => heard.push('closed'), error: expect.fail })),
          tap({ next: ({ _ }) => heard.push(_), complete: () => heard.push('complete') }),
          toArray(),
        )
      }),
      first(),
    )
    await firstValueFrom(answered$)
    expect(heard).to.include.members(['closed', 'nearestDc', 'complete'])
  })

  it('finds its session in a file again, with what was missed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxgram-client-'))
    const play = async (dc: LocalDc) => {
      const open = () => createClient(optionsFor(dc, { storage: fileStorage(join(folder, 'bot.session')) }))
      const ann = createClient(optionsFor(dc))
      const before = open()
      await toPromise(bot(before, dc))
      await firstValueFrom(before.state$.pipe(filter(({ _ }) => _ === 'syncing')))
      await firstValueFrom(before.state$.pipe(filter(({ _ }) => _ === 'ready')))
      await toPromise(before.close())
      await toPromise(person(ann, ANN))
      await toPromise(sendText(ann, '@echo_bot', 'missed'))
      const after = open()
      const missed = await firstValueFrom(newMessages(after))
      await Promise.all([toPromise(after.close()), toPromise(ann.close())])
      return missed.message
    }
    try {
      expect(await firstValueFrom(dc$.pipe(switchMap(play)))).to.equal('missed')
    } finally {
      await removeFolder(folder)
    }
  })

  it('leaves no timer, socket or listener, however it was used', async () => {
    // Mocha's own timer begins behind the first pause.
    await new Promise((resolve) => setImmediate(resolve))
    const before = resources()
    const use = async (dc: LocalDc): Promise<void> => {
      const source = new EventTarget()
      const heard = counted(source)
      const hints$ = networkHints(source)
      const tg = createClient(optionsFor(dc, { pfs: true, network$: hints$ }))
      await toPromise(bot(tg, dc))
      // Its own connection, one that is being made, calls without an answer, and one that lingers.
      await toPromise(getNearestDc(within(tg, { priority: 'low' })))
      const failed = [tg, within(tg, { priority: 'low' }), within(tg, { timeout: 60_000 })].map((each) =>
        toPromise(getNearestDc(each)).catch((error: Error) => error.name),
      )
      tg.network('changed')
      const during = heard.size
      expect(over(resources(), before)).to.include.members(['TCPSocketWrap', 'Timeout'])
      await toPromise(tg.close())
      expect(new Set(await Promise.all(failed))).to.deep.equal(new Set(['ClosedError']))
      expect([during, heard.size]).to.deep.equal([2, 0])
    }
    // The other ends of its sockets are the DC's, which is closed with this.
    await firstValueFrom(dc$.pipe(switchMap(use)))
    // Sockets end when the platform says so.
    for (let turn = 0; over(resources(), before).length > 0 && turn < 10_000; turn++)
      await new Promise((resolve) => setImmediate(resolve))
    expect(over(resources(), before)).to.deep.equal([])
  })

  it('leaves nothing behind', async () => {
    const events: string[] = []
    const run = (dc: LocalDc) => {
      dc.events$.subscribe({ next: ({ event }) => events.push(event), error: expect.fail })
      return openClient(optionsFor(dc)).pipe(
        switchMap((tg) => bot(tg, dc)),
        first(),
        switchMap(() => dc.events$.pipe(first(({ event }) => event === 'closed'))),
      )
    }
    // Taking the first value unsubscribes the client: the server sees its connection close.
    await firstValueFrom(
      dc$.pipe(
        switchMap(run),
        tap(() => events.push('seen')),
      ),
    )
    expect(events.filter((event) => event === 'opened' || event === 'closed')).to.deep.equal(['opened', 'closed'])
  })
})
