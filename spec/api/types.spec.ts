import { expectTypeOf } from 'expect-type'
import type { Observable } from 'rxjs'
import type {
  Config,
  Constructors,
  InputPeer,
  LAYER,
  Message,
  MessageConstructor,
  MessagesMessages,
  MessagesSendMessageParams,
  MethodErrors,
  Methods,
  RpcErrorName,
  Updates,
  User,
  UserConstructor,
  UserEmpty,
} from '../../lib/api/index.ts'
import type { getHistory, sendMessageRequest } from '../../lib/api/messages.ts'
import type { invokeWithLayer } from '../../lib/api/root.ts'
import type { Request } from '../../lib/core/invoker.ts'

// What the type checker must know. Nothing of it runs: that it compiles is the proof.

describe('the generated types', () => {
  it('name types and constructors', () => {
    expectTypeOf<User>().toEqualTypeOf<UserConstructor | UserEmpty>()
    expectTypeOf<Message['_']>().toEqualTypeOf<'message' | 'messageEmpty' | 'messageService'>()
    expectTypeOf<Constructors['message']>().toEqualTypeOf<MessageConstructor>()
    expectTypeOf<Config['_']>().toEqualTypeOf<'config'>()
    expectTypeOf<typeof LAYER>().toEqualTypeOf<229>()
  })

  it('say what a field holds', () => {
    expectTypeOf<UserEmpty['id']>().toEqualTypeOf<number>()
    expectTypeOf<UserConstructor['accessHash']>().toEqualTypeOf<bigint | undefined>()
    expectTypeOf<MessageConstructor['out']>().toEqualTypeOf<boolean | undefined>()
    expectTypeOf<MessageConstructor['message']>().toEqualTypeOf<string>()
    expectTypeOf<Constructors['inputMediaPhoto']['livePhoto']>().toEqualTypeOf<boolean | undefined>()
    expectTypeOf<Constructors['photo']['fileReference']>().toEqualTypeOf<Uint8Array>()
    expectTypeOf<Constructors['stickerSet']['thumbs']>().branded.toEqualTypeOf<
      readonly Constructors['photoSize'][] extends infer _ ? Constructors['stickerSet']['thumbs'] : never
    >()
  })

  it('tie fields of one bit together', () => {
    type Header = Constructors['messageFwdHeader']
    const header = { _: 'messageFwdHeader', date: 1 } as const
    expectTypeOf({
      ...header,
      savedFromPeer: { _: 'peerUser', userId: 1 } as const,
      savedFromMsgId: 2,
    }).toExtend<Header>()
    expectTypeOf(header).toExtend<Header>()
    expectTypeOf({ ...header, savedFromMsgId: 2 }).not.toExtend<Header>()

    const user = { _: 'user', id: 1 } as const
    expectTypeOf({ ...user, bot: true as const, botInfoVersion: 1 }).toExtend<User>()
    expectTypeOf({ ...user, bot: false as const }).toExtend<User>()
    expectTypeOf({ ...user, bot: true as const }).not.toExtend<User>()
    expectTypeOf({ ...user, botInfoVersion: 1 }).not.toExtend<User>()
  })

  it('know parameters and results', () => {
    expectTypeOf<Methods['messages.sendMessage']['params']>().toEqualTypeOf<MessagesSendMessageParams>()
    expectTypeOf<Methods['messages.sendMessage']['result']>().toEqualTypeOf<Updates>()
    expectTypeOf<Methods['users.getUsers']['result']>().toEqualTypeOf<readonly User[]>()
    expectTypeOf<MessagesSendMessageParams['peer']>().toEqualTypeOf<InputPeer>()
    expectTypeOf<MessagesSendMessageParams['randomId']>().toEqualTypeOf<bigint>()
    expectTypeOf<ReturnType<typeof getHistory>>().toEqualTypeOf<Observable<MessagesMessages>>()
    expectTypeOf<ReturnType<typeof sendMessageRequest>>().toEqualTypeOf<Request<Updates>>()
    expectTypeOf<ReturnType<typeof invokeWithLayer<Config>>>().toEqualTypeOf<Observable<Config>>()
  })

  it('know the names of errors', () => {
    expectTypeOf<'FLOOD_WAIT'>().toExtend<RpcErrorName>()
    expectTypeOf<'PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_5MIN'>().toExtend<RpcErrorName>()
    expectTypeOf<'FLOOD_WIAT'>().not.toExtend<RpcErrorName>()
    expectTypeOf<'PHONE_CODE_INVALID'>().toExtend<MethodErrors['auth.signIn']>()
    expectTypeOf<'PHONE_CODE_INVALID'>().not.toExtend<MethodErrors['auth.logOut' & keyof MethodErrors]>()
  })
})
