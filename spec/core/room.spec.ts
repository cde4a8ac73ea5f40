import { expect } from 'chai'
import { ROOM, ROOM_FROM, takeRoom, withRoom } from '../../lib/core/room.ts'

describe('room around a packet', () => {
  it('is taken once, and holds the packet', () => {
    const packet = withRoom(ROOM_FROM).fill(7)
    const frame = takeRoom(packet, 4, 12)!
    expect(frame.length).to.equal(ROOM_FROM + 16)
    expect(frame.buffer).to.equal(packet.buffer)
    expect([frame[3], frame[4], frame[ROOM_FROM + 3], frame[ROOM_FROM + 4]]).to.deep.equal([0, 7, 7, 0])
    expect(takeRoom(packet, 4, 12)).to.equal(undefined)
  })

  it("isn't anybody else's memory", () => {
    const lookalike = new Uint8Array(ROOM_FROM + 2 * ROOM).subarray(ROOM, ROOM + ROOM_FROM)
    expect(takeRoom(lookalike, 4, 0)).to.equal(undefined)
    expect(takeRoom(withRoom(ROOM_FROM).subarray(16), 4, 0)).to.equal(undefined)
    expect(takeRoom(withRoom(ROOM_FROM - 1), 4, 0)).to.equal(undefined)
  })
})
