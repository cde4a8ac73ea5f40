/** The generated functions by namespace; imported statically, so that they share the writer with the specs that use them. */
import * as account from '../../lib/api/account.ts'
import * as aicompose from '../../lib/api/aicompose.ts'
import * as auth from '../../lib/api/auth.ts'
import * as bots from '../../lib/api/bots.ts'
import * as channels from '../../lib/api/channels.ts'
import * as chatlists from '../../lib/api/chatlists.ts'
import * as communities from '../../lib/api/communities.ts'
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
