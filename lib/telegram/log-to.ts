/** A client's trace and faults, for any logger. */
import { ignoreElements, merge, type Observable, tap } from 'rxjs'
import type { TraceEvent } from '../core/trace.ts'
import type { Fault } from './telegram.ts'
import { traceLine } from './trace-line.ts'

/** How much a line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Where lines go: `console`, a logger of pino or winston, or anything else with these four. */
export interface LogSink {
  debug(line: string): void
  info(line: string): void
  warn(line: string): void
  error(line: string): void
}

export interface LogOptions {
  /** The least level that is written: `info`. With `debug`, every step of every call is. */
  readonly level?: LogLevel | undefined
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * Writes what a client does into a log: faults as errors; lost links, waits, repeats and gaps as warnings; links, keys and
 * refused calls as information; everything else for debugging. No line holds a secret.
 *
 * Starts: on subscribe; several logs may run side by side.
 * Emits: nothing; completes when the client has closed.
 * Errors: with what the sink throws.
 * Unsubscribe: stops writing; the client goes on.
 *
 * @example
 * import { logTo } from 'rxgram'
 *
 * openClient(options).pipe(switchMap((tg) => merge(logTo(tg, console), work(tg)))).subscribe()
 */
export function logTo(
  tg: { readonly trace$: Observable<TraceEvent>; readonly faults$: Observable<Fault> },
  sink: LogSink,
  { level: least = 'info' }: LogOptions = {},
): Observable<never> {
  const write = (level: LogLevel, text: () => string): void => {
    // As a method: loggers want to be themselves.
    if (RANKS[level] >= RANKS[least]) sink[level](text())
  }
  const faults$ = tg.faults$.pipe(tap((fault) => write('error', () => faultLine(fault))))
  const trace$ = tg.trace$.pipe(tap((event) => write(levelOf(event), () => traceLine(event))))
  // Events are made for whoever observes them: not for a log that would write none.
  return (least === 'error' ? faults$ : merge(trace$, faults$)).pipe(ignoreElements())
}

function levelOf(event: TraceEvent): LogLevel {
  switch (event._) {
    case 'link':
      return event.reason === undefined ? 'info' : 'warn'
    case 'call':
      if (event.step === 'failed') return 'warn'
      return event.step === 'refused' ? 'info' : 'debug'
    case 'key':
      return event.what === 'lost' ? 'warn' : 'info'
    case 'wait':
      // Keeping pace is what was asked for.
      return event.why === 'pace' ? 'debug' : 'warn'
    case 'retry':
      return 'warn'
    case 'box':
      return event.what === 'gap' ? 'warn' : 'info'
    default:
      return 'debug'
  }
}

/** Whatever an application's own function threw says what that function made it say. */
function faultLine({ at, error }: Fault): string {
  return `${at}: ${error instanceof Error ? `${error.name}: ${error.message}` : 'something that is no Error was thrown'}`
}
