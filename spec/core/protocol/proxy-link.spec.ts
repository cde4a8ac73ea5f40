import { expect } from 'chai'
import { hex } from '../../../lib/core/bytes.ts'
import { UsageError } from '../../../lib/core/errors.ts'
import { proxyLink } from '../../../lib/core/protocol/proxy-link.ts'

const KEY = '00112233445566778899aabbccddeeff'

describe('proxy link', () => {
  const links: readonly (readonly [link: string, host: string, port: number, kind: string])[] = [
    [`tg://proxy?server=example.org&port=443&secret=${KEY}`, 'example.org', 443, 'plain'],
    [`tg:proxy?server=example.org&port=443&secret=dd${KEY}`, 'example.org', 443, 'padded'],
    [`https://t.me/proxy?server=127.0.0.1&port=8888&secret=dd${KEY}`, '127.0.0.1', 8888, 'padded'],
    ['https://t.me/proxy?server=a.b&port=1&secret=ABEiM0RVZneImaq7zN3u_w', 'a.b', 1, 'plain'],
    ['https://t.me/proxy?server=a.b&port=1&secret=ABEiM0RVZneImaq7zN3u%2Fw%3D%3D', 'a.b', 1, 'plain'],
    ['https://T.me/proxy?server=a.b&port=1&secret=ABEiM0RVZneImaq7zN3u/w==', 'a.b', 1, 'plain'],
    ['http://telegram.me/proxy/?port=65535&secret=7gARIjNEVWZ3iJmqu8zd7v9leGFtcGxlLmNvbQ&server=a', 'a', 65_535, 'tls'],
    [`https://telegram.dog/proxy?server=a&port=1&secret=${KEY}#more`, 'a', 1, 'plain'],
    [`tg://proxy?server=2001:db8::1&port=443&secret=${KEY}`, '2001:db8::1', 443, 'plain'],
    [` tg://proxy?server=%5B2001:db8::1%5D&port=443&secret=${KEY} `, '2001:db8::1', 443, 'plain'],
  ]
  for (const [link, host, port, kind] of links)
    it(`reads ${link}`, () => {
      const found = proxyLink(link)
      expect({ host: found.host, port: found.port, kind: found.secret.kind }).to.deep.equal({ host, port, kind })
      expect(hex(found.secret.key)).to.equal(KEY)
    })

  it('reads a plus that nobody escaped', () => {
    const { secret } = proxyLink('tg://proxy?server=a&port=1&secret=++++++++++++++++++++++')
    expect(hex(secret.key)).to.equal('fbefbefbefbefbefbefbefbefbefbefb')
  })

  const query = `server=a&port=443&secret=${KEY}`
  const refused: readonly (readonly [link: string, message: string])[] = [
    ['', 'expected tg://proxy?... or https://t.me/proxy?..., got another text'],
    [query, 'expected tg://proxy?... or https://t.me/proxy?..., got another text'],
    [`https://example.org/proxy?${query}`, 'expected tg://proxy?... or https://t.me/proxy?..., got another text'],
    [`https://t.me/socks?${query}`, 'expected tg://proxy?... or https://t.me/proxy?..., got another text'],
    [`tg://proxy?port=443&secret=${KEY}`, 'expected a server, got none'],
    [`tg://proxy?server=&port=443&secret=${KEY}`, 'expected a server, got none'],
    [`tg://proxy?server=a&secret=${KEY}`, 'expected a port from 1 to 65535, got another'],
    [`tg://proxy?server=a&port=0&secret=${KEY}`, 'expected a port from 1 to 65535, got another'],
    [`tg://proxy?server=a&port=65536&secret=${KEY}`, 'expected a port from 1 to 65535, got another'],
    [`tg://proxy?server=a&port=4e2&secret=${KEY}`, 'expected a port from 1 to 65535, got another'],
  ]
  for (const [link, message] of refused)
    it(`refuses '${link}', and shows nothing of it`, () => {
      expect(() => proxyLink(link)).to.throw(
        UsageError,
        new RegExp(`^proxy link: ${message.replaceAll(/[?.]/g, '\\$&')}$`),
      )
    })

  it('refuses a link without a secret', () => {
    expect(() => proxyLink('tg://proxy?server=a&port=443')).to.throw(UsageError, 'proxy secret: expected 16 bytes')
  })
})
