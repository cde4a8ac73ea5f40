import { expect } from 'chai'
import { camelCase, localName, namespaceOf, pascalCase, safeName } from '../../../lib/core/schema/names.ts'

describe('names', () => {
  it('of fields are camelCase', () => {
    const names: readonly (readonly [string, string])[] = [
      ['random_id', 'randomId'],
      ['server_public_key_fingerprints', 'serverPublicKeyFingerprints'],
      ['new_nonce_hash1', 'newNonceHash1'],
      ['g_a', 'gA'],
      ['srp_B', 'srpB'],
      ['A', 'A'],
      ['M1', 'M1'],
      ['flags2', 'flags2'],
      ['default', 'default'],
      ['md5_checksum', 'md5Checksum'],
      ['time_2_read', 'time2Read'],
    ]
    for (const [name, key] of names) expect(camelCase(name)).to.equal(key)
  })

  it('of types are PascalCase, with their namespace', () => {
    const names: readonly (readonly [string, string])[] = [
      ['user', 'User'],
      ['messages.getHistory', 'MessagesGetHistory'],
      ['P_Q_inner_data', 'PQInnerData'],
      ['p_q_inner_data_temp_dc', 'PQInnerDataTempDc'],
      ['req_DH_params', 'ReqDHParams'],
      ['storage.fileMp3', 'StorageFileMp3'],
      ['e2e.chain.block', 'E2eChainBlock'],
      ['inputBotInlineMessageID64', 'InputBotInlineMessageID64'],
    ]
    for (const [name, type] of names) expect(pascalCase(name)).to.equal(type)
  })

  it('have a namespace or not', () => {
    expect([namespaceOf('messages.getHistory'), localName('messages.getHistory')]).to.deep.equal([
      'messages',
      'getHistory',
    ])
    expect([namespaceOf('initConnection'), localName('initConnection')]).to.deep.equal(['', 'initConnection'])
    expect([namespaceOf('e2e.chain.block'), localName('e2e.chain.block')]).to.deep.equal(['e2e.chain', 'block'])
  })

  it('that are reserved words get an underscore, and no others', () => {
    expect(['delete', 'default', 'static', 'await', 'null', 'true'].map(safeName)).to.deep.equal([
      'delete_',
      'default_',
      'static_',
      'await_',
      'null_',
      'true_',
    ])
    expect(['type', 'from', 'set', 'length', 'of'].map(safeName)).to.deep.equal(['type', 'from', 'set', 'length', 'of'])
  })
})
