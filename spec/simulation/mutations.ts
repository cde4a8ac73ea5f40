/**
 * `npm run simulate:mutations [-- --seeds N] [--only NAME]`: breaks the session in ten ways, each in a copy of the tree,
 * and lets the simulation find out. Fails when it does not, and when a change does not fit the code any more.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

export interface Mutation {
  readonly name: string
  /** In lib/core/protocol. */
  readonly file: string
  /** Must be there once. */
  readonly find: string
  readonly put: string
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'inner ids not failed on bad_server_salt',
    file: 'session-refusals.ts',
    find: 'return { messageId, code, calls: calls.ofPacket(messageId), notices: outbox.settlePacket(messageId) }',
    put: 'return { messageId, code, calls: code === 48 ? [] : calls.ofPacket(messageId), notices: outbox.settlePacket(messageId) }',
  },
  {
    name: 'first_msg_id compared with an inner id',
    file: 'session-rules.ts',
    find: 'filter(({ packetId }) => packetId < firstMsgId)',
    put: 'filter(({ messageId }) => messageId < firstMsgId)',
  },
  {
    name: 'repeated server message processed',
    file: 'session-rules.ts',
    find: "  if (novelty === 'repeated') return\n",
    put: '',
  },
  {
    name: 'old msg_id reused after new_session_created',
    file: 'session-send.ts',
    find: 'messages.push({ messageId: nextId(session, turn), seqNo: ids.nextSeqNo(true), body })',
    put: 'messages.push({ messageId: call.messageId === 0n ? nextId(session, turn) : call.messageId, seqNo: ids.nextSeqNo(true), body })',
  },
  {
    name: 'ack for an answer only announced by detailed_info',
    file: 'session-states.ts',
    find: 'if (session.inbox.has(messageId)) session.outbox.ack(messageId)\n',
    put: 'session.outbox.ack(messageId)\n  if (session.inbox.has(messageId)) return\n',
  },
  {
    name: 'clock not lowered on 17',
    file: 'session-refusals.ts',
    find: 'function fastClock(session: SessionCore, refused: Refused, message: Message, turn: Turn): void {\n  correctClock(session, message.messageId, turn)\n',
    put: 'function fastClock(session: SessionCore, refused: Refused, _message: Message, turn: Turn): void {\n',
  },
  {
    name: 'pending entry kept after cancel',
    file: 'session.ts',
    find: '  const call = session.calls.end(id)\n  if (call === undefined) return\n',
    put: '  const call = session.calls.byId(id)\n  if (call === undefined) return\n',
  },
  {
    name: 'drop lost on reconnect',
    file: 'session-outbox.ts',
    find: "new Set(['acks', 'resends', 'drop', 'destroy'])",
    put: "new Set(['acks', 'resends', 'destroy'])",
  },
  {
    name: 'salt switched too late',
    file: 'salts.ts',
    find: 'const SWITCH_AFTER = 60\n',
    put: 'const SWITCH_AFTER = 2_400\n',
  },
  {
    name: 'acks dropped on reconnect',
    file: 'session-outbox.ts',
    find: '  linkLost(): void {\n    this.#ping = undefined\n',
    put: '  linkLost(): void {\n    this.#acks = []\n    this.#ping = undefined\n',
  },
]

/** What a mutation makes of a file. */
export function mutated(text: string, { name, file, find, put }: Mutation): string {
  const times = text.split(find).length - 1
  if (times !== 1) throw new Error(`${name}: expected its place once in ${file}, got it ${times} times`)
  return text.replace(find, () => put)
}

/** Where a mutation is done. */
export function pathOf({ file }: Mutation): string {
  return join('lib/core/protocol', file)
}

interface Caught {
  readonly seed: string | undefined
  readonly rule: string
  readonly seconds: number
}

/** Runs seeds in that tree until one fails. */
function hunt(tree: string, seeds: number): Promise<Caught> {
  const begun = performance.now()
  const main = join(tree, 'spec/simulation/main.ts')
  const args = ['--conditions=rxgram-source', '--import', 'tsx', main, '--first', '--seeds', String(seeds)]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: tree, stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString()
    })
    child.on('error', reject)
    child.on('close', () => {
      const found = /^seed (\d+) .*\n {2}(.*)$/m.exec(said)
      if (found === null && !said.includes(' failures')) reject(new Error('the simulation did not come to its end'))
      const seconds = Math.round((performance.now() - begun) / 1000)
      resolve({ seed: found?.[1], rule: found?.[2] ?? '', seconds })
    })
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seeds: { type: 'string', default: '3000' }, only: { type: 'string' } } })
  const root = join(import.meta.dirname, '..', '..')
  const { only } = values
  const chosen = MUTATIONS.filter(({ name }) => only === undefined || name.includes(only))
  // All of them first: one that is stale is told before any waiting.
  for (const mutation of MUTATIONS) mutated(readFileSync(join(root, pathOf(mutation)), 'utf8'), mutation)
  const tree = mkdtempSync(join(tmpdir(), 'rxgram-mutations-'))
  let survivors = 0
  const leave = (): void => rmSync(tree, { recursive: true, force: true })
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      leave()
      process.exit(130)
    })
  try {
    for (const part of ['lib', 'spec/simulation', 'package.json', 'tsconfig.json'])
      cpSync(join(root, part), join(tree, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
    for (const mutation of chosen) {
      const path = join(tree, pathOf(mutation))
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, mutated(text, mutation))
      const { seed, rule, seconds } = await hunt(tree, Number(values.seeds))
      writeFileSync(path, text)
      if (seed === undefined) survivors++
      const how = seed === undefined ? 'SURVIVED' : `caught by seed ${seed}: ${rule}`
      console.log(`${mutation.name}: ${how} (${seconds} s)`)
    }
  } finally {
    leave()
  }
  console.log(`${chosen.length} mutations, ${survivors} survived`)
  process.exitCode = survivors === 0 ? 0 : 1
}

if (process.argv[1] === import.meta.filename) await main()
