/** A refusal of the server in words that may be written down: `400 PEER_ID_INVALID`. */

/** Names are all that is told: who knows what else a server may write there, or whose text it repeats. */
export function refusalText(code: number, text: string): string {
  return /^(?=.*[A-Z])[A-Z\d_]{1,64}$/.test(text) ? `${code} ${text}` : String(code)
}
