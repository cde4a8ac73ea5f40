import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { dcArguments } from '../../lib/cli/dc-arguments.node.ts'
import { UsageError } from '../../lib/core/errors.ts'

describe('the arguments of rxgram dc', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rxgram-'))
  const file = join(folder, 'a file.txt')
  writeFileSync(file, 'contents')
  after(() => rmSync(folder, { recursive: true }))

  it('may be none', () => {
    const { options, json, help } = dcArguments([])
    expect([json, help]).to.deep.equal([false, false])
    expect(Object.values(options).filter((value) => value !== undefined)).to.deep.equal([])
  })

  it('are all understood', () => {
    const { options, json } = dcArguments([
      '--host',
      '0.0.0.0',
      '--port',
      '100',
      '--ws-port=200',
      '--dcs',
      '3',
      '--json',
      '--listen',
      '2=127.0.0.1:5',
      '--listen',
      '3=[::1]:6',
      '--private-key',
      file,
      '--user',
      '+9996621111:Ann: the first',
      '--user',
      '9996632222:Bob',
      '--bot',
      '7:a-b:some_bot',
      '--layer-schema',
      file,
      '--layer-schema',
      `224=${file}`,
      '--mtproxy-secret',
      'dd000102030405060708090a0b0c0d0e0f',
    ])
    expect(json).to.equal(true)
    expect(options).to.deep.equal({
      host: '0.0.0.0',
      port: 100,
      wsPort: 200,
      dcs: 3,
      privateKey: 'contents',
      mtproxySecrets: ['dd000102030405060708090a0b0c0d0e0f'],
      listen: [
        {
          dc: 2,
          host: '127.0.0.1',
          port: 5,
        },
        {
          dc: 3,
          host: '::1',
          port: 6,
        },
      ],
      users: [
        {
          phone: '+9996621111',
          firstName: 'Ann: the first',
        },
        {
          phone: '9996632222',
          firstName: 'Bob',
        },
      ],
      bots: [
        {
          token: '7:a-b',
          username: 'some_bot',
        },
      ],
      layerSchemas: [
        {
          layer: undefined,
          text: 'contents',
        },
        {
          layer: 224,
          text: 'contents',
        },
      ],
    })
    expect(dcArguments(['-h']).help).to.equal(true)
  })

  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['--nonsense'], /expected one of --host, .*--help, got --nonsense/],
    [['word'], /expected options alone, got word/],
    [['--port'], /--port: expected a value, got none/],
    [['--port', 'x'], /--port: expected a whole number, got x/],
    [['--dcs', '1.5'], /--dcs: expected a whole number/],
    [['--json=no'], /--json: expected no value, got one/],
    [['--port', '--json'], /--port: expected a value, got none/],
    [['--host', ''], /--host: expected a host/],
    [['--listen', '127.0.0.1:5'], /--listen: expected DC=HOST:PORT, got 127.0.0.1:5/],
    [['--user', '+9996621111'], /--user: expected PHONE:FIRST_NAME/],
    [['--user', ':Ann'], /--user: expected PHONE:FIRST_NAME/],
    [['--bot', 'secret:name'], /--bot: expected TOKEN:USERNAME/],
    [['--bot', '7:secret:'], /--bot: expected TOKEN:USERNAME/],
    [
      ['--private-key', '/nowhere/at/all'],
      /--private-key: expected a file that can be read, got \/nowhere\/at\/all \(ENOENT\)/,
    ],
    [['--layer-schema', '5=/nowhere/at/all'], /--layer-schema: expected a file/],
    [['--layer-schema', ''], /--layer-schema: expected \[N=\]FILE/],
  ]
  for (const [args, message] of wrong)
    it(`are refused: ${args.join(' ')}`, () => {
      expect(() => dcArguments(args)).to.throw(UsageError, message)
      // The name of an option may say secret; a value may not be repeated.
      expect(() => dcArguments(args)).to.not.throw(/(?<!mtproxy-)secret/)
    })
})
