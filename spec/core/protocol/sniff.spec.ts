import { expect } from 'chai'
import { fromHex } from '../../../lib/core/bytes.ts'
import { type Sniffed, sniff } from '../../../lib/core/protocol/sniff.ts'

describe('sniff', () => {
  const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
  const table: readonly (readonly [string, Uint8Array, Sniffed])[] = [
    ['nothing', fromHex(''), 'need more'],
    ['ef', fromHex('ef'), { framing: 'abridged' }],
    ['ef and a frame', fromHex('ef0101020304'), { framing: 'abridged' }],
    ['three bytes of a tag', fromHex('eeeeee'), 'need more'],
    ['ee ee ee ee', fromHex('eeeeeeee'), { framing: 'intermediate' }],
    ['ee ee ee ed', fromHex('eeeeeeed01020304'), 'obfuscated'],
    ['dd dd dd dd', fromHex('dddddddd28000000'), { framing: 'padded' }],
    ['three bytes of a method', ascii('GET'), 'need more'],
    ['GET', ascii('GET /apiws HTTP/1.1'), 'http'],
    ['POST', ascii('POST'), 'http'],
    ['HEAD', ascii('HEAD'), 'http'],
    ['OPTIONS', ascii('OPTIONS'), 'http'],
    ['full, its number not there yet', fromHex('34000000000000'), 'need more'],
    ['full', fromHex('3400000000000000'), { framing: 'full' }],
    ['a length and another number', fromHex('3400000001000000'), 'obfuscated'],
    ['seven bytes of anything', fromHex('01020304050607'), 'need more'],
    ['anything else', fromHex('0102030405060708'), 'obfuscated'],
    ['the start of TLS', fromHex('160301020001'), 'need more'],
    ['a ClientHello', fromHex('1603010200010001fc0303'.slice(0, 18)), 'tls'],
    ['what begins like TLS, with lengths that disagree', fromHex('160301020001000200'), 'obfuscated'],
    ['what begins like TLS, and is no hello', fromHex('1603010200020001fc'), 'obfuscated'],
    ['a ClientHello but for its first byte', fromHex('1703010200010001fc'), 'obfuscated'],
    ['a ClientHello but for its second byte', fromHex('1604010200010001fc'), 'obfuscated'],
    ['a ClientHello but for its third byte', fromHex('1603030200010001fc'), 'obfuscated'],
    ['the third byte of a ClientHello alone', fromHex('0000010200010001'), 'obfuscated'],
    ['eight bytes of TLS', fromHex('1603010200010001'), 'need more'],
    ['a number with zeros but for its second byte', fromHex('3400000000010000'), 'obfuscated'],
    ['a number with zeros but for its third byte', fromHex('3400000000000100'), 'obfuscated'],
    ['a number with zeros but for its fourth byte', fromHex('3400000000000001'), 'obfuscated'],
    ['the number of full behind the start of TLS', fromHex('160301020000000000'), { framing: 'full' }],
  ]
  for (const [name, bytes, expected] of table) {
    it(`${name}: ${JSON.stringify(expected)}`, () => {
      expect(sniff(bytes)).to.deep.equal(expected)
    })
  }
})
