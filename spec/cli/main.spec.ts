import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { getConfigRequest } from '../../lib/api/help.ts'
import { tcp } from '../../lib/runtime/transport/tcp.node.ts'
import { RawClient, wrapped } from '../support/raw-client.ts'

const root = join(import.meta.dirname, '..', '..')

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** The command as a process of its own, with what it prints. */
class Command {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  #out = ''
  #err = ''
  #waiting: (() => void)[] = []

  constructor(...given: readonly (string | { readonly preload: string })[]) {
    const args = given.filter((arg) => typeof arg === 'string')
    const first = given.flatMap((arg) =>
      typeof arg === 'string' ? [] : ['--import', `data:text/javascript,${encodeURIComponent(arg.preload)}`],
    )
    const node = ['--conditions=rxgram-source', ...first, '--import', 'tsx', 'lib/cli/main.node.ts', ...args]
    this.#child = spawn(process.execPath, node, { cwd: root })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => this.#heard(() => (this.#out += text)))
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => this.#heard(() => (this.#err += text)))
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        this.#heard(() => '')
        resolve({ code, signal, out: this.#out, err: this.#err })
      })
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async line(index: number): Promise<string> {
    const lines = () => this.#out.split('\n')
    while (lines().length <= index + 1 && this.#child.exitCode === null) await this.#next()
    return lines()[index]!
  }

  async error(text: string): Promise<void> {
    while (!this.#err.includes(text)) await this.#next()
  }

  #next(): Promise<void> {
    return new Promise((wake) => void this.#waiting.push(wake))
  }

  #heard(note: () => string): void {
    note()
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

describe('the rxgram command', function () {
  // Processes start slowly on a busy machine.
  this.timeout(30_000)

  it('runs a local DC until it is told to stop', async () => {
    const command = new Command('dc', '--json', '--user', '+9996621111:Ann', '--bot', '7:abc:some_bot')
    const ready = JSON.parse(await command.line(0)) as {
      dcs: { id: number; host: string; port: number }[]
      publicKeyPem: string
    }
    expect(ready).to.deep.include({ event: 'ready', apiId: 1, bots: [{ id: 7, username: 'some_bot', token: '7:abc' }] })
    const client = new RawClient(ready)
    await client.connect(tcp(), { dc: 1, ...ready.dcs[0]! })
    await client.handshake()
    expect((await client.call(getConfigRequest())).thisDc).to.equal(1)
    expect(JSON.parse(await command.line(1))).to.deep.include({ event: 'opened', dc: 1 })
    expect(JSON.parse(await command.line(2))).to.deep.include({ event: 'call', method: 'help.getConfig' })
    client.wraps = false
    for (let turn = 0; turn < 2; turn++) await client.call(wrapped(getConfigRequest(), 300)).catch(() => {})
    await command.error('layer 300')
    command.signal('SIGTERM')
    const { code, signal, err } = await command.ended
    expect([code, signal]).to.deep.equal([0, null])
    expect(err.match(/layer 300/g)).to.have.length(1)
  })

  it('prints every message and call of those who connect, with --trace', async () => {
    const command = new Command('dc', '--trace')
    let address: RegExpExecArray | null = null
    let pem = ''
    for (let index = 0, isPem = false; !(await command.line(index)).startsWith('Clients'); index++) {
      const line = await command.line(index)
      address ??= /DC 1 +([\d.]+):(\d+)/.exec(line)
      isPem ||= line.startsWith('-----BEGIN')
      if (isPem) pem += `${line}\n`
      isPem &&= !line.startsWith('-----END')
    }
    const client = new RawClient({ publicKeyPem: pem })
    await client.connect(tcp(), { dc: 1, host: address![1]!, port: Number(address![2]) })
    await client.handshake()
    await client.call(getConfigRequest())
    client.disconnect()
    command.signal('SIGINT')
    const { code, out } = await command.ended
    expect(code).to.equal(0)
    for (const told of [
      /^[\d:.]{12} connection 1 to DC 1 opened by 127/m,
      /session [\da-f]{6} > help\.getConfig, \d+, \d+ bytes, connection 1$/m,
      /session [\da-f]{6} {3}help\.getConfig of nobody ran \d+ ms: config, \d+$/m,
      /session [\da-f]{6} < rpc_result of help\.getConfig \d+, \d+, \d+ bytes/m,
    ])
      expect(out).to.match(told)
  })

  it('prints for people, and stops at SIGINT', async () => {
    const command = new Command('dc')
    expect(await command.line(0)).to.include('The local DC is running')
    command.signal('SIGINT')
    const { code, out, err } = await command.ended
    expect([code, err]).to.deep.equal([0, ''])
    expect(out).to.include('BEGIN RSA PUBLIC KEY')
  })

  it('ends with 2 for what it does not understand, and says what it expected', async () => {
    const wrong = [['dc', '--port', 'x'], ['dc', '--user', '+1:A'], ['nonsense'], []]
    const all = await Promise.all(wrong.map((args) => new Command(...args).ended))
    expect(all.map(({ code, out }) => [code, out])).to.deep.equal(wrong.map(() => [2, '']))
    for (const { err } of all) expect(err).to.include('expected')
  })

  it('names options as they were typed', async () => {
    const rows: readonly (readonly [readonly string[], RegExp])[] = [
      [['--port', '70000'], /dc: --port: expected a whole number from 0 to 65535, got 70000\n/],
      [['--dcs', '2', '--port', '45700', '--ws-port', '45701'], /dc: --ws-port: .* of --port, got 45701 to 45702\n/],
      [['--listen', '3=h:1'], /dc: --listen 3=h:1: expected DC 1, the only one, got 3\n/],
      [['--private-key', 'package.json'], /dc: --private-key package.json: .*expected/],
      [['--layer-schema', 'package.json'], /dc: --layer-schema package.json: .*expected/],
    ]
    const all = await Promise.all(rows.map(([args]) => new Command('dc', ...args).ended))
    for (const [index, { code, err }] of all.entries()) {
      expect(code).to.equal(2)
      expect(err).to.match(rows[index]![1])
    }
  })

  it('ends with 0 when a signal comes before it is ready', async () => {
    // The signal comes with the first handler, which must be there before anything large is loaded.
    const preload = `import { Module } from 'node:module'
      process.once('newListener', function listen(event) {
        if (event !== 'SIGTERM') return process.once('newListener', listen)
        process.exitCode = Object.keys(Module._cache).some((path) => path.includes('/rxjs/')) ? 3 : 0
        setImmediate(() => process.kill(process.pid, 'SIGTERM'))
      })`
    const command = new Command({ preload }, 'dc')
    const { code, signal } = await command.ended
    expect([code, signal]).to.deep.equal([0, null])
  })

  it('ends with 1 when it can not listen', async () => {
    const first = new Command('dc', '--json')
    const { dcs } = JSON.parse(await first.line(0)) as { dcs: { port: number }[] }
    const { code, err } = await new Command('dc', '--port', String(dcs[0]!.port)).ended
    expect(code).to.equal(1)
    expect(err).to.include(String(dcs[0]!.port))
    first.signal('SIGTERM')
    expect((await first.ended).code).to.equal(0)
  })

  it('tells how it is used, and its version', async () => {
    const [help, dcHelp, version] = await Promise.all([
      new Command('--help').ended,
      new Command('dc', '--help').ended,
      new Command('--version').ended,
    ])
    expect([help.code, dcHelp.code, version.code]).to.deep.equal([0, 0, 0])
    expect(help.out).to.include('dc')
    for (const option of [
      '--host',
      '--port',
      '--ws-port',
      '--dcs',
      '--listen',
      '--private-key',
      '--user',
      '--bot',
      '--layer-schema',
      '--json',
    ])
      expect(dcHelp.out).to.include(option)
    expect(version.out).to.match(/^\d+\.\d+\.\d+\n$/)
  })
})
