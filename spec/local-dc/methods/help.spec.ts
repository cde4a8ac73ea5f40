import { expect } from 'chai'
import { getAppConfigRequest, getConfigRequest, getNearestDcRequest } from '../../../lib/api/help.ts'
import { run } from '../running.ts'

describe('help', () => {
  it('gives a config that clients accept: the right DC, every DC once, good for an hour', async () => {
    const dc = await run({ dcs: 3 })
    const client = await dc.client({ dc: 2 })
    const config = await client.call(getConfigRequest())
    expect(config).to.include({ thisDc: 2, testMode: false, webfileDcId: 2, messageLengthMax: 4096, chatSizeMax: 200 })
    expect(config.expires - config.date).to.equal(3600)
    expect(config.dcOptions.map(({ id, ipAddress, port }) => [id, ipAddress, port])).to.deep.equal(
      dc.dcs.map(({ id, host, port }) => [id, host, port]),
    )
    expect(
      config.dcOptions.every((option) => option.thisPortOnly && !option.tcpoOnly && !option.mediaOnly && !option.cdn),
    ).to.equal(true)
    expect(await client.call(getNearestDcRequest())).to.deep.equal({
      _: 'nearestDc',
      country: 'US',
      thisDc: 2,
      nearestDc: 2,
    })
    dc.stop()
  })

  it('gives an app config once', async () => {
    const dc = await run()
    const client = await dc.client()
    const config = await client.call(getAppConfigRequest({ hash: 0 }))
    if (config._ !== 'help.appConfig') throw new Error('expected help.appConfig')
    expect(config.hash).to.not.equal(0)
    expect(config.config).to.deep.equal({ _: 'jsonObject', value: [] })
    expect(await client.call(getAppConfigRequest({ hash: config.hash }))).to.deep.equal({
      _: 'help.appConfigNotModified',
    })
    dc.stop()
  })

  for (const [host, told] of [
    ['localhost', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
  ] as const)
    it(`tells clients a literal address for ${host}`, async () => {
      const dc = await run({ listen: undefined, host })
      const client = await dc.client()
      expect((await client.call(getConfigRequest())).dcOptions[0]).to.include({
        ipAddress: told,
        port: dc.dcs[0]!.port,
        ipv6: false,
      })
      dc.stop()
    })
})
