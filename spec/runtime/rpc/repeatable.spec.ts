import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { isRepeatable, isRepeatableByName } from '../../../lib/runtime/rpc/repeatable.ts'

/** Every method of the schema, by its name there. */
const METHODS: readonly string[] = [
  ...readFileSync(new URL('../../../lib/api/types.ts', import.meta.url), 'utf8')
    .split('export interface Methods {')[1]!
    .split('\n}')[0]!
    .matchAll(/^ {2}readonly '?([\w.]+)'?:/gm),
].map(([, name]) => name!)

// Whoever brings a new layer reads what it adds here: is it true of each that running it twice is like running it once?
const REPEATABLE: Readonly<Record<string, string>> = {
  account:
    'checkUsername getAccountTTL getAllSecureValues getAuthorizationForm getAuthorizations ' +
    'getAutoDownloadSettings getAutoSaveSettings getBotBusinessConnection getBusinessChatLinks ' +
    'getChannelDefaultEmojiStatuses getChannelRestrictedStatusEmojis getChatThemes ' +
    'getCollectibleEmojiStatuses getConnectedBots getContactSignUpNotification getContentSettings ' +
    'getDefaultBackgroundEmojis getDefaultEmojiStatuses getDefaultGroupPhotoEmojis ' +
    'getDefaultProfilePhotoEmojis getGlobalPrivacySettings getMultiWallPapers getNotifyExceptions ' +
    'getNotifySettings getPaidMessagesRevenue getPasskeys getPassword getPasswordSettings getPrivacy ' +
    'getReactionsNotifySettings getRecentEmojiStatuses getSavedMusicIds getSavedRingtones getSecureValue ' +
    'getTheme getThemes getUniqueGiftChatThemes getWallPaper getWallPapers getWebAuthorizations ' +
    'getWebBrowserSettings resolveBusinessChatLink updateStatus',
  aicompose: 'getTone getToneExample getTones',
  auth: 'checkPaidAuth checkRecoveryPassword dropTempAuthKeys exportAuthorization exportLoginToken',
  bots:
    'canSendMessage checkDownloadFileParams checkUsername getAccessSettings getAdminedBots getBotCommands ' +
    'getBotInfo getBotMenuButton getBotRecommendations getPopularAppBots getPreviewInfo getPreviewMedias ' +
    'getRequestedWebViewButton',
  channels:
    'checkSearchPostsFlood checkUsername getAdminLog getAdminedPublicChannels getChannelRecommendations ' +
    'getChannels getFullChannel getGroupsForDiscussion getInactiveChannels getLeftChannels ' +
    'getMessageAuthor getMessages getParticipant getParticipants getSendAs readHistory ' +
    'readMessageContents',
  chatlists: 'checkChatlistInvite getChatlistUpdates getExportedInvites getLeaveChatlistSuggestions',
  communities: 'getJoinedCommunities getParticipantJoinedChats getPeerLinkRequests',
  contacts:
    'getBirthdays getBlocked getContactIDs getContacts getLocated getSaved getSponsoredPeers getStatuses ' +
    'getTopPeers resolvePhone resolveUsername search',
  ephemeral: 'getWelcomeMessages',
  fragment: 'getCollectibleInfo',
  help:
    'acceptTermsOfService dismissSuggestion getAppConfig getAppUpdate getCdnConfig getConfig ' +
    'getCountriesList getDeepLinkInfo getInviteText getNearestDc getPassportConfig getPeerColors ' +
    'getPeerProfileColors getPremiumPromo getPromoData getRecentMeUrls getSupport getSupportName ' +
    'getTermsOfServiceUpdate getTimezonesList getUserInfo hidePromoData',
  langpack: 'getDifference getLangPack getLanguage getLanguages getStrings',
  messages:
    'checkChatInvite checkHistoryImport checkHistoryImportPeer checkQuickReplyShortcut ' +
    'checkUrlAuthMatchCode getAdminsWithInvites getAllDrafts getAllStickers getArchivedStickers ' +
    'getAttachMenuBot getAttachMenuBots getAttachedStickers getAvailableEffects getAvailableReactions ' +
    'getBotApp getChatInviteImporters getChats getCommonChats getCustomEmojiDocuments ' +
    'getDefaultHistoryTTL getDefaultTagReactions getDhConfig getDialogFilters getDialogUnreadMarks ' +
    'getDialogs getDiscussionMessage getDocumentByHash getEmojiGameInfo getEmojiGroups getEmojiKeywords ' +
    'getEmojiKeywordsDifference getEmojiKeywordsLanguages getEmojiProfilePhotoGroups getEmojiStatusGroups ' +
    'getEmojiStickerGroups getEmojiStickers getEmojiURL getExportedChatInvite getExportedChatInvites ' +
    'getExtendedMedia getFactCheck getFavedStickers getFeaturedEmojiStickers getFeaturedStickers ' +
    'getForumTopics getForumTopicsByID getFullChat getFutureChatCreatorAfterLeave getGameHighScores ' +
    'getHistory getInlineGameHighScores getMaskStickers getMessageEditData getMessageReactionsList ' +
    'getMessageReadParticipants getMessages getMessagesReactions getMyStickers getOldFeaturedStickers ' +
    'getOnlines getOutboxReadDate getPaidReactionPrivacy getPeerDialogs getPeerSettings ' +
    'getPersonalChannelHistory getPinnedDialogs getPinnedSavedDialogs getPollResults getPollVotes ' +
    'getPreparedInlineMessage getQuickReplies getQuickReplyMessages getRecentLocations getRecentReactions ' +
    'getRecentStickers getReplies getRichMessage getSavedDialogs getSavedDialogsByID getSavedGifs ' +
    'getSavedHistory getSavedReactionTags getScheduledHistory getScheduledMessages getSearchCounters ' +
    'getSearchResultsCalendar getSearchResultsPositions getSplitRanges getSponsoredMessages getStickerSet ' +
    'getStickers getSuggestedDialogFilters getTopReactions getUnreadMentions getUnreadPollVotes ' +
    'getUnreadReactions getWebPage getWebPagePreview readDiscussion readEncryptedHistory readHistory ' +
    'readMessageContents readSavedHistory receivedMessages search searchCustomEmoji ' +
    'searchEmojiStickerSets searchGlobal searchSentMedia searchStickerSets searchStickers ' +
    'setEncryptedTyping setTyping translateText',
  payments:
    'canPurchaseStore checkCanSendGift checkGiftCode getBankCardData getConnectedStarRefBot ' +
    'getConnectedStarRefBots getCraftStarGifts getGiveawayInfo getPaymentForm getPaymentReceipt ' +
    'getPremiumGiftCodeOptions getResaleStarGifts getSavedInfo getSavedStarGift getSavedStarGifts ' +
    'getStarGiftActiveAuctions getStarGiftAuctionAcquiredGifts getStarGiftAuctionState ' +
    'getStarGiftCollections getStarGiftUpgradeAttributes getStarGiftUpgradePreview getStarGifts ' +
    'getStarsGiftOptions getStarsGiveawayOptions getStarsRevenueAdsAccountUrl getStarsRevenueStats ' +
    'getStarsStatus getStarsSubscriptions getStarsTopupOptions getStarsTransactions ' +
    'getStarsTransactionsByID getSuggestedStarRefBots getUniqueStarGift getUniqueStarGiftValueInfo',
  phone:
    'checkGroupCall getCallConfig getGroupCall getGroupCallChainBlocks getGroupCallJoinAs ' +
    'getGroupCallStars getGroupCallStreamChannels getGroupCallStreamRtmpUrl getGroupParticipants',
  photos: 'getUserPhotos',
  premium: 'getBoostsList getBoostsStatus getMyBoosts getUserBoosts',
  smsjobs: 'getSmsJob getStatus isEligibleToJoin',
  stats:
    'getBroadcastStats getMegagroupStats getMessagePublicForwards getMessageStats getPollStats ' +
    'getStoryPublicForwards getStoryStats loadAsyncGraph',
  stickers: 'checkShortName suggestShortName',
  stories:
    'canSendStory getAlbumStories getAlbums getAllReadPeerStories getAllStories getChatsToSend ' +
    'getPeerMaxIDs getPeerStories getPinnedStories getStoriesArchive getStoriesByID getStoriesViews ' +
    'getStoryReactionsList getStoryViewsList readStories searchPosts',
  updates: 'getChannelDifference getDifference getState',
  upload:
    'getCdnFile getCdnFileHashes getFile getFileHashes getWebFile reuploadCdnFile saveBigFilePart ' + 'saveFilePart',
  users: 'getFullUser getRequirementsToContact getSavedMusic getSavedMusicByID getUsers',
}

