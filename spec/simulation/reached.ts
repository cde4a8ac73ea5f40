/** States that must be reached in a run: what was never reached was never tried. */

/** Each with how it comes about. */
export const STATES: readonly string[] = [
  'connection cut inside a packet',
  'connection cut before anything was answered',
  'half-open connection left by the client',
  'connection that never opened given up',
  'session forgotten with calls in flight',
  'call run again in another session',
  'call run again in the same session',
  'call that may not be repeated ended unknown',
  'call ended unsent',
  'call timed out',
  'call told to be received',
  'call cancelled before it was sent',
  'call cancelled in flight',
  'call closed with its client',
  'drop came while the call ran',
  'drop came after the answer was made',
  'drop came for a call that is unknown',
  'drop came on a later connection',
  'answer came twice',
  'answer came twice in one container',
  'answer came again on a later connection',
  'answer fetched by msg_resend_req',
  'announced answer that was there acked',
  'salt refused',
  'container refused for its salt',
  'salt rotated in flight',
  'salt rotated without an error',
  'clock of the client repaired up',
  'clock of the client repaired down',
  'bad_msg 16',
  'bad_msg 17',
  'bad_msg 18',
  'bad_msg 19',
  'bad_msg 20',
  'bad_msg 32',
  'bad_msg 33',
  'bad_msg 34',
  'bad_msg 35',
  'bad_msg 48',
  'bad_msg 64',
  'states asked for',
  'call found missing by its state',
  'acks sent alone',
  'container of more than ten messages',
  'big call',
  'big answer',
  'call refused with FLOOD_WAIT answered later',
  'call that failed inside the server answered later',
  'message sent twice, once in the world',
  'future salts asked for',
  'key made by an exchange',
  'temporary key bound',
  'temporary key made again',
  'update pushed twice, told once',
]

export class Reached {
  readonly counts: Map<string, number> = new Map<string, number>()

  reached(state: string, times = 1): void {
    this.counts.set(state, (this.counts.get(state) ?? 0) + times)
  }

  /** States of the list that were not reached. */
  static missing(counts: ReadonlyMap<string, number>): readonly string[] {
    return STATES.filter((state) => (counts.get(state) ?? 0) === 0)
  }
}
