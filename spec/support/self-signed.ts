import { generateKeyPairSync, sign } from 'node:crypto'
import { concat, fromHex } from '../../lib/core/bytes.ts'

/** A certificate for `localhost` and its key, in PEM, made anew: RFC 5280 with as little in it as a client takes. */
export function selfSigned(): { readonly certificate: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const ecdsaWithSha256 = sequence(der(0x06, fromHex('2a8648ce3d040302')))
  const name = sequence(der(0x31, sequence(der(0x06, fromHex('550403')), der(0x0c, ascii('localhost')))))
  const validity = sequence(der(0x17, ascii('000101000000Z')), der(0x18, ascii('21000101000000Z')))
  const alternativeName = sequence(der(0x82, ascii('localhost')))
  const extensions = sequence(sequence(der(0x06, fromHex('551d11')), der(0x04, alternativeName)))
  const body = sequence(
    der(0xa0, der(0x02, Uint8Array.of(2))),
    der(0x02, Uint8Array.of(1)),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const signature = concat(Uint8Array.of(0), sign('sha256', body, privateKey))
  const whole = Buffer.from(sequence(body, ecdsaWithSha256, der(0x03, signature))).toString('base64')
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${whole.replaceAll(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x30, ...parts)
}

/** One value of DER (X.690): its tag, its length, its content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concat(...parts)
  const { length } = content
  if (length < 128) return concat(Uint8Array.of(tag, length), content)
  if (length < 256) return concat(Uint8Array.of(tag, 0x81, length), content)
  return concat(Uint8Array.of(tag, 0x82, length >> 8, length), content)
}
