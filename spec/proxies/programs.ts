import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { closedPort } from '../runtime/transport/sockets.ts'

// Real proxies as programs: each on a free port of this machine, each ended with the spec that started it.

/** A proxy that runs. */
export interface RunningProxy {
  readonly host: string
  readonly port: number
  stop(): Promise<void>
}

export interface Login {
  readonly user: string
  readonly password: string
}

const PROGRAMS = ['microsocks', 'tinyproxy'] as const
const HOST = '127.0.0.1'
/** How often a program is started before it is given up: the port was free a moment ago, and may not be any more. */
const MAX_STARTS = 3
/** In milliseconds: how long a program may take to listen, and between two looks. */
const PATIENCE = 10_000
const LOOK_EVERY = 20

/** @throws {Error} that says what to install */
export function checkPrograms(): void {
  const missing = PROGRAMS.filter((program) => !isInstalled(program))
  if (missing.length === 0) return
  throw new Error(
    `${missing.join(' and ')} not found. On Debian: apt-get install --no-install-recommends microsocks tinyproxy-bin`,
  )
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** SOCKS5. */
export function microsocks(login?: Login): Promise<RunningProxy> {
  const credentials = login === undefined ? [] : ['-u', login.user, '-P', login.password]
  return started((port) => ({
    child: spawn('microsocks', ['-i', HOST, '-p', String(port), ...credentials], { stdio: 'ignore' }),
    tidy: () => {},
  }))
}

/** HTTP, with CONNECT to any port. */
export function tinyproxy(login?: Login): Promise<RunningProxy> {
  return started((port) => {
    const folder = mkdtempSync(join(tmpdir(), 'rxgram-tinyproxy-'))
    const file = join(folder, 'tinyproxy.conf')
    const lines = [`Port ${port}`, `Listen ${HOST}`, 'Timeout 60', 'MaxClients 20', 'LogLevel Error', `Allow ${HOST}`]
    if (login !== undefined) lines.push(`BasicAuth ${login.user} ${login.password}`)
    writeFileSync(file, `${lines.join('\n')}\n`)
    return {
      child: spawn('tinyproxy', ['-d', '-c', file], { stdio: 'ignore' }),
      tidy: () => rmSync(folder, { recursive: true, force: true }),
    }
  })
}

interface Started {
  readonly child: ChildProcess
  tidy(): void
}

async function started(start: (port: number) => Started): Promise<RunningProxy> {
  for (let left = MAX_STARTS; ; left--) {
    const port = await closedPort()
    const { child, tidy } = start(port)
    const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()))
    const stop = async () => {
      child.kill('SIGKILL')
      await exit
      tidy()
    }
    if (await listens(port, child)) return { host: HOST, port, stop }
    await stop()
    if (left === 1) throw new Error(`expected ${child.spawnfile} to listen on a free port, got none that it took`)
  }
}

/** Looks again and again; false when the program ended, or time is over. */
async function listens(port: number, child: ChildProcess): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE && child.exitCode === null && child.pid !== undefined; waited += LOOK_EVERY) {
    const socket = connect({ host: HOST, port })
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ])
      .catch(() => false)
      .finally(() => socket.destroy())
    // Someone else may have taken the port meanwhile: then the program has ended.
    if (isOpen) return child.exitCode === null
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))
  }
  return false
}
