/** What a client does, in lines for people. */
import type { CallTrace, LinkTrace, TraceEvent } from '../core/trace.ts'

/**
 * One event as a line of text, without its time.
 *
 * @example
 * tg.trace$.pipe(map(traceLine)).subscribe(console.error) // dc 2 main: messages.sendMessage answered in 41 ms
 */
export function traceLine(event: TraceEvent): string {
  return 'dc' in event ? `dc ${event.dc} ${event.lane}: ${sessionText(event)}` : clientText(event)
}

function sessionText(event: Extract<TraceEvent, { readonly dc: number }>): string {
  switch (event._) {
    case 'link':
      return linkText(event)
    case 'call':
      return callText(event)
    case 'key':
      return `${event.temporary ? 'temporary key' : 'key'} ${event.what}`
    case 'salt':
      return `salt ${event.what}, ${event.known} known`
    case 'clock':
      return `the server's clock is ${event.offset < 0 ? 'behind' : 'ahead'} by ${Math.abs(event.offset).toFixed(1)} s`
    case 'ping':
      return `ping answered in ${rounded(event.rtt)} ms`
  }
}

function linkText({ link, state, reason, retryIn }: LinkTrace): string {
  const why = reason === undefined ? '' : `: ${reason}`
  const again = retryIn === undefined ? '' : `; again in ${(retryIn / 1000).toFixed(1)} s`
  return `link ${link} ${state}${why}${again}`
}

function callText({ step, call, method, bytes, error, took }: CallTrace): string {
  const size = bytes === undefined || step === 'queued' ? '' : `, ${bytes} bytes`
  const time = took === undefined ? '' : ` in ${rounded(took)} ms`
  return `${method ?? 'a call'} #${call} ${step}${time}${size}${error === undefined ? '' : `: ${error}`}`
}

function clientText(event: Exclude<TraceEvent, { readonly dc: number }>): string {
  switch (event._) {
    case 'wait':
      return `${event.method} waits ${Math.round(event.seconds * 1000) / 1000} s: ${event.why}`
    case 'retry':
      return `${event.method} is repeated in ${event.seconds} s: ${event.error}`
    case 'box':
      return `updates (${event.box}): ${BOX[event.what]}${event.waiting === 0 ? '' : `, ${event.waiting} wait`}`
  }
}

const BOX = {
  gap: 'one came before its turn',
  difference: 'what was missed is asked for',
  healed: 'nothing is missing',
} as const

/** Clocks are finer than anyone wants to read. */
function rounded(milliseconds: number): number {
  return milliseconds < 10 ? Math.round(milliseconds * 10) / 10 : Math.round(milliseconds)
}
