/**
 * An unmodified third-party client and our echo bot on our local DC, over TCP, each in a process of its own.
 * Exit code 0 only when every text came back as it was sent.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Mtcute } from './mtcute.ts'
import { countLines, lineOf, type Ready, startProgram, stop } from './processes.ts'

const texts: readonly string[] = [
  'hello',
  'A sentence, with punctuation; and "quotes" & <angles>.',
  'two\nlines and a\ttab',
  '🎉',
  'a family 👨‍👩‍👧‍👦, a flag 🇳🇿, a tone 👍🏽',
  'שלום עולם, مرحبا بالعالم',
  'Здравствуйте, как дела?',
  '你好，世界。こんにちは。',
  'e\u0301 is not \u00e9, and \u200bthis is a zero-width space',
  'x'.repeat(4096),
]
/** On the test DCs a number like this has the code 22222. */
const ALICE = '+9996621234'
const missed: readonly string[] = ['one', 'two', 'three', 'four 4️⃣', 'five']

async function main(): Promise<number> {
  const dc = startProgram('lib/cli/main.node.ts', [
    'dc',
    '--json',
    '--user',
    `${ALICE}:Alice`,
    '--layer-schema',
    'spec/vectors/schema-227.tl',
  ])
  const readyLine = await lineOf(dc, (line) => line.includes('"event":"ready"'))
  const ready = JSON.parse(readyLine) as Ready
  const folder = mkdtempSync(join(tmpdir(), 'rxgram-interop-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // The bot finds its DC where `npm start` would have left word of it.
  mkdirSync(join(folder, '.rxgram'))
  writeFileSync(join(folder, '.rxgram', 'dc.json'), readyLine, { mode: 0o600 })
  const bot = startProgram('examples/echo-bot.ts', [], folder)
  await lineOf(bot, (line) => line.length > 0)
  const username = ready.bots[0]!.username

  const alice = await Mtcute.create(ready)
  await alice.logIn(ALICE)
  const bob = await Mtcute.create(ready)
  await bob.signUp('+9996635678', 'Bob')

  let echoed = 0
  for (const [name, person] of [
    ['Alice (logged in)', alice],
    ['Bob (signed up)', bob],
  ] as const)
    for (const text of texts) {
      await person.client.sendText(username, text)
      const answer = await person.next(10)
      const same = answer === text
      if (same) echoed++
      console.log(
        `${same ? 'ok ' : 'BAD'} ${name}: ${JSON.stringify(text.length > 60 ? `${text.slice(0, 20)}... (${text.length} characters)` : text)}`,
      )
    }

  await alice.stop()
  const peer = await bob.client.resolvePhoneNumber(ALICE)
  for (const text of missed) await bob.client.sendText(peer, text)
  const fetches = countLines(dc, /"method":"updates\.getDifference"/)
  await alice.comeBack()
  let caughtUp = 0
  for (const text of missed) {
    const got = await alice.next(10)
    if (got === text) caughtUp++
    console.log(`${got === text ? 'ok ' : 'BAD'} Alice, back again: ${JSON.stringify(text)}`)
  }

  await alice.stop()
  await bob.stop()
  await stop(bot)
  const exit = await stop(dc)
  console.log(`\nechoed unchanged: ${echoed} of ${2 * texts.length}`)
  console.log(`missed and fetched by getDifference: ${caughtUp} of ${missed.length} (${fetches()} calls of it)`)
  if (exit !== 0) console.error(`expected the local DC to exit with 0, got ${exit}`)
  if (fetches() === 0) console.error('expected a call of updates.getDifference after the return, got none')
  return echoed === 2 * texts.length && caughtUp === missed.length && fetches() > 0 && exit === 0 ? 0 : 1
}

try {
  process.exit(await main())
} catch (error) {
  console.error(error)
  process.exit(1)
}
