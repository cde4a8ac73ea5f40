import { expect } from 'chai'
import { map, tap, toArray } from 'rxjs'
import type { InputPeer } from '../../../lib/api/types.ts'
import { UsageError } from '../../../lib/core/errors.ts'
import { asPeerId } from '../../../lib/telegram/peers/peer-id.ts'
import type { PeerRef } from '../../../lib/telegram/peers/peer-ref.ts'
import { resolvePeer } from '../../../lib/telegram/peers/resolve-peer.ts'
import type { Telegram } from '../../../lib/telegram/telegram.ts'
import { ANN, BEN, bot, check, failing, flow, person, steps } from '../flow.ts'

const is = (tg: Telegram, ref: PeerRef, expected: InputPeer) =>
  resolvePeer(tg, ref).pipe(
    toArray(),
    tap((found) => expect(found).to.deep.equal([expected])),
  )
const fails = (tg: Telegram, ref: PeerRef, expected: RegExp) =>
  failing(resolvePeer(tg, ref).pipe(tap({ error: (error) => expect(error).to.be.instanceOf(UsageError) })), expected)
const photo = { _: 'chatPhotoEmpty' } as const

describe('telegram/peers/resolve-peer', () => {
  it(
    'needs no server for what says it all',
    flow(({ client, calls }) => {
      const tg = client()
      return steps(
        is(tg, 'me', { _: 'inputPeerSelf' }),
        is(tg, { _: 'inputPeerUser', userId: 5, accessHash: 6n }, { _: 'inputPeerUser', userId: 5, accessHash: 6n }),
        is(tg, { _: 'user', id: 5, accessHash: 6n }, { _: 'inputPeerUser', userId: 5, accessHash: 6n }),
        is(tg, { _: 'peerChat', chatId: 5 }, { _: 'inputPeerChat', chatId: 5 }),
        is(tg, asPeerId(-5), { _: 'inputPeerChat', chatId: 5 }),
        is(
          tg,
          { _: 'channel', id: 5, accessHash: 6n, title: 't', photo, date: 1 },
          { _: 'inputPeerChannel', channelId: 5, accessHash: 6n },
        ),
        check(() => expect(calls()).to.deep.equal([])),
      )
    }),
  )

  it(
    'asks for names and numbers once',
    flow(({ client, dc, calls }) => {
      const tg = client()
      const asked = () => calls().filter((each) => each.startsWith('contacts.resolve'))
      const found: InputPeer[] = []
      const find = (ref: PeerRef) => resolvePeer(tg, ref).pipe(map((peer) => found.push(peer)))
      return steps(
        person(tg, ANN),
        ...['@echo_bot', 'echo_bot', '@Echo_Bot', 'https://t.me/echo_bot', 't.me/echo_bot'].map(find),
        check(() => {
          expect(asked()).to.deep.equal(['contacts.resolveUsername'])
          expect(found).to.deep.equal(found.map(() => found[0]))
          expect(found[0]).to.deep.include({ _: 'inputPeerUser', userId: dc.bots[0]!.id })
        }),
        ...[BEN, '+999 661 000-2'].map(find),
        check(() => expect(asked()).to.deep.equal(['contacts.resolveUsername', 'contacts.resolvePhone'])),
        find(asPeerId(dc.bots[0]!.id)),
        check(() => expect(found.at(-1)).to.deep.equal(found[0])),
      )
    }),
  )

  it(
    'knows itself, and says what it can not know',
    flow(({ client, dc }) => {
      const tg = client()
      return steps(
        person(tg, ANN),
        is(tg, { _: 'peerUser', userId: dc.users[0]!.id }, { _: 'inputPeerSelf' }),
        fails(tg, { _: 'peerUser', userId: 5 }, /expected a peer that this account has met, got user 5/),
        fails(tg, { _: 'peerChannel', channelId: 5 }, /got channel 5/),
        fails(tg, 'what is this', /expected 'me', '@username' or '\+phone' for a peer, got "what is this"/),
        fails(tg, 0 as never, /expected a marked peer id/),
      )
    }),
  )

  it(
    'lets bots go without a hash',
    flow(({ client, dc }) => {
      const tg = client()
      return steps(
        bot(tg, dc),
        is(tg, { _: 'peerUser', userId: 5 }, { _: 'inputPeerUser', userId: 5, accessHash: 0n }),
        is(tg, { _: 'user', id: 5, min: true, accessHash: 6n }, { _: 'inputPeerUser', userId: 5, accessHash: 0n }),
        is(tg, asPeerId(-1000000000005), { _: 'inputPeerChannel', channelId: 5, accessHash: 0n }),
      )
    }),
  )
})
