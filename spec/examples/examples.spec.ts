import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { first, firstValueFrom, switchMap } from 'rxjs'
import { createClient } from '../../lib/client.node.ts'
import type { LocalDc } from '../../lib/local-dc/options.ts'
import { startLocalDc } from '../../lib/local-dc/start-local-dc.node.ts'
import { toPromise } from '../../lib/runtime/rx/promise.ts'
import { incoming } from '../../lib/telegram/messages/incoming.ts'
import { newMessages } from '../../lib/telegram/messages/new-messages.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import { ANN, person, privateKey } from '../telegram/flow.ts'
import { inFolder, run, start } from './run.ts'

/** Of nobody. */
const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'pkcs1', format: 'pem' })

const CONVERSATION = [
  'Ann: Hello!',
  'echo_bot: Hello!',
  'Ann: Is anybody there?',
  'echo_bot: Is anybody there?',
  'Ann: Good bye 👋',
  'echo_bot: Good bye 👋',
]

describe('examples', function () {
  // Each is a process of its own, which compiles what it needs.
  this.timeout(60_000)

  describe('start', () => {
    it(
      'shows a conversation, once',
      inFolder(async (folder) => {
        const { code, text } = await run('start', { folder, args: ['--once'] })
        const lines = text.trim().split('\n')
        expect(lines[0]).to.match(/^A local DC listens on 127\.0\.0\.1:\d+\.$/)
        expect(lines[1]).to.equal('@echo_bot is signed in. Ann talks to it:')
        expect(lines.slice(2, -1).map((line) => line.trim())).to.deep.equal(CONVERSATION)
        expect(lines.at(-1)).to.equal('That was all.')
        expect(code).to.equal(0)
        expect(existsSync(join(folder, '.rxgram/dc.json'))).to.equal(false)
      }),
    )

    it(
      'tells with --trace what both clients do, and no secret of theirs',
      inFolder(async (folder) => {
        const { code, text } = await run('start', { folder, args: ['--once', '--trace'] })
        expect(code).to.equal(0)
        for (const line of [
          /^bot: dc 1 main: link 1 open$/m,
          /^bot: dc 1 main: auth\.importBotAuthorization #\d+ answered in [\d.]+ ms, \d+ bytes$/m,
          /^Ann: dc 1 main: messages\.sendMessage #\d+ sent, \d+ bytes$/m,
        ])
          expect(text).to.match(line)
        const traced = text.split('\n').filter((line) => /^(bot|Ann): /.test(line))
        // The conversation itself is printed too; what the clients tell must not have it.
        for (const secret of ['Hello', 'Good bye', '9996610001', '11111']) {
          expect(traced.filter((line) => line.includes(secret))).to.deep.equal([])
        }
      }),
    )

    it(
      'goes on, so that others may talk to the bot, until it is told to stop',
      inFolder(async (folder) => {
        const file = join(folder, '.rxgram/dc.json')
        const running = start('start', { folder })
        await running.says(/run `npm run chat`/)
        expect(statSync(file).mode & 0o777).to.equal(0o600)

        const chat = await run('chat', { folder, input: 'One\n\nשלום 👋\nlast' })
        expect(chat.text.trim().split('\n')).to.deep.equal([
          'You are talking to @echo_bot. Ctrl-D ends.',
          'you: One',
          'echo_bot: One',
          'you: שלום 👋',
          'echo_bot: שלום 👋',
          'you: last',
          'echo_bot: last',
        ])
        expect(chat.code).to.equal(0)

        const traced = await run('chat', { folder, input: 'One', args: ['--trace'] })
        expect(traced.text).to.match(/^you: dc 1 main: messages\.sendMessage #\d+ answered in /m)
        expect(traced.code).to.equal(0)

        running.process.kill('SIGINT')
        expect(await running.ended).to.equal(0)
        expect(existsSync(file)).to.equal(false)
      }),
    )
  })

  describe('chat', () => {
    it(
      'says so when nothing runs',
      inFolder(async (folder) => {
        const { code, text } = await run('chat', { folder, input: 'x' })
        expect(text).to.equal(
          'No local DC runs here. Start one with `npm start`, in the same folder and another terminal.\n',
        )
        expect(code).to.equal(1)
      }),
    )

    it(
      'says so when what ran is gone',
      inFolder(async (folder) => {
        mkdirSync(join(folder, '.rxgram'))
        const dcs = [{ id: 1, host: '127.0.0.1', port: 1 }]
        const ready = {
          dcs,
          apiId: 1,
          apiHash: 'x',
          publicKeyPem: PEM,
          users: [{}, { phone: '+9996610002' }],
          bots: [{ username: 'echo_bot' }],
        }
        writeFileSync(join(folder, '.rxgram/dc.json'), JSON.stringify(ready))
        const { code, text } = await run('chat', { folder, input: 'x' })
        expect(text).to.equal('The local DC on 127.0.0.1:1 does not answer. Does npm start still run?\n')
        expect(code).to.equal(1)
      }),
    )

    it(
      'ends by itself when what ran goes away, also while more could be typed',
      inFolder(async (folder) => {
        const running = start('start', { folder })
        await running.says(/run `npm run chat`/)
        const chat = start('chat', { folder, input: 'One\n', staysOpen: true })
        await chat.says(/echo_bot: One/)
        running.process.kill('SIGINT')
        expect(await running.ended).to.equal(0)
        expect(await chat.ended).to.equal(1)
        expect(chat.text().trim().split('\n').at(-1)).to.match(
          /^The local DC on 127\.0\.0\.1:\d+ does not answer\. Does npm start still run\?$/,
        )
      }),
    )
  })

  it(
    'search: every letter but the last drops a call on the wire',
    inFolder(async (folder) => {
      const { code, text } = await run('search', { folder })
      const lines = text.trim().split('\n')
      expect(lines.at(-1)).to.equal('8 searches, 1 answer, 7 dropped on the wire')
      expect(lines.slice(0, 8).at(-1)).to.equal('typed telegram')
      expect(code).to.equal(0)
    }),
  )

  it(
    'by-hand: the stages make a client',
    inFolder(async (folder) => {
      expect(await run('by-hand', { folder })).to.deep.equal({ code: 0, text: 'Hello, made by hand\n' })
    }),
  )

  it(
    'metrics: counts and times calls, links and waits by the trace',
    inFolder(async (folder) => {
      const { code, text } = await run('metrics', { folder })
      const method = 'method="help.getNearestDc"'
      const lines = text.trim().split('\n')
      expect(lines).to.include.members([
        `rxgram_calls_total{${method},end="answered"} 21`,
        `rxgram_calls_total{${method},end="refused"} 1`,
        `rxgram_wait_seconds_total{${method},why="FLOOD_WAIT"} 1`,
        'rxgram_links_opened_total{dc="1",lane="main"} 1',
        'rxgram_links_opened_total{dc="1",lane="side"} 1',
      ])
      expect(
        lines.filter((line) => /^rxgram_call_milliseconds\{.*quantile="0\.(5|99)"\} \d+\.\d$/.test(line)),
      ).to.have.length(2)
      expect(code).to.equal(0)
    }),
  )

  const short: readonly (readonly [name: string, text: string])[] = [
    ['raw-call', '@nobody_here is free\n'],
    ['local-dc', 'the bot answers Hello\n'],
    ['angular', 'at first: connecting\nready, 0 messages heard\nin the end: closed\n'],
  ]
  for (const [name, text] of short)
    it(
      `${name}: prints what it says`,
      inFolder(async (folder) => {
        expect(await run(name, { folder })).to.deep.equal({ code: 0, text })
      }),
    )

  describe('echo-bot', () => {
    it(
      'says what it needs',
      inFolder(async (folder) => {
        const alone = await run('echo-bot', { folder })
        expect(alone.text).to.contain('Set API_ID, API_HASH and BOT_TOKEN, or run `npm start` in another terminal.')
        expect(alone.code).to.equal(1)
      }),
    )

    it(
      'runs at the local DC whose ready line is there',
      inFolder(async (folder) => {
        const play = async (dc: LocalDc) => {
          const { apiId, apiHash, dcs, publicKeyPem, users, bots } = dc
          mkdirSync(join(folder, '.rxgram'))
          const ready = { apiId, apiHash, dcs, publicKeyPem, users, bots }
          writeFileSync(join(folder, '.rxgram/dc.json'), JSON.stringify(ready))
          const botIsIn = firstValueFrom(dc.events$.pipe(first(({ event }) => event === 'signedIn')))
          const running = start('echo-bot', { folder })
          await botIsIn
          const ann = createClient({ apiId, apiHash, dcs, publicKeys: [publicKeyPem] })
          await toPromise(person(ann, ANN))
          const answer = firstValueFrom(newMessages(ann).pipe(incoming()))
          await toPromise(sendText(ann, '@echo_bot', 'Hello'))
          const { message } = await answer
          await toPromise(ann.close())
          running.process.kill('SIGTERM')
          await running.ended
          return message
        }
        const users = [{ phone: ANN, firstName: 'Ann' }]
        expect(await firstValueFrom(startLocalDc({ privateKey, users }).pipe(switchMap(play)))).to.equal('Hello')
      }),
    )
  })
})
