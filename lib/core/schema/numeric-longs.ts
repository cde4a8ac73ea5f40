/**
 * Which TL `long`s are numbers: the ids of users, chats, channels and communities. The server promises them 52 bits
 * (https://core.telegram.org/api/bots/ids); every other long may use all 64 bits and is a bigint, however small
 * it usually is.
 *
 * A name says it in nearly all places. Where one name means different things, the declaration decides.
 */

/** Fields that mean such an id wherever they are. */
const FIELDS: ReadonlySet<string> = new Set(
  (
    'user_id chat_id channel_id community_id bot_id admin_id inviter_id participant_id actor_id receiver_id ' +
    'via_bot_id via_business_bot_id business_bot_id guard_bot_id bot_manager_id new_creator_id contact_id ' +
    'linked_chat_id linked_monoforum_id linked_community_id migrated_from_chat_id personal_channel_id ' +
    'broadcast_id admin_disallowed_chat_id joined_chat_ids creator_chat_ids ' +
    'promoted_by kicked_by approved_by requested_by auto_setting_from user_id_hint ' +
    'other_uids except_ids exclude_users users chats channels recent_requesters recent_viewers top_bidders winners'
  ).split(' '),
)

/** Fields that mean one only here: `declaration.field`. */
const PLACES: ReadonlySet<string> = new Set(
  (
    'aiComposeTone.author_id ' +
    'user.id userEmpty.id userFull.id chat.id chatEmpty.id chatForbidden.id chatFull.id ' +
    'channel.id channelForbidden.id channelFull.id community.id communityForbidden.id communityFull.id ' +
    'channelAdminLogEventActionChangeLinkedChat.prev_value channelAdminLogEventActionChangeLinkedChat.new_value ' +
    'auth.exportedAuthorization.id auth.importAuthorization.id ' +
    'contacts.editCloseFriends.id messages.getChats.id messages.getCommonChats.max_id ' +
    'payments.checkedGiftCode.to_id phone.deleteConferenceCallParticipants.ids ' +
    'updateShortChatMessage.from_id'
  ).split(' '),
)

/** Whether that field, a `long` or a vector of them, is a number in TypeScript. Both names are TL names. */
export function isNumericLong(declarationName: string, fieldName: string): boolean {
  return FIELDS.has(fieldName) || PLACES.has(`${declarationName}.${fieldName}`)
}
