import { expect } from 'chai'
import * as fc from 'fast-check'
import { fromHex, hex } from '../../../lib/core/bytes.ts'
import { UsageError } from '../../../lib/core/errors.ts'
import { proxySecret, proxySecretOf } from '../../../lib/core/protocol/proxy-secret.ts'
import { vectors } from './vectors.ts'

const KINDS = { obfuscated2: 'plain', 'obfuscated2+padded': 'padded', 'fake-tls': 'tls' } as const

interface Out {
  readonly type: keyof typeof KINDS
  readonly key: string
  readonly domain: string | null
}

const KEY = '00112233445566778899aabbccddeeff'

function errorOf(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

describe('proxy secret', () => {
  for (const { name, in: given, out } of vectors<{ text: string }, Out>('mtproxy-secret', 'mtproxy-secret'))
    it(`reads ${name}`, () => {
      const secret = proxySecret(given.text)
      expect(secret.kind).to.equal(KINDS[out.type])
      expect(hex(secret.key)).to.equal(out.key)
      expect(secret.kind === 'tls' ? secret.domain : null).to.equal(out.domain)
    })

  for (const { name, in: given } of vectors<{ text: string }, unknown>('mtproxy-secret', 'mtproxy-secret-bad'))
    it(`refuses ${name}`, () => {
      expect(() => proxySecret(given.text)).to.throw(UsageError, 'proxy secret: expected')
    })

  const refused: readonly (readonly [what: string, text: string, message: string])[] = [
    ['what is no base64', 'it is a secret!', 'proxy secret: expected hex or base64, got something else'],
    ['half a byte of base64', 'ABEiM', 'proxy secret: expected hex or base64, got something else'],
    [
      'a domain that is too long',
      `ee${KEY}${'61'.repeat(183)}`,
      'proxy secret: expected a domain of at most 182 bytes, got 183',
    ],
    ['a domain with a space', `ee${KEY}6120`, 'proxy secret: expected a domain in ASCII, got other bytes'],
    ['a domain with a zero', `ee${KEY}00`, 'proxy secret: expected a domain in ASCII, got other bytes'],
    [
      '17 bytes of another kind',
      `aa${KEY}`,
      'proxy secret: expected 16 bytes, 17 that begin with dd, or more that begin with ee, got 17 others',
    ],
  ]
  for (const [what, text, message] of refused)
    it(`refuses ${what}, and shows nothing of it`, () => {
      const error = errorOf(() => proxySecret(text))
      expect(error).to.be.instanceOf(UsageError)
      expect(error.message).to.equal(message)
    })

  it('takes a domain as long as one can be, and spaces around a secret', () => {
    const secret = proxySecret(` ee${KEY}${'61'.repeat(182)}\n`)
    expect(secret.kind === 'tls' && secret.domain).to.equal('a'.repeat(182))
  })

  it('reads bytes without keeping them', () => {
    const bytes = fromHex(KEY)
    const { key } = proxySecretOf(bytes)
    bytes.fill(0)
    expect(hex(key)).to.equal(KEY)
  })

  it('never throws anything else, whatever the text, and never shows it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[0-9a-f]{0,80}$/)), (text) => {
        try {
          expect(proxySecret(text).key.length).to.equal(16)
        } catch (error) {
          expect(error).to.be.instanceOf(UsageError)
          if (text.length > 12) expect((error as Error).message).not.to.include(text)
        }
      }),
      { numRuns: 300 },
    )
  })
})
