/** The generated functions by namespace; imported statically, so that they share the writer with the specs that use them. */
import * as account from '../../lib/api/account.ts'
import * as aicompose from '../../lib/api/aicompose.ts'
import * as auth from '../../lib/api/auth.ts'
import * as bots from '../../lib/api/bots.ts'
import * as channels from '../../lib/api/channels.ts'
import * as chatlists from '../../lib/api/chatlists.ts'
import * as communities from '../../lib/api/communities.ts'
import * as accountCompact from '../../lib/api/compact/account.ts'
import * as aicomposeCompact from '../../lib/api/compact/aicompose.ts'
import * as authCompact from '../../lib/api/compact/auth.ts'
import * as botsCompact from '../../lib/api/compact/bots.ts'
import * as channelsCompact from '../../lib/api/compact/channels.ts'
import * as chatlistsCompact from '../../lib/api/compact/chatlists.ts'
import * as communitiesCompact from '../../lib/api/compact/communities.ts'
import * as contactsCompact from '../../lib/api/compact/contacts.ts'
import * as ephemeralCompact from '../../lib/api/compact/ephemeral.ts'
import * as foldersCompact from '../../lib/api/compact/folders.ts'
import * as fragmentCompact from '../../lib/api/compact/fragment.ts'
import * as helpCompact from '../../lib/api/compact/help.ts'
import * as langpackCompact from '../../lib/api/compact/langpack.ts'
import * as messagesCompact from '../../lib/api/compact/messages.ts'
import * as paymentsCompact from '../../lib/api/compact/payments.ts'
import * as phoneCompact from '../../lib/api/compact/phone.ts'
import * as photosCompact from '../../lib/api/compact/photos.ts'
import * as premiumCompact from '../../lib/api/compact/premium.ts'
import * as rootCompact from '../../lib/api/compact/root.ts'
import * as smsjobsCompact from '../../lib/api/compact/smsjobs.ts'
import * as statsCompact from '../../lib/api/compact/stats.ts'
import * as stickersCompact from '../../lib/api/compact/stickers.ts'
import * as storiesCompact from '../../lib/api/compact/stories.ts'
import * as updatesCompact from '../../lib/api/compact/updates.ts'
import * as uploadCompact from '../../lib/api/compact/upload.ts'
import * as usersCompact from '../../lib/api/compact/users.ts'
import * as contacts from '../../lib/api/contacts.ts'
import * as ephemeral from '../../lib/api/ephemeral.ts'
import * as folders from '../../lib/api/folders.ts'
import * as fragment from '../../lib/api/fragment.ts'
import * as help from '../../lib/api/help.ts'
import * as langpack from '../../lib/api/langpack.ts'
import * as messages from '../../lib/api/messages.ts'
import * as payments from '../../lib/api/payments.ts'
import * as phone from '../../lib/api/phone.ts'
import * as photos from '../../lib/api/photos.ts'
import * as premium from '../../lib/api/premium.ts'
import * as root from '../../lib/api/root.ts'
import * as smsjobs from '../../lib/api/smsjobs.ts'
import * as stats from '../../lib/api/stats.ts'
import * as stickers from '../../lib/api/stickers.ts'
import * as stories from '../../lib/api/stories.ts'
import * as updates from '../../lib/api/updates.ts'
import * as upload from '../../lib/api/upload.ts'
import * as users from '../../lib/api/users.ts'

/** Node's. */
export const namespaces: Readonly<Record<string, object>> = {
  account,
  aicompose,
  auth,
  bots,
  channels,
  chatlists,
  communities,
  contacts,
  ephemeral,
  folders,
  fragment,
  help,
  langpack,
  messages,
  payments,
  phone,
  photos,
  premium,
  root,
  smsjobs,
  stats,
  stickers,
  stories,
  updates,
  upload,
  users,
}

/** The browsers'. */
export const compactNamespaces: Readonly<Record<string, object>> = {
  account: accountCompact,
  aicompose: aicomposeCompact,
  auth: authCompact,
  bots: botsCompact,
  channels: channelsCompact,
  chatlists: chatlistsCompact,
  communities: communitiesCompact,
  contacts: contactsCompact,
  ephemeral: ephemeralCompact,
  folders: foldersCompact,
  fragment: fragmentCompact,
  help: helpCompact,
  langpack: langpackCompact,
  messages: messagesCompact,
  payments: paymentsCompact,
  phone: phoneCompact,
  photos: photosCompact,
  premium: premiumCompact,
  root: rootCompact,
  smsjobs: smsjobsCompact,
  stats: statsCompact,
  stickers: stickersCompact,
  stories: storiesCompact,
  updates: updatesCompact,
  upload: uploadCompact,
  users: usersCompact,
}
