import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type ClientOptions, settingsOf } from '../../lib/client/options.ts'
import { PRODUCTION_KEY, TEST_KEY } from '../../lib/core/crypto/server-keys.ts'
import { UsageError } from '../../lib/core/errors.ts'
import { PRODUCTION_DCS, TEST_DCS } from '../../lib/runtime/dc/endpoints.ts'

const needed = { apiId: 5, apiHash: 'a secret' }
const dcs = [{ id: 3, host: '127.0.0.1', port: 4000, ws: 'ws://127.0.0.1:4001/apiws' }]

describe('client/options', () => {
  it('needs an id and a hash, and decides the rest', () => {
    const settings = settingsOf(needed)
    expect(settings).to.deep.include({
      ...needed,
      dcs: PRODUCTION_DCS,
      homeDc: 2,
      testMode: false,
      isBuiltIn: true,
      pfs: false,
    })
    expect(settings.publicKeys).to.deep.equal([PRODUCTION_KEY])
    expect(settings.device).to.deep.include({ model: 'rxgram', language: 'en' })
  })

  it('knows the test DCs, which have their own key', () => {
    const settings = settingsOf({ ...needed, testMode: true })
    expect(settings).to.deep.include({ dcs: TEST_DCS, homeDc: 2, testMode: true })
    expect(settings.publicKeys).to.deep.equal([TEST_KEY])
  })

  it('begins at the first of other DCs, unless it is told where', () => {
    expect(settingsOf({ ...needed, dcs }).homeDc).to.equal(3)
    expect(settingsOf({ ...needed, homeDc: 4 }).homeDc).to.equal(4)
    expect(settingsOf({ ...needed, dcs }).isBuiltIn).to.equal(false)
  })

  it('tells the version of the library', () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
    expect(settingsOf(needed).device.appVersion).to.equal(version)
    expect(settingsOf({ ...needed, device: { appVersion: '9', model: 'm' } }).device).to.deep.include({
      appVersion: '9',
      model: 'm',
    })
  })

  const bad: readonly (readonly [options: unknown, message: RegExp])[] = [
    [undefined, /^options: expected an object, got undefined$/],
    [{}, /^apiId: expected a number above 0, got undefined$/],
    [{ ...needed, apiId: '5' }, /^apiId: expected a number above 0, got a string$/],
    [{ ...needed, apiId: '' }, /^apiId: expected a number above 0, got an empty one$/],
    [{ ...needed, apiId: 5n }, /^apiId: expected a number above 0, got a bigint$/],
    [{ ...needed, apiId: Number.NaN }, /^apiId: expected a number above 0, got NaN$/],
    [{ ...needed, apiId: 0.5 }, /^apiId: expected a number above 0, got 0.5$/],
    [{ apiId: 5 }, /^apiHash: expected a non-empty text, got undefined$/],
    [{ ...needed, apiHash: '' }, /^apiHash: expected a non-empty text, got an empty one$/],
    [{ ...needed, apiHash: 12345 }, /^apiHash: expected a non-empty text, got a number$/],
    [{ ...needed, apiHash: null }, /^apiHash: expected a non-empty text, got null$/],
    [{ ...needed, testMode: 1 }, /^testMode: expected true or false, got 1$/],
    [{ ...needed, pfs: 'yes' }, /^pfs: expected true or false, got a string$/],
    [{ ...needed, dcs: [] }, /^dcs: expected a list of at least one address, got a list of 0$/],
    [{ ...needed, dcs: {} }, /^dcs: expected a list of at least one address, got an object$/],
    [{ ...needed, dcs: [{ ...dcs[0], id: 0 }] }, /^dcs\[0\]\.id: expected a number from 1 to 9999, got 0$/],
    [{ ...needed, dcs: [{ ...dcs[0], host: '' }] }, /^dcs\[0\]\.host: expected a host name, got an empty one$/],
    [
      { ...needed, dcs: [{ ...dcs[0], port: 70000 }] },
      /^dcs\[0\]\.port: expected a number from 1 to 65535, got 70000$/,
    ],
    [
      { ...needed, dcs: [{ ...dcs[0], ws: 'http://x' }] },
      /^dcs\[0\]\.ws: expected an address that begins with ws:\/\/ or wss:\/\/, got a string$/,
    ],
    [{ ...needed, dcs: [null] }, /^dcs\[0\]: expected an address, got null$/],
    [{ ...needed, dcs, homeDc: 2 }, /^homeDc: expected one of 3, got 2$/],
    [{ ...needed, publicKeys: [] }, /^publicKeys: expected a list of at least one key in PEM, got a list of 0$/],
    [{ ...needed, publicKeys: ['x'] }, /^publicKeys\[0\]: /],
    [{ ...needed, publicKeys: [null] }, /^publicKeys\[0\]: expected a key in PEM, got null$/],
    [{ ...needed, random: () => 5, clock: () => 5 }, /^clock: expected a clock, got a function$/],
    [{ ...needed, device: null }, /^device: expected an object, got null$/],
    [{ ...needed, transport: 'tcp' }, /^transport: expected a transport such as webSocket\(\), got a string$/],
    [{ ...needed, storage: 'file' }, /^storage: expected a storage, got a string$/],
    [{ ...needed, network$: () => 5 }, /^network\$: expected an Observable, got a function$/],
    [{ ...needed, clock: 5 }, /^clock: expected a clock, got 5$/],
    [{ ...needed, random: 5 }, /^random: expected a function, got 5$/],
    [{ ...needed, device: { model: 5 } }, /^device\.model: expected a text, got 5$/],
    [{ ...needed, interceptors: [5] }, /^interceptors: expected a list of functions, got a list of 1$/],
    [{ ...needed, floodWait: -1 }, /^floodWait: expected seconds from 0, got -1$/],
    [{ ...needed, floodWait: '5' }, /^floodWait: expected seconds from 0, got a string$/],
    [{ ...needed, pace: { perChat: 1 } }, /^pace: expected what pace\(\{ \.\.\. \}\) makes, got an object$/],
    [{ ...needed, pack: 5 }, /^pack: expected a function such as gzipCall, got 5$/],
    [{ ...needed, attempt: {} }, /^attempt: expected a list of functions, got an object$/],
  ]
  for (const [options, message] of bad)
    it(`refuses: ${message.source}`, () => {
      expect(() => settingsOf(options as ClientOptions)).to.throw(UsageError, message)
    })

  // Arguments get swapped: wherever a text stands that is not right, it may be the hash, a token or a stored session.
  const SECRET = '0123456789abcdef'
  const secrets: readonly (readonly [option: string, value: unknown])[] = [
    ...[
      'apiId',
      'dcs',
      'publicKeys',
      'homeDc',
      'testMode',
      'pfs',
      'transport',
      'storage',
      'device',
      'network$',
      'clock',
      'random',
    ].map((option) => [option, SECRET] as const),
    ...['interceptors', 'attempt'].flatMap((option) => [[option, SECRET] as const, [option, [SECRET]] as const]),
    ['apiHash', [SECRET]],
    ['apiHash', { hash: SECRET }],
    ['apiHash', () => SECRET],
    ['apiId', BigInt(`0x${SECRET}`)],
    ['apiId', () => SECRET],
    ['apiId', [SECRET]],
    ['publicKeys', [SECRET]],
    ['publicKeys', [`-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`]],
    ['publicKeys', [`-----BEGIN RSA PUBLIC KEY-----\n${SECRET}\n-----END RSA PUBLIC KEY-----`]],
    ['dcs', [SECRET]],
    ['dcs', [{ ...dcs[0], id: SECRET }]],
    ['dcs', [{ ...dcs[0], host: [SECRET] }]],
    ['dcs', [{ ...dcs[0], port: SECRET }]],
    ['dcs', [{ ...dcs[0], ws: `https://me:${SECRET}@host` }]],
    ['device', { model: [SECRET] }],
  ]
  for (const [option, value] of secrets)
    it(`shows no text that came as ${option}: ${Array.isArray(value) ? 'a list' : typeof value}`, () => {
      let message = ''
      try {
        settingsOf({ ...needed, [option]: value })
      } catch (error) {
        message = (error as Error).message
      }
      expect(message).to.match(new RegExp(`^${option.replace('$', '\\$')}(?!\\w).*: `))
      expect(message).to.not.include(SECRET)
      expect(message).to.not.include(String(BigInt(`0x${SECRET}`)))
    })
})
