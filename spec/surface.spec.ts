import { expect } from 'chai'
import * as angular from '../lib/angular/index.ts'
import * as main from '../lib/index.node.ts'
import * as portable from '../lib/index.ts'
import * as localDc from '../lib/local-dc/index.node.ts'
import * as streams from '../lib/streams.node.ts'
import * as portableStreams from '../lib/streams.ts'
import * as testing from '../lib/testing/index.node.ts'

// Every name that people can import: a change here is a change for them, and is to be meant.

const names = (entry: object): string => Object.keys(entry).sort().join(' ')

describe('the surface', () => {
  it('of rxgram', () => {
    expect(names(portable)).to.equal(
      'ClosedError DecodeError ProtocolError RpcError StorageError TelegramError TimeoutError ' +
        'TransportError UsageError asPeerId attempt chain createCaller createClient floodWait getMe gzipCall handle hasText inOrder ' +
        'incoming isRequest isRpcError iterate lingering logTo memory memoryStorage mtproxy newMessages on openCaller openClient pace ' +
        'parseErrorText peerId peerOfId race recover replayed reply resolvePeer retry sendCode sendText signIn ' +
        'signInBot signUp started systemClock systemRandom timeout toPromise traceLine webSocket within',
    )
  })

  it('of rxgram on Node, besides', () => {
    expect(
      names(main)
        .split(' ')
        .filter((name) => !(name in portable))
        .join(' '),
    ).to.equal('fileStorage httpConnect socks5 tcp')
  })

  it('of rxgram/streams', () => {
    expect(names(portableStreams)).to.equal(
      'ATTEMPT_DELAY chain cold createRouter deframe differenceFrom disguised firstOpened frame framed happyEyeballs ' +
        'healGaps init isRepeatable keyed lane linkPair machine memory memoryLink obfuscated opened parsePublicKey pool proxied ' +
        'proxyLink proxySecret session split temporaryKey webSocket webSocketLink withoutUpdates',
    )
  })

  it('of rxgram/streams on Node, besides', () => {
    expect(
      names(streams)
        .split(' ')
        .filter((name) => !(name in portableStreams))
        .join(' '),
    ).to.equal('httpConnectLink lookup socks5Link tcp tcpLink')
  })

  it('of rxgram/angular', () => {
    expect(names(angular)).to.equal('TELEGRAM injectTelegram provideTelegram')
  })

  it('of rxgram/local-dc', () => {
    expect(names(localDc)).to.equal('RpcError addBot addUser edit me read refuse remove send startLocalDc')
  })

  it('of rxgram/testing', () => {
    expect(names(testing)).to.equal('startTestDc')
  })
})
