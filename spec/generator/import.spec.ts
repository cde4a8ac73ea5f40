import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { main } from '../../generator/import.ts'
import { normalForm } from '../../generator/normal-form.ts'
import { UsageError } from '../../lib/core/errors.ts'

const file = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

describe('the normal form', () => {
  for (const name of [
    '../../schema/api.tl',
    '../../schema/mtproto.tl',
    '../vectors/schema-224.tl',
    '../vectors/schema-227.tl',
  ]) {
    it(`of ${name.replace(/^[./]+/, '')} is that file itself`, () => {
      const text = file(name)
      expect(normalForm(text).text === text).to.equal(true)
    })
  }

  it('is definitions alone, sorted, with ids of eight digits', () => {
    const text = `
      int ? = Int;  // LAYER 12
---types---
zebra.stripe = zebra.Stripe;
user#74e5ad7d /* the same user */
  id:long   = User;
userEmpty = User; // nobody
---functions---
users.get {X:Type} q:!X = X;
account.end = User;
ping = User;
// LAYER 12
`
    expect(normalForm(text).text).to.equal(`// LAYER 12

---types---

user#74e5ad7d id:long = User;
userEmpty#ed979fa1 = User;

zebra.stripe#4d8670b1 = zebra.Stripe;

---functions---

ping#4ca59bb1 = User;

account.end#6d0e8822 = User;

users.get#e7c003e4 {X:Type} q:!X = X;
`)
  })

  it('has its layer from the text, or as it is told', () => {
    expect(normalForm('// LAYER 3\na = A;').layer).to.equal(3)
    expect(normalForm('a = A;', 4).text).to.match(/^\/\/ LAYER 4\n\n---types---\n/)
    expect(normalForm('a = A;').text).to.match(/^---types---\n/)
  })

  it('leaves out of a service schema what is read by hand', () => {
    const text = `resPQ nonce:int128 = ResPQ;
rpc_result#f35c6d01 req_msg_id:long result:Object = RpcResult;
gzip_packed#3072cfa1 packed_data:string = Object;`
    const form = normalForm(text)
    expect(form.isService).to.equal(true)
    expect(form.byHand).to.deep.equal(['rpc_result', 'gzip_packed'])
    expect(form.computed).to.deep.equal(['resPQ'])
    expect(form.definitions).to.equal(1)
  })

  it('refuses an id that disagrees with its text, naming the line', () => {
    expect(() => normalForm('a = A;\n\nuserEmpty#d3bc4b7b id:long = User;')).to.throw(
      UsageError,
      'line 3: userEmpty has the id #d3bc4b7b, but its text gives #d3bc4b7a',
    )
  })

  it('lets the known exceptions pass, with that id only', () => {
    const exception = (id: string) => `ipPortSecret#${id} ipv4:int port:int secret:bytes = IpPort;`
    expect(normalForm(exception('37982646')).text).to.include('ipPortSecret#37982646 ')
    expect(() => normalForm(exception('37982647'))).to.throw(UsageError, 'line 1: ipPortSecret has the id #37982647')
    const rule = 'accessPointRule#4679b65f phone_prefix_rules:string dc_id:int ips:vector<IpPort> = AccessPointRule;'
    const config = 'help.configSimple#5a592a6c date:int expires:int rules:vector<AccessPointRule> = help.ConfigSimple;'
    expect(normalForm(exception('37982646') + rule + config).definitions).to.equal(3)
  })

  it('refuses a schema that makes no sense', () => {
    expect(() => normalForm('a b:Missing = A;')).to.throw(UsageError, 'line 1: a uses the type Missing')
  })
})

describe('the importer\u2019s command line', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'rxgram-import-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const run = (...args: string[]) => {
    const out: string[] = []
    const err: string[] = []
    const code = main(
      args,
      (line) => out.push(line),
      (line) => err.push(line),
    )
    return { code, out: out.join('\n'), err: err.join('\n') }
  }
  const written = (text: string) => {
    const name = join(folder, 'in.tl')
    writeFileSync(name, text)
    return name
  }

  it('writes the normal form and says what it did', () => {
    const to = join(folder, 'out.tl')
    const { code, out } = run(written('b = A; a = A;'), '--layer', '5', '--to', to)
    expect(code).to.equal(0)
    expect(out).to.equal(`${to}: layer 5, 2 definitions\nids computed: b, a`)
    expect(readFileSync(to, 'utf8')).to.match(
      /^\/\/ LAYER 5\n\n---types---\n\na#[0-9a-f]{8} = A;\nb#[0-9a-f]{8} = A;\n\n---functions---\n\n$/,
    )
  })

  it('ends with 2 for a bad schema, and writes nothing', () => {
    const to = join(folder, 'not.tl')
    const { code, err } = run(written('a = A;\nb#1 = A;'), '--layer', '5', '--to', to)
    expect(code).to.equal(2)
    expect(err).to.match(/in\.tl: line 2: b has the id #00000001, but its text gives #[0-9a-f]{8}$/)
    expect(() => readFileSync(to)).to.throw()
  })

  it('asks for a layer that it can\u2019t see', () => {
    const { code, err } = run(written('a = A;'))
    expect(code).to.equal(2)
    expect(err).to.include('expected a layer')
  })

  const bad: readonly (readonly [readonly string[], string])[] = [
    [[], 'expected a FILE'],
    [['a.tl', 'b.tl'], 'expected one FILE, --layer N and --to FILE, got b.tl'],
    [['a.tl', '--layer', 'x'], 'expected a number after --layer, got x'],
    [['a.tl', '--to'], 'expected a file after --to'],
    [['--nonsense'], 'got --nonsense'],
    [['/does/not/exist.tl'], 'no such file'],
  ]
  for (const [args, message] of bad) {
    it(`ends with 2 for: ${args.join(' ')}`, () => {
      const { code, err } = run(...args)
      expect(err).to.include(message)
      expect(code).to.equal(2)
    })
  }

  it('explains itself', () => {
    expect(run('--help').out).to.include('npm run schema:import -- FILE')
  })
})
