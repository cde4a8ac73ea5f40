/** What `rxgram dc` prints, for people and as JSON. */
import type { LocalDcEvent } from '../local-dc/events.ts'
import type { LocalDc } from '../local-dc/options.ts'

/** The ready line: everything that a client must know, in one line of JSON. */
export function readyLine(dc: LocalDc): string {
  const { publicKeyPem, apiId, apiHash, proxyLinks } = dc
  const dcs = dc.dcs.map(({ id, host, port, ws }) => ({ id, host, port, ws }))
  const users = dc.users.map(({ id, phone }) => ({ id, phone }))
  const bots = dc.bots.map(({ id, username, token }) => ({ id, username, token }))
  const fingerprint = dc.fingerprint.toString()
  const proxies = proxyLinks.length === 0 ? {} : { proxyLinks }
  return JSON.stringify({ event: 'ready', dcs, publicKeyPem, fingerprint, apiId, apiHash, users, bots, ...proxies })
}

/** The same for people. */
export function readyText(dc: LocalDc): string {
  const { dcs, listening, proxyLinks, publicKeyPem, fingerprint, apiId, apiHash, users, bots } = dc
  const addresses = dcs.map(({ id, host, port, ws }) => `  DC ${id}    ${host}:${port}    ${ws}`)
  const more = listening.map(({ dc: id, host, port }) => `  DC ${id}    ${host}:${port}`)
  const people = users.map(
    ({ phone, firstName }) => `  ${phone}    ${firstName}    login code ${phone.charAt(6).repeat(5)}`,
  )
  const robots = bots.map(({ username, token }) => `  @${username}    ${token}`)
  const options = `{ apiId: ${apiId}, apiHash: '${apiHash}', dcs: ${JSON.stringify(dcs)}, publicKeys: [pem] }`
  return [
    'The local DC is running. Ctrl+C stops it.',
    '',
    'Addresses',
    ...addresses,
    ...more,
    '',
    `Public key, fingerprint ${fingerprint}`,
    publicKeyPem.trimEnd(),
    '',
    'People',
    ...people,
    '  Anyone else may sign up with a test number, +99966DNNNN; the login code is DDDDD.',
    '',
    ...(robots.length === 0 ? [] : ['Bots', ...robots, '']),
    ...(proxyLinks.length === 0 ? [] : ['MTProxies', ...proxyLinks.map((link) => `  ${link}`), '']),
    'Clients',
    `  rxgram: createClient(${options}), with the key above as pem`,
    '  others: these addresses, this key, any apiId above 0 and any apiHash',
    '',
  ].join('\n')
}

/** An event for people; undefined for what would only be noise. */
export function eventText(event: LocalDcEvent): string | undefined {
  switch (event.event) {
    case 'code':
      return `${event.to} gets the login code ${event.code}`
    case 'signedUp':
      return `user ${event.user} signed up`
    case 'signedIn':
      return `${event.bot ? 'bot' : 'user'} ${event.user} signed in`
    case 'signedOut':
      return `user ${event.user} signed out`
    default:
      return undefined
  }
}

/** Any event for people who look closely, with the time of day (UTC). `now`: wall clock in milliseconds. */
export function traceText(event: LocalDcEvent, now: number): string | undefined {
  const text = eventText(event) ?? closeText(event)
  return text && `${new Date(now).toISOString().slice(11, 23)} ${text}`
}

function closeText(event: LocalDcEvent): string | undefined {
  switch (event.event) {
    case 'opened':
      return `connection ${event.connection} to DC ${event.dc} opened by ${event.remote}`
    case 'closed':
      return `connection ${event.connection} closed`
    case 'proxied':
      return `connection ${event.connection} came as to an MTProxy (${event.secret}), for DC ${event.dc}`
    case 'message':
      return messageText(event)
    case 'call': {
      const by = event.user === undefined ? 'nobody' : `user ${event.user}`
      const end = event.error ?? event.result ?? 'done'
      return `${short(event.session)}   ${event.method} of ${by} ran ${Math.round(event.took)} ms: ${end}, ${event.message}`
    }
    case 'dropped':
      return `${short(event.session)}   ${event.method ?? 'a call'} was dropped: ${event.answer}`
    case 'push':
      return `${short(event.session)}   ${event.updates.join(', ')} for user ${event.user}`
    default:
      return undefined
  }
}

function messageText(event: Extract<LocalDcEvent, { readonly event: 'message' }>): string {
  const { from, connection, session, message, what, bytes, of, method, error, fate } = event
  const whose = of === undefined ? '' : ` of ${method ?? 'a call'} ${of}`
  const end = error ?? (fate === undefined ? undefined : `not taken: ${fate}`)
  const arrow = from === 'client' ? '>' : '<'
  const size = `${bytes} bytes`
  return `${short(session)} ${arrow} ${what}${whose}, ${message}, ${size}, connection ${connection}${end ? `: ${end}` : ''}`
}

/** The end of a session's name: enough to tell a few apart. */
function short(session: string): string {
  return `session ${session.slice(-6)}`
}

/** What someone should look at; undefined for what is as it should be. */
export function warningText(event: LocalDcEvent): string | undefined {
  if (event.event === 'fault') return `fault: ${event.message}`
  if (event.event !== 'layer') return undefined
  return `a client speaks layer ${event.layer}, for which there is no schema: give one with --layer-schema FILE`
}
