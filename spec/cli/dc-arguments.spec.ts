import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { asTyped, dcArguments } from '../../lib/cli/dc-arguments.node.ts'
import { UsageError } from '../../lib/core/errors.ts'

describe('the arguments of rxgram dc', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rxgram-'))
  const file = join(folder, 'a file.txt')
  writeFileSync(file, 'contents')
  after(() => rmSync(folder, { recursive: true }))

  it('may be none', () => {
    const { options, json, trace, help } = dcArguments([])
    expect([json, trace, help]).to.deep.equal([false, false, false])
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
    const { options: traced, trace } = dcArguments(['--trace'])
    expect([traced.trace, trace]).to.deep.equal([true, true])
  })

  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['--nonsense'], /expected one of --host, .*--help, got --nonsense/],
    [['word'], /expected options alone, got word/],
    [['1:secret:bot_a'], /expected options alone, got one with a colon/],
    [['--bot', '7:secret:bot_a', '8:secret:bot_b'], /expected options alone, got one with a colon/],
    [['--bots=7:secret:bot_a'], /expected one of .*, got --bots$/],
    [['--port=7:secret'], /--port: expected a whole number from 0 to 65535, got one with a colon/],
    [['--port'], /--port: expected a whole number from 0 to 65535, got nothing/],
    [['--port='], /--port: expected a whole number from 0 to 65535, got nothing/],
    [['--port', '-1'], /--port: expected a whole number from 0 to 65535, got -1 \(write --port=VALUE/],
    [['--port=-1'], /--port: expected a whole number from 0 to 65535, got -1$/],
    [['--bot', '-7:secret:bot_a'], /--bot: expected TOKEN:USERNAME, got one with a colon/],
    [['--port', 'x'], /--port: expected a whole number from 0 to 65535, got x/],
    [['--dcs', '1.5'], /--dcs: expected a whole number from 1 to 1000, got 1.5/],
    [['--json=no'], /--json: expected no value, got one/],
    [['--port', '--json'], /--port: expected a whole number from 0 to 65535, got --json/],
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
  it('are named as they were typed in what the local DC says of them', () => {
    const args = ['--listen', '1=h:99999', '--private-key', file, '--layer-schema', file, '--layer-schema', `5=${file}`]
    const { typed } = dcArguments([...args, '--user', '1:secret:x', '--bot', '7:secret:x'])
    const rows: readonly (readonly [string, string])[] = [
      ['port: expected x', '--port: expected x'],
      [
        'wsPort: expected ports apart from 1 to 2 of port, got 2 to 3',
        '--ws-port: expected ports apart from 1 to 2 of --port, got 2 to 3',
      ],
      ['dcs: expected x', '--dcs: expected x'],
      ['listen[0]: expected x', '--listen 1=h:99999: expected x'],
      ['privateKey: expected x', `--private-key ${file}: expected x`],
      ['users[0]: expected x', '--user: expected x'],
      ['bots[0]: expected x', '--bot: expected x'],
      ['layerSchemas[0]: expected x', `--layer-schema ${file}: expected x`],
      ['layerSchemas[1]: expected x', `--layer-schema 5=${file}: expected x`],
      ['anything else', 'anything else'],
    ]
    for (const [message, expected] of rows) expect(asTyped(message, typed)).to.equal(expected)
  })

  for (const [args, message] of wrong)
    it(`are refused: ${args.join(' ')}`, () => {
      expect(() => dcArguments(args)).to.throw(UsageError, message)
      // The name of an option may say secret; a value may not be repeated.
      expect(() => dcArguments(args)).to.not.throw(/(?<!mtproxy-)secret/)
    })
})
