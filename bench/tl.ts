import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { TlBinaryReader, TlBinaryWriter } from '@mtcute/tl-runtime'
import Long from 'long'
import { decode } from '../lib/core/tl/reader.ts'
import { encode, encodeRequest } from '../lib/core/tl/writer.ts'
import { assertEqual, measure, type Row } from './harness.ts'
import { readMessagesMessages, readUpdates, writeMessagesMessages, writeUpdates } from './layer-227/codec.ts'
import { sendMessageRequest } from './layer-227/messages.ts'
import type { MessagesMessagesConstructor, MessagesSendMessageParams } from './layer-227/types.ts'
// mtcute's codec is not among its package's exports; the files are.
import { __tlReaderMap } from './node_modules/@mtcute/core/tl/binary/reader.js'
import { __tlWriterMap } from './node_modules/@mtcute/core/tl/binary/writer.js'
import { sampleCall } from './sample.ts'

const require = createRequire(import.meta.url)

export async function run(): Promise<readonly Row[]> {
  // Written by make-page.ts; beside this file once it is built.
  const pageBytes = new Uint8Array(readFileSync(new URL('page.bin', import.meta.url)))
  const page = decode(pageBytes, readMessagesMessages) as MessagesMessagesConstructor
  const call = sampleCall()
  const callBytes = encodeRequest(sendMessageRequest(call))
  const theirPage = TlBinaryReader.deserializeObject<{ _: string }>(__tlReaderMap, pageBytes)
  const theirCall = { _: 'messages.sendMessage', ...longs(call) }
  const update = {
    _: 'updates' as const,
    updates: [{ _: 'updateNewMessage' as const, message: page.messages[0]!, pts: 7, ptsCount: 1 }],
    users: page.users.slice(0, 2),
    chats: [],
    date: 1_700_000_000,
    seq: 0,
  }
  const updateBytes = encode(update, writeUpdates)
  const gramjs = gramjsPage(page)

  assertEqual('decode', text(decode(pageBytes, readMessagesMessages)), text(theirPage))
  assertEqual(
    'decode update',
    text(decode(updateBytes, readUpdates)),
    text(TlBinaryReader.deserializeObject(__tlReaderMap, updateBytes)),
  )
  assertEqual('encode', TlBinaryWriter.serializeObject(__tlWriterMap, theirPage), pageBytes)
  assertEqual('encode call', TlBinaryWriter.serializeObject(__tlWriterMap, theirCall), callBytes)
  assertEqual(
    'gramjs',
    gramjs
      .decode()
      .messages.map(({ message }) => message)
      .join('\n'),
    page.messages.map((each) => ('message' in each ? each.message : '')).join('\n'),
  )

  const cases = [
    {
      name: `decode messages.messages (${pageBytes.length} B)`,
      unit: 'MB/s' as const,
      bytes: pageBytes.length,
      contenders: {
        rxgram: () => decode(pageBytes, readMessagesMessages),
        mtcute: () => TlBinaryReader.deserializeObject(__tlReaderMap, pageBytes),
        gramjs: gramjs.decode,
      },
    },
    {
      name: `decode updates, one message (${updateBytes.length} B)`,
      unit: 'us' as const,
      contenders: {
        rxgram: () => decode(updateBytes, readUpdates),
        mtcute: () => TlBinaryReader.deserializeObject(__tlReaderMap, updateBytes),
      },
    },
    {
      name: `encode messages.messages (${pageBytes.length} B)`,
      unit: 'MB/s' as const,
      bytes: pageBytes.length,
      contenders: {
        rxgram: () => encode(page, writeMessagesMessages),
        mtcute: () => TlBinaryWriter.serializeObject(__tlWriterMap, theirPage),
        gramjs: gramjs.encode,
      },
    },
    {
      name: `encode messages.sendMessage (${callBytes.length} B)`,
      unit: 'us' as const,
      contenders: {
        rxgram: () => encodeRequest(sendMessageRequest(call)),
        mtcute: () => TlBinaryWriter.serializeObject(__tlWriterMap, theirCall),
      },
    },
  ]
  return cases.flatMap((each) => measure('tl', each))
}

/** One text for one content, whatever a library makes of 64-bit numbers and bytes. */
function text(value: unknown): string {
  return JSON.stringify(value, (key, each: unknown) => {
    if (typeof each === 'bigint' || Long.isLong(each)) return each.toString()
    if (typeof each === 'number' && key !== '') return each.toString()
    if (each instanceof Uint8Array) return Buffer.from(each).toString('hex')
    return each
  })
}

/** The call with mtcute's Long in place of bigint. */
function longs(params: MessagesSendMessageParams): object {
  return JSON.parse(
    JSON.stringify(params, (_, each: unknown) => (typeof each === 'bigint' ? { long: each.toString() } : each)),
    (_, each) =>
      each !== null && typeof each === 'object' && 'long' in each ? Long.fromString(each.long as string) : each,
  ) as object
}

interface GramjsPage {
  readonly messages: readonly { readonly message: string }[]
}

/** The same content in gramjs's own classes: its layer is older, so its bytes differ. */
function gramjsPage(page: MessagesMessagesConstructor): { decode(): GramjsPage; encode(): Uint8Array } {
  const { Api } = require('telegram/tl') as {
    Api: Record<string, new (fields: object) => object> & { messages: Record<string, new (fields: object) => object> }
  }
  const { BinaryReader } = require('telegram/extensions') as {
    BinaryReader: new (bytes: Buffer) => { tgReadObject(): GramjsPage }
  }
  const bigInt = require('big-integer') as (value: string) => object
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert)
    if (typeof value === 'bigint') return bigInt(value.toString())
    if (value instanceof Uint8Array) return Buffer.from(value)
    if (value === null || typeof value !== 'object') return value
    const { _: name, ...fields } = value as Record<string, unknown>
    const converted = Object.fromEntries(
      Object.entries(fields).map(([key, each]) => [
        key,
        /^(userId|chatId|id)$/.test(key) && typeof each === 'number' && name !== 'message'
          ? bigInt(String(each))
          : convert(each),
      ]),
    )
    const [space, short] = (name as string).includes('.') ? (name as string).split('.') : [undefined, name as string]
    const pascal = short![0]!.toUpperCase() + short!.slice(1)
    return new (space === undefined ? Api[pascal]! : Api.messages[pascal]!)(converted)
  }
  const own = convert(page) as { getBytes(): Buffer }
  const bytes = own.getBytes()
  return { decode: () => new BinaryReader(bytes).tgReadObject(), encode: () => own.getBytes() }
}
