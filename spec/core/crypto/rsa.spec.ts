import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { bigintFromBytes, bytesFromBigint, concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { platform as node } from '../../../lib/core/crypto/platform.node.ts'
import { platform as portable } from '../../../lib/core/crypto/platform.ts'
import { power } from '../../../lib/core/crypto/power.ts'
import { generatePrivateKey } from '../../../lib/core/crypto/rsa-private.node.ts'
import { seededRandom } from '../../support/marbles.ts'
import { scripted, vectors } from '../protocol/vectors.ts'
import { expectError, faces } from './faces.ts'
import { privateKeyNumbers } from './keys.ts'

interface PadIn {
  readonly n: string
  readonly e: string
  readonly d?: string
  readonly data: string
  readonly random_padding: string
  readonly temp_key_candidates: readonly string[]
}

const random = seededRandom(21)
const generated = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (type: 'pkcs1' | 'spki' | 'pkcs8'): string => {
  const format = 'pem' as const
  if (type === 'pkcs1') return generated.publicKey.export({ type, format }).toString()
  if (type === 'spki') return generated.publicKey.export({ type, format }).toString()
  return generated.privateKey.export({ type, format }).toString()
}
const privatePem = generated.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()

for (const { name: face, crypto } of faces) {
  describe(`RSA keys (${face})`, () => {
    interface FingerprintOut {
      readonly fingerprint_int64: string
    }
    for (const { name, in: given, out } of vectors<{ n: string; e: string }, FingerprintOut>('rsa', 'rsa-fingerprint'))
      it(`fingerprint of the ${name} ${out.fingerprint_int64}`, () => {
        const [n, e] = [fromHex(given.n), fromHex(given.e)]
        expect(crypto.rsaFingerprint(n, e)).to.equal(BigInt(out.fingerprint_int64))
        if (n.length === 256) expect(crypto.rsaPublicKey(n, e).fingerprint).to.equal(BigInt(out.fingerprint_int64))
        else expectError(() => crypto.rsaPublicKey(n, e), 'UsageError', /2048 bits, got 1024/)
      })

    it('of Telegram are built in', () => {
      expect(crypto.PRODUCTION_KEY.fingerprint).to.equal(-3414540481677951611n)
      expect(crypto.TEST_KEY.fingerprint).to.equal(-5595554452916591101n)
    })

    it('are read from PEM, public ones in both forms', () => {
      const key = crypto.parsePublicKey(pem('pkcs1'))
      expect(crypto.parsePublicKey(pem('spki'))).to.deep.equal(key)
      expect(crypto.parsePublicKey(`a comment\n${pem('pkcs1').replaceAll('\n', '\r\n')}\nmore`)).to.deep.equal(key)
      expect(hex(key.exponent)).to.equal('010001')
      expect(key.modulus.length).to.equal(256)
    })

    it('are read from PEM, private ones in both forms', () => {
      const key = crypto.parsePrivateKey(privatePem)
      expect(crypto.parsePrivateKey(pem('pkcs8'))).to.deep.equal(key)
      expect(key.public).to.deep.equal(crypto.parsePublicKey(pem('spki')))
    })

    it('are written as PEM, as OpenSSL does', () => {
      expect(crypto.publicKeyPem(crypto.parsePublicKey(pem('spki')))).to.equal(pem('pkcs1'))
    })

    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const body = pem('pkcs1').split('\n').slice(1, -2).join('\n')
    const wrapped = (text: string) => `-----BEGIN RSA PUBLIC KEY-----\n${text}\n-----END RSA PUBLIC KEY-----`
    const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
      'no PEM': ['hello', /expected PEM text with -----BEGIN RSA PUBLIC KEY----- or .*got text without/],
      'a private key': [privatePem, /got RSA PRIVATE KEY/],
      'no end': [pem('pkcs1').replace('-----END', ''), /expected a line -----END RSA PUBLIC KEY-----/],
      headers: [wrapped(`Proc-Type: 4,ENCRYPTED\n\n${body}`), /without headers/],
      "characters that aren't base64": [wrapped(`${body.slice(0, 100)}*${body.slice(101)}`), /expected base64/],
      'a lonely digit': [wrapped('AAAAA'), /ends in the middle of a byte/],
      nothing: [wrapped(''), /DER: expected more than 0 bytes/],
      "bytes that aren't DER": [wrapped('AAAA'), /DER: expected tag 48 at 0, got 0/],
      'half of it': [wrapped(body.slice(0, 203)), /DER: expected \d+ bytes at \d+, there are \d+/],
      'too much text': ['-'.repeat(40_000), /got 40000 characters/],
      'another algorithm': [
        ec.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        /expected an RSA key, got another algorithm/,
      ],
      'a short key': [
        short.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        /expected a modulus of 2048 bits, got 1024/,
      ],
    }
    for (const [name, [text, message]] of Object.entries(refused))
      it(`are refused: ${name}`, () => {
        expectError(() => crypto.parsePublicKey(text), 'UsageError', message)
      })

    it("are refused with numbers that can't be", () => {
      const { modulus } = crypto.PRODUCTION_KEY
      const even = Uint8Array.from(modulus)
      even[255]! &= 0xfe
      expectError(() => crypto.rsaPublicKey(even, Uint8Array.of(3)), 'UsageError', /odd modulus/)
      for (const exponent of [[], [1], [2], [0, 1], [1, 0, 0, 0, 0, 0, 0, 0, 1]])
        expectError(() => crypto.rsaPublicKey(modulus, Uint8Array.from(exponent)), 'UsageError', /odd exponent/)
    })

    it("are refused with numbers that don't belong together, and with another key's form", () => {
      const { numbers } = crypto.parsePrivateKey(privatePem)
      for (const name of ['privateExponent', 'exponent1', 'exponent2', 'coefficient', 'prime1', 'prime2'] as const) {
        const spoilt = Uint8Array.from(numbers[name])
        spoilt[spoilt.length - 1]! ^= 2
        expectError(() => crypto.rsaPrivateKey({ ...numbers, [name]: spoilt }), 'UsageError', /belong together/)
      }
      expectError(() => crypto.parsePrivateKey(pem('pkcs1')), 'UsageError', /got RSA PUBLIC KEY/)
      const pkcs8 = ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      expectError(() => crypto.parsePrivateKey(pkcs8), 'UsageError', /got another algorithm/)
    })
  })

  describe(`RSA_PAD (${face})`, () => {
    interface PadOut {
      readonly encrypted: string
      readonly attempts: number
    }
    for (const { name, in: given, out } of vectors<PadIn, PadOut>('rsa', 'rsa-pad'))
      it(name, () => {
        const key = crypto.rsaPublicKey(fromHex(given.n), fromHex(given.e))
        let draws = 0
        const draw = scripted(fromHex(given.random_padding), ...given.temp_key_candidates.map(fromHex))
        const encrypted = crypto.rsaPad(fromHex(given.data), key, (length) => {
          draws++
          return draw(length)
        })
        expect(hex(encrypted)).to.equal(out.encrypted)
        expect(draws).to.equal(1 + out.attempts)
        if (given.d === undefined) return
        const privateKey = crypto.rsaPrivateKey(privateKeyNumbers(given.n, given.d))
        expect(hex(crypto.rsaUnpad(encrypted, privateKey)!)).to.equal(given.data + given.random_padding)
      })

    for (const { name, in: given } of vectors<{ n: string; d: string; encrypted: string }, unknown>(
      'rsa',
      'rsa-pad-bad',
    ))
      it(name, () => {
        const privateKey = crypto.rsaPrivateKey(privateKeyNumbers(given.n, given.d))
        expect(crypto.rsaUnpad(fromHex(given.encrypted), privateKey)).to.equal(undefined)
      })

    it("refuses too much data, and a random source that isn't one", () => {
      const key = crypto.PRODUCTION_KEY
      expectError(() => crypto.rsaPad(new Uint8Array(145), key, random), 'UsageError', /at most 144 bytes, got 145/)
      // Of these 32 bytes comes a number beyond the modulus, each time.
      const [stuck] = vectors<PadIn, PadOut>('rsa', 'rsa-pad').filter(({ out }) => out.attempts === 2)
      const candidate = fromHex(stuck!.in.temp_key_candidates[0]!)
      const padding = fromHex(stuck!.in.random_padding)
      const draw = (length: number) => (length === 32 ? Uint8Array.from(candidate) : padding)
      const itsKey = crypto.rsaPublicKey(fromHex(stuck!.in.n), fromHex(stuck!.in.e))
      expectError(() => crypto.rsaPad(fromHex(stuck!.in.data), itsKey, draw), 'UsageError', /the same bytes 128 times/)
    })

    it('encrypts raw numbers only below the modulus', () => {
      const { modulus } = crypto.PRODUCTION_KEY
      expectError(() => crypto.rsaEncrypt(modulus, crypto.PRODUCTION_KEY), 'UsageError', /below the modulus/)
      expectError(() => crypto.rsaEncrypt(modulus.subarray(1), crypto.PRODUCTION_KEY), 'UsageError', /got 255/)
    })
  })

  describe(`the server's side of RSA (${face})`, () => {
    const key = crypto.parsePrivateKey(privatePem)

    it('gives what a client padded, whatever its length', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 144 }), (data) => {
          const padded = crypto.rsaUnpad(crypto.rsaPad(data, key.public, random), key)
          expect(padded?.length).to.equal(192)
          expect(padded?.slice(0, data.length)).to.deep.equal(data)
        }),
        { numRuns: 10 },
      )
    })

    it('gives exactly what an old client padded by SHA-1', () => {
      for (const length of [4, 96, 104, 232]) {
        const data = random(length)
        const padded = concat(Uint8Array.of(0), crypto.sha1(data), data, random(235 - length))
        expect(crypto.rsaUnpad(crypto.rsaEncrypt(padded, key.public), key)).to.deep.equal(data)
      }
      // The first byte of the number is none of the padding.
      const data = random(96)
      const wrong = concat(Uint8Array.of(1), crypto.sha1(data), data, random(139))
      expect(crypto.rsaUnpad(crypto.rsaEncrypt(wrong, key.public), key)).to.equal(undefined)
    })

    it('refuses what no client makes', () => {
      const encrypted = crypto.rsaPad(random(96), key.public, random)
      expect(crypto.rsaUnpad(encrypted.subarray(1), key)).to.equal(undefined)
      expect(crypto.rsaUnpad(concat(Uint8Array.of(0), encrypted), key)).to.equal(undefined)
      expect(crypto.rsaUnpad(key.public.modulus, key)).to.equal(undefined)
      expect(crypto.rsaUnpad(new Uint8Array(256).fill(255), key)).to.equal(undefined)
      expect(crypto.rsaUnpad(new Uint8Array(256), key)).to.equal(undefined)
      const other = crypto.rsaPad(random(96), crypto.TEST_KEY, random)
      other[0]! &= 0x3f
      expect(crypto.rsaUnpad(other, key)).to.equal(undefined)
    })
  })
}

describe('raw RSA', () => {
  it('is the same on every platform, both ways', () => {
    const { numbers } = faces[0]!.crypto.parsePrivateKey(privatePem)
    const n = bigintFromBytes(numbers.modulus)
    for (const value of [0n, 1n, 2n, n - 1n, n >> 1n, bigintFromBytes(random(255)), bigintFromBytes(random(200))]) {
      const data = bytesFromBigint(value, 256)
      for (const platform of [node, portable]) {
        const encrypted = platform.rsaPublic(data, numbers)
        expect(bigintFromBytes(encrypted)).to.equal(power(value, 65537n, n))
        expect(platform.rsaPrivate(encrypted, numbers)).to.deep.equal(data)
      }
    }
  })
})

describe('generatePrivateKey', () => {
  it('makes a key whose fingerprint has all sixteen digits', function () {
    this.timeout(30_000)
    const key = generatePrivateKey()
    expect(BigInt.asUintN(64, key.public.fingerprint).toString(16)).to.have.length(16)
    const { crypto } = faces[0]!
    expect(crypto.rsaUnpad(crypto.rsaPad(random(96), key.public, random), key)).to.have.length(192)
  })
})