describe('runtime/rpc/repeatable', () => {
  it('knows every method of the schema', () => {
    expect(METHODS).to.include.members(['messages.sendMessage', 'invokeWithLayer', 'help.getConfig'])
    expect(METHODS).to.have.length.above(700)
  })

  it('takes these by their names', () => {
    const found: Record<string, string[]> = {}
    for (const method of METHODS.filter(isRepeatableByName)) {
      const [namespace, name] = method.split('.') as [string, string]
      found[namespace] ??= []
      found[namespace].push(name)
    }
    for (const namespace of Object.keys({ ...REPEATABLE, ...found }))
      expect((found[namespace] ?? []).sort().join('\n'), namespace).to.equal(
        (REPEATABLE[namespace] ?? '').replaceAll(' ', '\n'),
      )
  })

  const cases: readonly (readonly [what: string, method: string, params: unknown, expected: boolean])[] = [
    ['one that reads', 'messages.getHistory', {}, true],
    ['one that acts', 'messages.deleteMessages', { id: [1] }, false],
    ['one with a random id', 'messages.sendMessage', { randomId: 1n }, true],
    ['one without the random id that it may have', 'messages.sendMessage', { randomId: undefined }, false],
    ['one with several', 'messages.forwardMessages', { randomId: [1n, 2n] }, true],
    ['an album', 'messages.sendMultiMedia', { multiMedia: [{ randomId: 1n }, { randomId: 2n }] }, true],
    ['an album of nothing', 'messages.sendMultiMedia', { multiMedia: [] }, false],
    ['an album with one that has none', 'messages.sendMultiMedia', { multiMedia: [{ randomId: 1n }, {}] }, false],
    ['a part of a file', 'upload.saveFilePart', {}, true],
    ['one that asks a bot', 'messages.getBotCallbackAnswer', {}, false],
    ['a password', 'auth.checkPassword', {}, false],
    ['one that only begins like one that reads', 'messages.getawayCar', {}, false],
    ['none that is known', 'x', {}, false],
    ['a wrapper around one that reads', 'invokeWithTakeout', { query: { method: 'users.getUsers', params: {} } }, true],
    ['a wrapper around one that acts', 'invokeWithLayer', { query: { method: 'auth.logOut', params: {} } }, false],
    [
      'two wrappers around a random id',
      'invokeWithLayer',
      { query: { method: 'initConnection', params: { query: { method: 'a.b', params: { randomId: 5n } } } } },
      true,
    ],
    ['a wrapper around nothing', 'invokeWithLayer', {}, false],
    ['params that are none', 'messages.sendMessage', undefined, false],
  ]
  for (const [what, method, params, expected] of cases)
    it(`${expected ? 'takes' : 'leaves'} ${what}`, () => {
      expect(isRepeatable({ method, params })).to.equal(expected)
    })

  it('is not lost in wrappers', () => {
    const endless: { method: string; params: Record<string, unknown> } = { method: 'invokeWithLayer', params: {} }
    endless.params['query'] = endless
    expect(isRepeatable(endless)).to.equal(false)
  })
})
