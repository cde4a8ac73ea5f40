import { expect } from 'chai'
import { RpcError, TransportError } from '../../lib/core/errors.ts'
import { populate } from '../../lib/local-dc/populate.ts'
import { send } from '../../lib/local-dc/world/send.ts'
import { Auditor, type CallKind, idIn, tagOf } from './auditor.ts'
import { Random } from './random.ts'
import { Reached } from './reached.ts'
import { SimulatedTime } from './simulated-time.ts'

const source = new Random(1)
const env = { now: 1_800_000_000_000, elapsed: 0, random: (length: number) => source.bytes(length) }

/** An auditor that has heard of one call. */
function hearing(kind: CallKind = 'write') {
  const time = new SimulatedTime()
  const auditor = new Auditor({ time, reached: new Reached() })
  const { world, users } = populate({ users: [{ phone: '+9996610000', firstName: 'P' }], bots: [] }, env)
  const method = { read: 'help.getDeepLinkInfo', write: 'help.editUserInfo', send: 'messages.sendMessage' }[kind]
  auditor.begins({ id: 1, client: 'c0', kind, method })
  const runs = (messageId = 4n) =>
    auditor.executed({ method, params: { message: `${tagOf(1)}x` }, session: 's', messageId, user: undefined })
  const sends = (randomId: bigint, text = tagOf(1)) => {
    const account = world.accounts.get(users[0]!.id)!
    return send(world, env, account, account, { content: { text, entities: undefined, markup: undefined }, randomId })
      .copy.id
  }
  const rules = () => {
    auditor.finish(world)
    return auditor.violations.map(({ rule }) => rule)
  }
  return { time, auditor, runs, sends, rules }
}

describe('the auditor', () => {
  it('knows a call by its tag', () => {
    expect(idIn(`${tagOf(12)}200;xyz`)).to.equal(12)
    expect(idIn('hello')).to.equal(undefined)
  })

  it('has nothing against calls that run once and are answered, refused, or given up', () => {
    const answered = hearing()
    answered.runs()
    answered.auditor.answered(1)
    expect(answered.rules()).to.deep.equal([])
    const refused = hearing()
    refused.runs()
    refused.auditor.failed(1, new RpcError(500, 'OOPS', 'help.editUserInfo'))
    expect(refused.rules()).to.deep.equal([])
    const cancelled = hearing()
    cancelled.auditor.cancelled(1)
    cancelled.runs()
    expect(cancelled.rules()).to.deep.equal([])
  })

  it('catches a call that never ends', () => {
    const { auditor, rules } = hearing()
    expect(auditor.open).to.equal(1)
    expect(auditor.openCalls()).to.have.length(1)
    expect(rules()).to.deep.equal(['end'])
  })

  it('catches a call that ends twice, and one that speaks after it was cancelled', () => {
    const { auditor, rules } = hearing()
    auditor.cancelled(1)
    auditor.answered(1)
    expect(rules()).to.deep.equal(['once'])
  })

  it('catches a wrong answer, and an error that is none of the library', () => {
    const wrong = hearing('read')
    wrong.auditor.answered(1, { wrong: 'another' })
    expect(wrong.rules()).to.deep.equal(['answers'])
    const bug = hearing('read')
    bug.auditor.failed(1, new TypeError('oops'))
    expect(bug.rules()).to.deep.equal(['errors'])
  })

  it('catches a call that may not be repeated and ran twice; one that may be runs as often as it likes', () => {
    const write = hearing('write')
    write.runs(4n)
    write.runs(8n)
    write.auditor.answered(1)
    expect(write.rules()).to.deep.equal(['once'])
    const read = hearing('read')
    read.runs(4n)
    read.runs(8n)
    read.auditor.answered(1)
    expect(read.rules()).to.deep.equal([])
  })

  it('catches a call that ended unsent and ran', () => {
    const { auditor, runs, rules } = hearing('read')
    runs()
    auditor.failed(1, new TransportError('x', 'unsent'))
    expect(rules()).to.deep.equal(['unsent'])
    const unknown = hearing()
    unknown.runs()
    unknown.auditor.failed(1, new TransportError('x', 'unknown'))
    expect(unknown.rules()).to.deep.equal([])
  })

  it('catches a send that became two messages, none, or another than it was told', () => {
    const fine = hearing('send')
    fine.runs(4n)
    fine.runs(8n)
    const id = fine.sends(5n)
    fine.sends(5n)
    fine.auditor.answered(1, { message: id })
    expect(fine.rules()).to.deep.equal([])
    const twice = hearing('send')
    const first = twice.sends(5n)
    twice.sends(6n)
    twice.auditor.answered(1, { message: first })
    expect(twice.rules()).to.deep.equal(['sends'])
    const none = hearing('send')
    none.auditor.answered(1, { message: 1 })
    expect(none.rules()).to.deep.equal(['sends'])
    const other = hearing('send')
    other.sends(5n)
    other.auditor.answered(1, { message: 77 })
    expect(other.rules()).to.deep.equal(['sends'])
  })

  it('catches an update that is told twice to one client', () => {
    const { auditor, rules } = hearing()
    auditor.answered(1)
    auditor.told('c0', 'push 1')
    auditor.told('c1', 'push 1')
    expect(auditor.violations).to.deep.equal([])
    auditor.told('c0', 'push 1')
    expect(rules()).to.deep.equal(['updates'])
  })

  it('catches a caller who is told twice, or too late, that the call was received', () => {
    const { auditor, rules } = hearing()
    auditor.received(1)
    auditor.received(1)
    auditor.answered(1)
    auditor.received(1)
    expect(rules()).to.deep.equal(['once', 'once', 'once'])
  })

  it('knows which cancelled calls ran before they were cancelled', () => {
    const { time, auditor, runs } = hearing()
    runs(4n)
    time.run(100)
    auditor.cancelled(1)
    runs(8n)
    expect(auditor.cancelledIn('s', 99)).to.deep.equal([])
    expect(auditor.cancelledIn('s', 100)).to.deep.equal([4n, 8n])
    expect(auditor.cancelledIn('other', 100)).to.deep.equal([])
  })
})
