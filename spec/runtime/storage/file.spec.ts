import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { StorageError } from '../../../lib/core/errors.ts'
import { fileStorage } from '../../../lib/runtime/storage/file.node.ts'
import { conforms, get, list, open, refusal, value, write } from './conformance.ts'
import { sessionFolder, withFaults } from './session-folder.ts'

const SECRET = 'c2VjcmV0'

describe('runtime/storage file', () => {
  const place = sessionFolder()
  const { storage, names } = place
  const modeOf = (name: string) => (fs.statSync(name).mode & 0o777).toString(8)

  conforms('a file', () => storage())

  describe('its file', () => {
    it('is text of a version, a record a line', async () => {
      const opened = await open(storage())
      await write(opened, value('a', [1n, Uint8Array.of(1, 2), undefined, -0, { $x: 1 }]), value('b', 'ü'))
      opened.close()
      expect(fs.readFileSync(place.path, 'utf8').split('\n')).to.deep.equal([
        '{"rxgram":1,"records":[',
        '["value","a",[{"$bigint":"1"},{"$bytes":"AQI="},{"$undefined":true},{"$number":"-0"},{"$$x":1}]],',
        '["value","b","ü"]',
        ']}',
        '',
      ])
    })

    it('is not written before there is something to write', async () => {
      const opened = await open(storage())
      await write(opened)
      opened.close()
      expect(names()).to.deep.equal([])
    })

    it('is its owner’s alone from the beginning, whatever the umask', async () => {
      const umask = process.umask(0)
      const modes: string[] = []
      try {
        const fileSystem = withFaults({
          fsync: (fd, done) => {
            const stat = fs.fstatSync(fd)
            if (stat.isFile()) modes.push((stat.mode & 0o777).toString(8))
            fs.fsync(fd, done)
          },
        })
        place.path = join(place.folder, 'new', 'folders', 'bot.session')
        const opened = await open(storage({ fileSystem }))
        await write(opened, value('a', 1))
        opened.close()
      } finally {
        process.umask(umask)
      }
      expect(modes).to.deep.equal(['600'])
      expect([
        modeOf(place.path),
        modeOf(join(place.folder, 'new')),
        modeOf(join(place.folder, 'new', 'folders')),
      ]).to.deep.equal(['600', '700', '700'])
    })

    it('is closed to others if it was open to them', async () => {
      fs.writeFileSync(place.path, '{"rxgram":1,"records":[]}', { mode: 0o644 })
      const opened = await open(storage())
      expect(modeOf(place.path)).to.equal('600')
      opened.close()
    })

    it('is brought to the disk before it is renamed, and the folder after', async () => {
      const order: string[] = []
      const fileSystem = withFaults({
        writeFile: (fd: number, text: string, done: fs.NoParamCallback) => {
          order.push('write')
          fs.writeFile(fd, text, done)
        },
        fsync: (fd, done) => {
          order.push(fs.fstatSync(fd).isFile() ? 'sync file' : 'sync folder')
          fs.fsync(fd, done)
        },
        renameSync: (from, to) => {
          order.push('rename')
          fs.renameSync(from, to)
        },
      })
      const opened = await open(storage({ fileSystem }))
      await write(opened, value('a', 1))
      opened.close()
      expect(order).to.deep.equal(['write', 'sync file', 'rename', 'sync folder'])
      expect(names()).to.deep.equal(['bot.session'])
    })

    it('is written once for all that came while it was being written', async () => {
      let renames = 0
      const fileSystem = withFaults({
        renameSync: (from, to) => {
          renames++
          fs.renameSync(from, to)
        },
      })
      const opened = await open(storage({ fileSystem }))
      await Promise.all(Array.from({ length: 100 }, (_, index) => write(opened, value(`${index}`, index))))
      expect(renames).to.equal(2)
      expect((await list(opened, 'value')).length).to.equal(100)
      opened.close()
      expect(renames).to.equal(2)
    })
  })

  describe('after a crash', () => {
    it('is the old one, and what was half written is gone', async () => {
      const opened = await open(storage())
      await write(opened, value('a', 1))
      opened.close()
      fs.writeFileSync(`${place.path}.new-0123456789ab`, '{"rxgram":1,"records":[["va')
      fs.writeFileSync(join(place.folder, 'other.new-1'), '')
      const again = await open(storage())
      expect(await get(again, 'value', 'a')).to.equal(1)
      expect(names()).to.deep.equal(['bot.session', 'other.new-1'])
      again.close()
      expect(place.faults).to.deep.equal([])
    })

    it('is the newest when it was closed in the middle of a write', async () => {
      let proceed = () => {}
      const written = new Promise<void>((resolve) => {
        proceed = resolve
      })
      const fileSystem = withFaults({
        // The first write hangs until the test lets it go on; what closing writes does not come here.
        fsync: (fd, done) => {
          written.then(() => fs.fsync(fd, done), expect.fail)
        },
      })
      const unlinked = new Promise<void>((resolve) => {
        fileSystem.unlink = (name: string, done: fs.NoParamCallback) =>
          fs.unlink(name, (error) => {
            done(error)
            resolve()
          })
      })
      const opened = await open(storage({ fileSystem }))
      const writes = [write(opened, value('a', 1)), write(opened, value('a', 2))]
      opened.close()
      await Promise.all(writes)
      const again = await open(storage())
      await write(again, value('b', 3))
      proceed()
      await unlinked
      again.close()
      const last = await open(storage())
      expect(await list(last, 'value')).to.deep.equal([
        ['a', 2],
        ['b', 3],
      ])
      last.close()
      expect(names()).to.deep.equal(['bot.session'])
    })
  })

  describe('damaged', () => {
    const line = `["value","a","${SECRET}"]`
    const key = `{"key":{"$bytes":"${SECRET}"},"timeOffset":0,"expiresAt":{"$undefined":true}}`
    const table: readonly { readonly text: string | Uint8Array; readonly why: string }[] = [
      { text: '', why: 'the file is empty' },
      { text: SECRET, why: 'expected JSON to the end' },
      { text: `{"rxgram":1,"records":[\n${line},\n["val`, why: 'expected JSON to the end' },
      { text: `{"rxgram":1,"records":[${line}]}${SECRET}`, why: 'expected JSON to the end' },
      { text: Uint8Array.of(0x7b, 0xff, 0x7d), why: 'expected UTF-8' },
      { text: `"${SECRET}"`, why: 'expected an object' },
      { text: 'null', why: 'expected an object' },
      { text: `{"records":[${line}]}`, why: 'expected {"rxgram":VERSION, got an object without version' },
      { text: `{"rxgram":"${SECRET}"}`, why: 'expected {"rxgram":VERSION, got an object without version' },
      { text: '{"rxgram":0}', why: 'expected {"rxgram":VERSION, got an object without version' },
      { text: '{"rxgram":1}', why: 'expected a list of records' },
      {
        text: `{"rxgram":1,"records":[${line},["value","${SECRET}"]]}`,
        why: 'expected [kind, key, value] as record 1',
      },
      { text: `{"rxgram":1,"records":[["value",1,"${SECRET}"]]}`, why: 'expected [kind, key, value] as record 0' },
      {
        text: `{"rxgram":1,"records":[["value","a",{"$bigint":"${SECRET}"}]]}`,
        why: 'expected tags that say something in record 0',
      },
      {
        text: `{"rxgram":1,"records":[["value","a",{"$${SECRET}":1}]]}`,
        why: 'expected tags that say something in record 0',
      },
      {
        text: `{"rxgram":1,"records":[["value","a",{"$bytes":"%"}]]}`,
        why: 'expected tags that say something in record 0',
      },
      {
        text: `{"rxgram":1,"records":[["value","a",{"$bytes":"","b":1}]]}`,
        why: 'expected tags that say something in record 0',
      },
      {
        text: `{"rxgram":1,"records":[["authKey","2",${key}]]}`,
        why: 'expected 256 bytes at authKey.key, got 6 bytes, in record 0',
      },
      {
        text: '{"rxgram":1,"records":[["self","self",{"id":1,"bot":0,"dc":2}]]}',
        why: 'expected true or false at self.bot, got number, in record 0',
      },
    ]
    for (const { text, why } of table)
      it(`as ${JSON.stringify(typeof text === 'string' ? text : [...text])} is set aside`, async () => {
        fs.writeFileSync(place.path, text)
        const opened = await open(storage())
        expect(await list(opened, 'value')).to.deep.equal([])
        const aside = `${place.path}.damaged-1`
        expect(place.faults.map((fault) => fault.message)).to.deep.equal([
          `the session file ${place.path} is damaged (${why}): it was set aside as ${aside}, and a new one begins empty`,
        ])
        expect(place.faults[0]).to.be.instanceOf(StorageError)
        expect(JSON.stringify([place.faults, String(place.faults[0]), place.faults[0]!.stack])).not.to.include(SECRET)
        expect(fs.readFileSync(aside)).to.deep.equal(Buffer.from(text))
        expect(modeOf(aside)).to.equal('600')
        await write(opened, value('a', 1))
        opened.close()
        expect(names()).to.deep.equal(['bot.session', 'bot.session.damaged-1'])
      })

    it('takes the next free name', async () => {
      for (const n of [1, 2, 4]) fs.writeFileSync(`${place.path}.damaged-${n}`, `${n}`)
      fs.writeFileSync(place.path, 'new damage')
      const opened = await open(storage())
      opened.close()
      expect(fs.readFileSync(`${place.path}.damaged-3`, 'utf8')).to.equal('new damage')
      expect(fs.readFileSync(`${place.path}.damaged-1`, 'utf8')).to.equal('1')
    })

    it('warns if nobody asked to be told', async () => {
      fs.writeFileSync(place.path, 'damage')
      const warned = new Promise<Error>((resolve) => {
        process.once('warning', resolve)
      })
      // Not printed: the report of the specs is to be read.
      const silenced = process.listeners('warning').filter((listener) => listener.name === 'onWarning')
      for (const listener of silenced) process.off('warning', listener)
      const opened = await open(fileStorage(place.path))
      const warning = await warned
      for (const listener of silenced) process.on('warning', listener)
      opened.close()
      expect(warning.message).to.match(/^the session file .* is damaged/)
    })
  })

  it('leaves a newer version alone, and says so', async () => {
    const text = `{"rxgram":2,"things":"${SECRET}"}`
    fs.writeFileSync(place.path, text)
    for (let time = 0; time < 2; time++) {
      const error = await refusal(storage())
      expect(error).to.be.instanceOf(StorageError)
      expect(error.message).to.equal(
        `expected a session file of version 1, got version 2 of a newer rxgram, at ${place.path}`,
      )
    }
    expect(fs.readFileSync(place.path, 'utf8')).to.equal(text)
    expect(place.faults).to.deep.equal([])
    expect(fs.readdirSync(place.folder)).to.deep.equal(['bot.session'])
  })

  it('keeps records and fields that it does not know', async () => {
    const self = '["self","self",{"id":1,"bot":true,"dc":2,"later":{"$bigint":"5"}}]'
    fs.writeFileSync(place.path, `{"rxgram":1,"records":[["later","x",{"$bytes":"AQ=="}],${self}]}`)
    const opened = await open(storage())
    await write(opened, value('a', 1))
    opened.close()
    expect(place.faults).to.deep.equal([])
    const text = fs.readFileSync(place.path, 'utf8')
    expect(text).to.include('["later","x",{"$bytes":"AQ=="}]')
    expect(text).to.include(self)
  })

  describe('symbolic links', () => {
    it('are followed, and stay, and lock what they point to', async () => {
      const target = join(place.folder, 'elsewhere', 'real.session')
      fs.symlinkSync(join('elsewhere', 'real.session'), place.path)
      const opened = await open(storage())
      await write(opened, value('a', 1))
      const direct = fileStorage(target)
      expect((await refusal(direct)).message).to.equal(
        `expected a session file that is free, got ${fs.realpathSync(target)} that this process has open`,
      )
      opened.close()
      expect(fs.lstatSync(place.path).isSymbolicLink()).to.equal(true)
      const again = await open(direct)
      expect(await get(again, 'value', 'a')).to.equal(1)
      again.close()
    })

    it('in a circle are refused', async () => {
      fs.symlinkSync('bot.session', place.path)
      const error = await refusal(storage())
      expect(error.message).to.equal(`expected at most 40 symbolic links, got more at ${place.path}`)
    })
  })

  describe('what it refuses', () => {
    it('is a folder in the place of the file', async () => {
      fs.mkdirSync(place.path)
      expect((await refusal(storage())).message).to.equal(`expected a file, got ${place.path} that is none`)
    })

    it('is a file in the place of its folder', async () => {
      fs.writeFileSync(place.path, '')
      const error = await refusal(fileStorage(join(place.path, 'deeper', 'bot.session')))
      expect(error).to.be.instanceOf(StorageError)
      expect(error.message).to.match(/^could not open .*: a part of the path is no folder \(ENOTDIR\)$/)
      expect((error.cause as NodeJS.ErrnoException).code).to.equal('ENOTDIR')
    })
  })
})
