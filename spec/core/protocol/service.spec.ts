import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { DecodeError, UsageError } from '../../../lib/core/errors.ts'
import type { ServiceObject } from '../../../lib/core/protocol/service.ts'
import * as direct from '../../../lib/core/protocol/service.ts'
import * as compact from '../../../lib/core/protocol/service-compact.ts'
import { schemaModel } from '../../../lib/core/schema/model.ts'
import { decode } from '../../../lib/core/tl/reader.ts'
import { encode } from '../../../lib/core/tl/writer.ts'
import { randomValues, seeded } from '../../support/random-values.ts'
import { referenceBytes } from '../../support/reference-writer.ts'

const model = schemaModel(readFileSync(new URL('../../../schema/mtproto.tl', import.meta.url), 'utf8'))
const all = [...model.byName.values()]

/** Node's, of generated functions, and the browsers', of text. */
for (const [kind, { isServiceId, readServiceObject, writeServiceObject }] of Object.entries({ direct, compact })) {
  describe(`service messages, by ${kind} code`, () => {
    it('go through bytes and back, calls like the rest', () => {
      expect(all).to.have.lengthOf(47)
      for (let seed = 0; seed < 20; seed++) {
        const values = randomValues(model, seeded(seed))
        for (const combinator of all) {
          const value = values.object(combinator)
          const bytes = encode(value as unknown as ServiceObject, writeServiceObject)
          expect(Buffer.compare(bytes, referenceBytes(combinator, value, model)), combinator.name).to.equal(0)
          expect(decode(bytes, readServiceObject)).to.deep.equal(value)
        }
      }
    })

    it('that are cut short are refused, wherever', () => {
      const values = randomValues(model, seeded(7))
      for (const combinator of all) {
        const bytes = encode(values.object(combinator) as unknown as ServiceObject, writeServiceObject)
        for (let length = 0; length < bytes.length; length++) {
          const read = () => decode(bytes.subarray(0, length), readServiceObject)
          if (length < 4) expect(read).to.throw(DecodeError, 'the data ends too early')
          else expect(read).to.throw(DecodeError).with.property('path').that.includes(combinator.name)
        }
      }
    })

    it('are known by their ids', () => {
      for (const { id } of all) expect(isServiceId(id | 0)).to.equal(true)
      // msg_container, gzip_packed and rpc_result are read by hand; the last is no id at all.
      for (const id of [0x73f1f8dc, 0x3072cfa1, 0xf35c6d01 | 0, 0]) expect(isServiceId(id)).to.equal(false)
    })

    it('are refused with the name of what is wrong', () => {
      expect(() => decode(new Uint8Array(4), readServiceObject)).to.throw(
        DecodeError,
        'expected ServiceObject, got the constructor #00000000',
      )
      const bad = { _: 'pong', msgId: 1n, pingId: 2 } as unknown as ServiceObject
      expect(() => encode(bad, writeServiceObject)).to.throw(UsageError, 'pong.pingId: expected a signed 64-bit bigint')
      expect(() => encode({ _: 'ponk' } as never, writeServiceObject)).to.throw(
        UsageError,
        "expected ServiceObject, got 'ponk'",
      )
      const salts = { _: 'future_salts', reqMsgId: 1n, now: 0, salts: [{ _: 'pong' }] } as unknown as ServiceObject
      expect(() => encode(salts, writeServiceObject)).to.throw(
        UsageError,
        "future_salts.salts[0]: expected future_salt, got 'pong'",
      )
    })
  })
}
