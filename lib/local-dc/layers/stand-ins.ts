/**
 * What stands for an object whose constructor a layer does not have: https://core.telegram.org/api/layers
 *
 * Asked by the constructor's name first, by its type's after that. A name is a constructor of the same type; it keeps
 * the fields that both have, the others get zeros. A function makes another object of the project's own layer.
 *
 * What is not here is left out where that can be done: its flag is cleared, or it leaves its vector.
 */
import type { TlObject } from './codec.ts'
import type { StandIn } from './translation.ts'

/** The table. */
export const STAND_INS: Readonly<Record<string, StandIn>> = {
  // Types that have a constructor for what can't be shown.
  ChannelLocation: 'channelLocationEmpty',
  Chat: 'chatEmpty',
  ChatParticipants: 'chatParticipantsForbidden',
  ChatPhoto: 'chatPhotoEmpty',
  ChatReactions: 'chatReactionsNone',
  BotMenuButton: 'botMenuButtonDefault',
  Document: 'documentEmpty',
  DraftMessage: 'draftMessageEmpty',
  EmojiStatus: 'emojiStatusEmpty',
  EncryptedChat: 'encryptedChatEmpty',
  EncryptedFile: 'encryptedFileEmpty',
  ForumTopic: 'forumTopicDeleted',
  GeoPoint: 'geoPointEmpty',
  InputChannel: 'inputChannelEmpty',
  InputMedia: 'inputMediaEmpty',
  InputPeer: 'inputPeerEmpty',
  InputStickerSet: 'inputStickerSetEmpty',
  InputUser: 'inputUserEmpty',
  LangPackString: 'langPackStringDeleted',
  Message: 'messageEmpty',
  MessageAction: 'messageActionEmpty',
  MessageEntity: 'messageEntityUnknown',
  MessageMedia: 'messageMediaUnsupported',
  NotificationSound: 'notificationSoundDefault',
  PageBlock: 'pageBlockUnsupported',
  PasswordKdfAlgo: 'passwordKdfAlgoUnknown',
  PhoneCall: 'phoneCallEmpty',
  Photo: 'photoEmpty',
  PhotoSize: 'photoSizeEmpty',
  Reaction: 'reactionEmpty',
  RecentMeUrl: 'recentMeUrlUnknown',
  RequirementToContact: 'requirementToContactEmpty',
  SecureFile: 'secureFileEmpty',
  SecurePasswordKdfAlgo: 'securePasswordKdfAlgoUnknown',
  StarsTransactionPeer: 'starsTransactionPeerUnsupported',
  StoryItem: 'storyItemDeleted',
  User: 'userEmpty',
  UserProfilePhoto: 'userProfilePhotoEmpty',
  UserStatus: 'userStatusEmpty',
  WebPage: 'webPageEmpty',
  'storage.FileType': 'storage.fileUnknown',

  // What can't be told makes the client ask for the difference.
  Updates: 'updatesTooLong',

  // Types whose most ordinary constructor says nothing wrong.
  BotInlineMessage: 'botInlineMessageText',
  SendMessageAction: 'sendMessageTypingAction',
  sendMessageStopDraftAction: 'sendMessageCancelAction',

  // A community has an id among the channels.
  community: 'channelForbidden',
  communityForbidden: 'channelForbidden',
  communityFull: 'channelFull',
  dialogPeerCommunity: ({ communityId }) => ({ _: 'dialogPeer', peer: channelOf(communityId) }),
  notifyCommunity: ({ communityId }) => ({ _: 'notifyPeer', peer: channelOf(communityId) }),

  // Text keeps its words.
  RichText: withoutFormat,
  pageBlockHeading1: 'pageBlockHeader',
  pageBlockHeading2: 'pageBlockHeader',
  pageBlockHeading3: 'pageBlockSubheader',
  pageBlockHeading4: 'pageBlockSubheader',
  pageBlockHeading5: 'pageBlockSubheader',
  pageBlockHeading6: 'pageBlockSubheader',
  pageBlockThinking: 'pageBlockParagraph',
  pageBlockMath: ({ source }) => ({ _: 'pageBlockPreformatted', text: plainText(source), language: '' }),
}

/** The text that a formatting is put on, or what there is of text in an object that replaces one. */
function withoutFormat({ text, alt, source }: TlObject): TlObject {
  return typeof text === 'object' && text !== null ? (text as TlObject) : plainText(alt ?? source)
}

function plainText(text: unknown): TlObject {
  return { _: 'textPlain', text: typeof text === 'string' ? text : '' }
}

function channelOf(id: unknown): TlObject {
  return { _: 'peerChannel', channelId: id }
}
