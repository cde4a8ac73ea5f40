import { expect } from 'chai'
import { writeService } from '../../../lib/local-dc/session/write-service.ts'
import { aCall, heardIn, objectsIn, type Talk, talk } from './talk.ts'

const PING = { _: 'ping', pingId: 9n } as const
const RESULT = writeService({ _: 'destroy_auth_key_ok' })
/** A session in which something was said already. */
function begun(): Talk {
  const talking = talk()
  talking.say([talking.message(PING)])
  return talking
}

describe('a server session over several connections', () => {
  const push = (talking: Talk, body = aCall(0x44444444)) => talking.event({ _: 'push', body })

  it('sends again over the next one what was not acked, with the same ids', () => {
    const talking = begun()
    const call = talking.message(aCall())
    talking.say([call])
    const sent = [
      ...heardIn(talking.event({ _: 'answered', query: call.messageId, result: RESULT, failed: false })),
      ...heardIn(push(talking)),
    ]
    expect(sent).to.have.length(2)
    talking.event({ _: 'closed', link: 1 })
    const again = heardIn(talking.say([talking.message({ _: 'msgs_ack', msgIds: [sent[0]!.messageId] })], { link: 2 }))
    expect(again.filter(({ object }) => object._ !== 'new_session_created')).to.deep.equal([
      { ...sent[1], link: 2, packetId: again[0]!.packetId },
    ])
  })

  it('does not send again while the connection lives', () => {
    const talking = begun()
    push(talking)
    talking.env.now += 60_000
    expect(objectsIn(talking.say([talking.message(PING)])).map(({ _ }) => _)).to.deep.equal(['pong'])
  })

  it('keeps what it has to say until somebody is there, and dates it then', () => {
    const talking = begun()
    talking.event({ _: 'closed', link: 1 })
    expect(heardIn(push(talking))).to.deep.equal([])
    talking.env.now += 1_000_000
    talking.env.elapsed += 1_000_000
    const [, heard] = heardIn(talking.say([talking.message(PING)], { link: 2 })).filter(
      ({ object }) => object._ !== 'new_session_created',
    )
    expect(heard?.object._).to.equal('body')
    expect(Number(heard!.messageId >> 32n)).to.equal(Math.floor(talking.env.now / 1000))
    expect(heard!.messageId & 3n).to.equal(3n)
  })

  it('asks for the difference in place of pushes that grew old on the way', () => {
    const talking = begun()
    push(talking)
    push(talking)
    talking.event({ _: 'closed', link: 1 })
    talking.env.now += 250_000
    const bodies = heardIn(talking.say([talking.message(PING)], { link: 2 })).filter(
      ({ object }) => object._ === 'body',
    )
    expect(bodies.map(({ body }) => body)).to.deep.equal([Uint8Array.of(0x7e, 0xaf, 0x17, 0xe3)])
  })

  it('asks for the difference in place of more pushes than it keeps', () => {
    const talking = begun()
    talking.event({ _: 'closed', link: 1 })
    for (let at = 0; at <= 512; at++) push(talking)
    const bodies = heardIn(talking.say([talking.message(PING)], { link: 2 })).filter(
      ({ object }) => object._ === 'body',
    )
    expect(bodies.map(({ body }) => body)).to.deep.equal([Uint8Array.of(0x7e, 0xaf, 0x17, 0xe3)])
  })

  it('sends what is asked for again, and says what it does not have', () => {
    const talking = begun()
    const [pushed] = heardIn(push(talking))
    const again = heardIn(talking.say([talking.message({ _: 'msg_resend_req', msgIds: [pushed!.messageId] })]))
    expect(again.map(({ messageId }) => messageId)).to.deep.equal([pushed!.messageId])
    const unknown = talking.say([talking.message({ _: 'msg_resend_req', msgIds: [4n] })])
    expect(objectsIn(unknown).map(({ _ }) => _)).to.deep.equal(['msgs_state_info'])
  })

  it('goes on over one connection when another is lost', () => {
    const talking = begun()
    talking.say([talking.message(PING)], { link: 2 })
    push(talking)
    expect(
      heardIn(talking.event({ _: 'closed', link: 2 })).map(({ link, object }) => [link, object._]),
    ).to.deep.include([1, 'body'])
  })

  it('splits what is too much for one packet', () => {
    const talking = begun()
    talking.event({ _: 'closed', link: 1 })
    for (let at = 0; at < 250; at++) push(talking)
    const packets = talking.say([talking.message(PING)], { link: 2 }).filter(({ _ }) => _ === 'write')
    expect(packets).to.have.length(3)
  })
})
