import type { ClientOptions } from '../../lib/index.ts'

/** What the page is told of the local DC. */
export interface EchoSetting {
  readonly options: Pick<ClientOptions, 'apiId' | 'apiHash' | 'dcs' | 'publicKeys'>
  readonly token: string
  readonly bot: string
  readonly phone: string
  readonly code: string
}
