/**
 * The local DC that all contenders meet: a process of its own, started by processes.ts, which asks it for the CPU time
 * that it has used. It speaks the layers of all of them.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { startLocalDc } from '../lib/local-dc/index.node.ts'

export interface LocalDcReady {
  readonly dc: { readonly id: number; readonly host: string; readonly port: number; readonly ws?: string | undefined }
  readonly publicKeyPem: string
  readonly apiId: number
  readonly apiHash: string
}

if (process.send !== undefined) {
  const send = (message: unknown): void => void process.send!(message)
  const layerSchemas = [
    { layer: 227, text: readFileSync(new URL('../../spec/vectors/schema-227.tl', import.meta.url), 'utf8') },
    { layer: 198, text: createRequire(import.meta.url)('telegram/tl/apiTl.js') as string },
  ]
  process.once('disconnect', () => process.exit())
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    send({ cpu: user + system })
  })
  startLocalDc({ layerSchemas }).subscribe({
    next: ({ dcs: [dc], publicKeyPem, apiId, apiHash }) =>
      send({ ready: { dc: dc!, publicKeyPem, apiId, apiHash } satisfies LocalDcReady }),
    error: (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  })
}
