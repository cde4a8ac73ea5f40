/** TL names to TypeScript names. Neither way is reversible in general, so nothing is ever looked up by these. */

/** `server_public_key_fingerprints` -> `serverPublicKeyFingerprints`. What has no underscore stays as it is. */
export function camelCase(name: string): string {
  return name.replace(/_+([A-Za-z0-9])/g, (_, next: string) => next.toUpperCase())
}

/** `messages.getHistory` -> `MessagesGetHistory`, `P_Q_inner_data` -> `PQInnerData`. */
export function pascalCase(name: string): string {
  return name
    .split(/[._]+/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('')
}

/** The namespace of a TL name, or '' : `messages` of `messages.getHistory`. */
export function namespaceOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot === -1 ? '' : name.slice(0, dot)
}

/** A TL name without its namespace: `getHistory` of `messages.getHistory`. */
export function localName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** What may not be the name of a function or a variable in a module. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof undefined var void while with yield'
  ).split(' '),
)

/** The name itself, or with an underscore behind it where the language has the word for itself: `delete_`. */
export function safeName(name: string): string {
  return RESERVED.has(name) ? `${name}_` : name
}
