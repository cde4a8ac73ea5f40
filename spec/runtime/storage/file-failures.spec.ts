import * as fs from 'node:fs'
import { expect } from 'chai'
import { StorageError } from '../../../lib/core/errors.ts'
import type { FileSystem } from '../../../lib/runtime/storage/durable-file.node.ts'
import { failure, list, open, value, write } from './conformance.ts'
import { sessionFolder, systemError, withFaults } from './session-folder.ts'

describe('runtime/storage file: a write that fails', () => {
  const place = sessionFolder()
  const { storage, names } = place

  const failing: readonly {
    readonly what: string
    readonly code: string
    readonly reason: string
    fault(): Partial<FileSystem>
  }[] = [
    {
      what: 'when the temporary file can not be made',
      code: 'EACCES',
      reason: 'not permitted',
      fault: () => ({
        open: (_path, _flags, _mode, done) => done(systemError('EACCES'), -1),
      }),
    },
    {
      what: 'when the disk is full',
      code: 'ENOSPC',
      reason: 'no space is left on the device',
      fault: () => ({
        writeFile: (_fd: number, _text: string, done: fs.NoParamCallback) => done(systemError('ENOSPC')),
      }),
    },
    {
      what: 'when the disk says so late',
      code: 'EIO',
      reason: 'the device failed',
      fault: () => ({ fsync: (_fd, done) => done(systemError('EIO')) }),
    },
    {
      what: 'when it can not be renamed',
      code: 'EROFS',
      reason: 'the file system is read-only',
      fault: () => ({
        renameSync: () => {
          throw systemError('EROFS')
        },
      }),
    },
  ]
  for (const { what, code, reason, fault } of failing)
    it(`${what} changes nothing, and the next one may do`, async () => {
      const fileSystem = withFaults({})
      const opened = await open(storage({ fileSystem }))
      await write(opened, value('a', 1), value('gone', 1))
      Object.assign(fileSystem, fault())
      const failed = write(opened, value('a', 2), value('b', 2), value('gone', undefined))
      const error = await failure(failed)
      expect(error).to.be.instanceOf(StorageError)
      expect(error.message).to.equal(`could not write ${place.path}: ${reason} (${code})`)
      expect((error.cause as NodeJS.ErrnoException).code).to.equal(code)
      expect(await list(opened, 'value')).to.deep.equal([
        ['a', 1],
        ['gone', 1],
      ])
      Object.assign(fileSystem, fs)
      await write(opened, value('c', 3))
      opened.close()
      const again = await open(storage())
      expect((await list(again, 'value')).map(([key]) => key)).to.deep.equal(['a', 'gone', 'c'])
      again.close()
      expect(place.faults).to.deep.equal([])
      expect(names()).to.deep.equal(['bot.session'])
    })

  it('takes nothing back of a later one', async () => {
    const fileSystem = withFaults({ fsync: (_fd, done) => setImmediate(() => done(systemError('ENOSPC'))) })
    const opened = await open(storage({ fileSystem }))
    const first = write(opened, value('a', 1), value('b', 1))
    const second = write(opened, value('b', 2))
    await failure(first)
    fileSystem.fsync = fs.fsync
    await second
    expect(await list(opened, 'value')).to.deep.equal([['b', 2]])
    opened.close()
  })

  it('is told to onFault when its caller has left, also on closing', async () => {
    const fileSystem = withFaults({ fsync: (_fd, done) => setImmediate(() => done(systemError('ENOSPC'))) })
    fileSystem.writeFileSync = () => {
      throw systemError('EDQUOT')
    }
    const opened = await open(storage({ fileSystem }))
    opened.store
      .write([value('a', 1)])
      .subscribe({ error: expect.fail })
      .unsubscribe()
    await failure(write(opened, value('b', 1)))
    opened.store
      .write([value('a', 1)])
      .subscribe({ error: expect.fail })
      .unsubscribe()
    opened.close()
    expect(place.faults.map((fault) => fault.message)).to.deep.equal([
      `could not write ${place.path}: no space is left on the device (ENOSPC)`,
      `could not write ${place.path}: the quota is used up (EDQUOT)`,
    ])
    const again = await open(storage())
    expect(await list(again, 'value')).to.deep.equal([])
    again.close()
  })
})
