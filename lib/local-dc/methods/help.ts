/** What clients ask first: https://core.telegram.org/method/help.getConfig */
import type { Config, DcOption } from '../../api/index.ts'
import type { Context, DcAddress, Handlers } from '../context.ts'
import { limits } from '../world/limits.ts'

/** Seconds that a config is good for: some clients put up with no other number. */
const CONFIG_LIFE = 3600
/** The hash of the app config, which never changes here; 0 would mean "have none". */
const APP_CONFIG_HASH = 1

export const help: Handlers = {
  'help.getConfig': (_params, context) => config(context),
  'help.getNearestDc': (_params, { dc }) => ({ _: 'nearestDc', country: 'US', thisDc: dc, nearestDc: dc }),
  'help.getAppConfig': ({ hash }) =>
    hash === APP_CONFIG_HASH
      ? { _: 'help.appConfigNotModified' }
      : { _: 'help.appConfig', hash: APP_CONFIG_HASH, config: { _: 'jsonObject', value: [] } },
}

function config({ now, dc, dcs, testMode }: Context): Config {
  return {
    _: 'config',
    date: now,
    expires: now + CONFIG_LIFE,
    testMode,
    thisDc: dc,
    dcOptions: dcs.map(dcOption),
    dcTxtDomainName: 'dc.invalid',
    revokePmInbox: true,
    meUrlPrefix: 'https://t.me/',
    webfileDcId: dc,
    chatSizeMax: 200,
    megagroupSizeMax: 200_000,
    forwardedCountMax: 100,
    onlineUpdatePeriodMs: 210_000,
    offlineBlurTimeoutMs: 5000,
    offlineIdleTimeoutMs: 30_000,
    onlineCloudTimeoutMs: 300_000,
    notifyCloudDelayMs: 30_000,
    notifyDefaultDelayMs: 1500,
    pushChatPeriodMs: 60_000,
    pushChatLimit: 2,
    editTimeLimit: limits.editAge,
    revokeTimeLimit: 2_147_483_647,
    revokePmTimeLimit: 2_147_483_647,
    ratingEDecay: 2_419_200,
    stickersRecentLimit: 200,
    channelsReadMediaPeriod: 604_800,
    callReceiveTimeoutMs: 20_000,
    callRingTimeoutMs: 90_000,
    callConnectTimeoutMs: 30_000,
    callPacketTimeoutMs: 10_000,
    captionLengthMax: 1024,
    messageLengthMax: limits.text,
  }
}

function dcOption({ id, host, port }: DcAddress): DcOption {
  // Only this port: other ports of the same host are other DCs.
  return { _: 'dcOption', id, ipAddress: literal(host), port, ipv6: host.includes(':'), thisPortOnly: true }
}

/** Clients take nothing but a literal address, and can't dial "any". */
function literal(host: string): string {
  if (host === 'localhost' || host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
