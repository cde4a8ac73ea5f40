import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { firstValueFrom } from 'rxjs'
import { type Clock, systemClock } from '../../../lib/runtime/rx/clock.ts'
import { fileStorage } from '../../../lib/runtime/storage/file.node.ts'
import { type FileLock, fileLock } from '../../../lib/runtime/storage/file-lock.node.ts'
import { failure, get, open, refusal, value, write } from './conformance.ts'
import { type Holder, holder } from './process.ts'

describe('runtime/storage file lock', function () {
  // Processes take their time to start on a busy machine.
  this.timeout(30_000)

  let folder: string
  let path: string
  const started: Holder[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rxgram-'))
    path = join(folder, 'bot.session')
  })
  afterEach(async () => {
    for (const each of started.splice(0)) await each.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  async function start(place?: 'kernel'): Promise<Holder> {
    const each = await holder(path, place)
    started.push(each)
    return each
  }

  const take = (place?: 'beside' | 'kernel', clock: Clock = systemClock): Promise<FileLock> =>
    firstValueFrom(fileLock(path, { clock, place }))

  it('is refused while another process has it, by name, and had when that one closes', async () => {
    const other = await start()
    expect(await other.tell('open')).to.equal('open')
    const error = await refusal(fileStorage(path))
    expect(error.name).to.equal('StorageError')
    expect(error.message).to.equal(
      `expected a session file that is free, got ${path} that process ${other.pid} has open`,
    )
    expect(await other.tell('close')).to.equal('closed')
    const opened = await open(fileStorage(path))
    expect(await other.tell('open')).to.equal(
      `refused: expected a session file that is free, got ${path} that process ${process.pid} has open`,
    )
    opened.close()
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('dies with its holder, even if that is killed', async () => {
    const other = await start()
    await other.tell('open')
    await other.kill('SIGKILL')
    started.pop()
    expect(readdirSync(folder).filter((name) => name.includes('.lock-')).length).to.equal(1)
    const opened = await open(fileStorage(path))
    await write(opened, value('a', 1))
    expect(await get(opened, 'value', 'a')).to.equal(1)
    opened.close()
    expect(readdirSync(folder)).to.deep.equal(['bot.session'])
  })

  it('is refused by a holder that is too busy to answer', async () => {
    const other = await start()
    await other.tell('open')
    other.stop()
    // Time that flies, so that its silence is short.
    const impatient: Clock = { ...systemClock, after: (delay) => systemClock.after(delay / 100) }
    const error = await failure(take('beside', impatient))
    expect(error.message).to.equal(`expected a session file that is free, got ${path} that another process has open`)
  })

  it('goes to exactly one of many that want it at once', async () => {
    const contenders = await Promise.all([start(), start(), start()])
    for (let round = 0; round < 15; round++) {
      const answers = await Promise.all(contenders.map((each) => each.tell('open')))
      expect(answers.filter((answer) => answer === 'open').length, answers.join('\n')).to.equal(1)
      for (const answer of answers) expect(answer).to.match(/^open$|^refused: .* that process \d+ has open$/)
      await Promise.all(contenders.map((each) => each.tell('close')))
    }
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('goes to exactly one of many within a process', async () => {
    for (let round = 0; round < 20; round++) {
      const tries = await Promise.allSettled([take(), take(), take(), take()])
      const had = tries.filter((each) => each.status === 'fulfilled')
      expect(had.length).to.equal(1)
      had[0]!.value.release()
    }
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('is given up when left before it is had', async () => {
    for (let round = 0; round < 5; round++)
      fileLock(path, { clock: systemClock }).subscribe({ error: expect.fail }).unsubscribe()
    const lock = await take()
    lock.release()
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('does not touch what only looks like a lock', async () => {
    const names = ['bot.session.lock-', 'bot.session.lock-123', 'bot.session.lock-xxxxxxxxxxxx', 'b.lock-0123456789ab']
    for (const name of names) writeFileSync(join(folder, name), '')
    const lock = await take()
    lock.release()
    expect(readdirSync(folder)).to.deep.equal(names.sort())
  })

  it('works where the folders have more characters than a socket’s address', async () => {
    const deep = join(folder, 'd'.repeat(100), 'e'.repeat(100))
    mkdirSync(deep, { recursive: true })
    path = join(deep, 'bot.session')
    const lock = await take()
    expect(readdirSync(deep).length).to.equal(1)
    expect((await failure(take())).message).to.include(`process ${process.pid} has open`)
    lock.release()
    expect(readdirSync(deep)).to.deep.equal([])
  })

  for (const length of [120, 230])
    it(`works where the path has ${length} characters in one name`, async () => {
      path = join(folder, 'p'.repeat(length))
      const lock = await take()
      expect((await failure(take())).message).to.include(`process ${process.pid} has open`)
      lock.release()
      expect(readdirSync(folder)).to.deep.equal([])
    })

  describe('by a name of the kernel', () => {
    it('is refused while another process has it, and had when that one is killed', async () => {
      const other = await start('kernel')
      expect(await other.tell('open')).to.equal('open')
      expect((await failure(take('kernel'))).message).to.include(`that process ${other.pid} has open`)
      await other.kill('SIGKILL')
      started.pop()
      const lock = await take('kernel')
      expect((await failure(take('kernel'))).message).to.include(`that process ${process.pid} has open`)
      lock.release()
      expect(readdirSync(folder)).to.deep.equal([])
    })
  })

  it('takes a stranger that answers nonsense for a holder', async () => {
    const stranger = createServer((socket) => socket.end('hello there\n'))
    const listening = new Promise((resolve) => stranger.once('listening', resolve))
    stranger.listen(`${path}.lock-0123456789ab`)
    await listening
    expect((await failure(take())).message).to.include('that another process has open')
    await new Promise((resolve) => stranger.close(resolve))
  })
})
