import { expect } from 'chai'
import { eventText, readyLine, readyText, traceText, warningText } from '../../lib/cli/dc-output.ts'
import type { LocalDc, LocalDcEvent } from '../../lib/local-dc/index.node.ts'

const dc = {
  dcs: [{ id: 1, host: '127.0.0.1', port: 1, ws: 'ws://127.0.0.1:2/apiws' }],
  listening: [],
  proxyLinks: [],
  publicKeyPem: '-----BEGIN RSA PUBLIC KEY-----\nabc\n-----END RSA PUBLIC KEY-----\n',
  fingerprint: -123n,
  apiId: 1,
  apiHash: 'hash',
  users: [{ id: 5, phone: '+9996621111', firstName: 'Ann' }],
  bots: [{ id: 7, username: 'echo_bot', token: '7:abc' }],
} as unknown as LocalDc

describe('the output of rxgram dc', () => {
  it('is a line of JSON that says all', () => {
    const line = readyLine(dc)
    expect(line).to.not.include('\n')
    expect(JSON.parse(line)).to.deep.equal({
      event: 'ready',
      dcs: [{ id: 1, host: '127.0.0.1', port: 1, ws: 'ws://127.0.0.1:2/apiws' }],
      publicKeyPem: dc.publicKeyPem,
      fingerprint: '-123',
      apiId: 1,
      apiHash: 'hash',
      users: [{ id: 5, phone: '+9996621111' }],
      bots: [{ id: 7, username: 'echo_bot', token: '7:abc' }],
    })
    expect(Object.keys(JSON.parse(line) as object)).to.deep.equal([
      'event',
      'dcs',
      'publicKeyPem',
      'fingerprint',
      'apiId',
      'apiHash',
      'users',
      'bots',
    ])
    expect(readyLine({ ...dc, listening: [{ dc: 1, host: '::1', port: 9 }] })).to.equal(line)
  })

  it('is a text for people that says all', () => {
    const text = readyText({ ...dc, listening: [{ dc: 1, host: '10.0.0.1', port: 9 }] })
    for (const part of [
      '127.0.0.1:1',
      'ws://127.0.0.1:2/apiws',
      '10.0.0.1:9',
      'BEGIN RSA',
      '-123',
      '+9996621111',
      'Ann',
      '22222',
      '@echo_bot',
      '7:abc',
      'createClient',
    ])
      expect(text).to.include(part)
    expect(readyText({ ...dc, bots: [] })).to.not.include('Bots')
  })

  it('tells events that people care for, and warnings', () => {
    const session = 's'
    const rows: readonly (readonly [LocalDcEvent, string | undefined, RegExp | undefined])[] = [
      [{ event: 'code', to: '+1', code: '5' }, '+1 gets the login code 5', undefined],
      [{ event: 'signedUp', user: 5, session }, 'user 5 signed up', undefined],
      [{ event: 'signedIn', user: 5, bot: false, session }, 'user 5 signed in', undefined],
      [{ event: 'signedIn', user: 7, bot: true, session }, 'bot 7 signed in', undefined],
      [{ event: 'signedOut', user: 5, session }, 'user 5 signed out', undefined],
      [{ event: 'closed', connection: 1, dc: 1 }, undefined, undefined],
      [{ event: 'layer', layer: 300, session }, undefined, /layer 300.*--layer-schema/],
      [{ event: 'fault', message: 'x' }, undefined, /fault: x/],
    ]
    for (const [event, text, warning] of rows) {
      expect(eventText(event)).to.equal(text)
      if (warning === undefined) expect(warningText(event)).to.equal(undefined)
      else expect(warningText(event)).to.match(warning)
    }
  })

  it('tells everything to those who look closely, with the time of day', () => {
    const session = '00112233:8899aabb'
    const message = '77'
    const [remote, connection, method, bytes] = ['127.0.0.1:5', 1, 'help.getConfig', 20]
    const rows: readonly (readonly [LocalDcEvent, string | undefined])[] = [
      [{ event: 'signedIn', user: 5, bot: false, session }, 'user 5 signed in'],
      [{ event: 'opened', connection, dc: 2, remote }, 'connection 1 to DC 2 opened by 127.0.0.1:5'],
      [{ event: 'closed', connection, dc: 2 }, 'connection 1 closed'],
      [{ event: 'proxied', connection, dc: 2, secret: 'tls' }, 'connection 1 came as to an MTProxy (tls), for DC 2'],
      [
        { event: 'message', from: 'client', connection, session, message, what: method, bytes },
        'session 99aabb > help.getConfig, 77, 20 bytes, connection 1',
      ],
      [
        { event: 'message', from: 'client', connection, session, message, what: 'msgs_ack', bytes, fate: 'miss' },
        'session 99aabb > msgs_ack, 77, 20 bytes, connection 1: not taken: miss',
      ],
      [
        { event: 'message', from: 'server', connection, session, message, what: 'rpc_result', bytes, of: '5', method },
        'session 99aabb < rpc_result of help.getConfig 5, 77, 20 bytes, connection 1',
      ],
      [
        {
          event: 'message',
          from: 'server',
          connection,
          session,
          message,
          what: 'rpc_result',
          bytes,
          of: '5',
          error: '500',
        },
        'session 99aabb < rpc_result of a call 5, 77, 20 bytes, connection 1: 500',
      ],
      [
        { event: 'call', method, user: undefined, session, message, took: 2.4, result: 'config' },
        'session 99aabb   help.getConfig of nobody ran 2 ms: config, 77',
      ],
      [
        { event: 'call', method, user: 5, session, message, took: 0, error: '400 X' },
        'session 99aabb   help.getConfig of user 5 ran 0 ms: 400 X, 77',
      ],
      [
        { event: 'dropped', method, user: 5, session, answer: 'running' },
        'session 99aabb   help.getConfig was dropped: running',
      ],
      [
        { event: 'push', user: 5, session, updates: ['updateNewMessage'] },
        'session 99aabb   updateNewMessage for user 5',
      ],
      [{ event: 'fault', message: 'x' }, undefined],
    ]
    for (const [event, text] of rows) expect(traceText(event, 45_296_789)).to.equal(text && `12:34:56.789 ${text}`)
  })
})
