/** `rxgram dc`: runs a local DC until it is told to stop. */
import { ignoreElements, mergeMap, tap } from 'rxjs'
import { UsageError } from '../core/errors.ts'
import { type LocalDcEvent, startLocalDc } from '../local-dc/index.node.ts'
import { systemClock } from '../runtime/rx/clock.ts'
import { asTyped, DC_HELP, type DcArguments, dcArguments } from './dc-arguments.node.ts'
import { eventText, readyLine, readyText, traceText, warningText } from './dc-output.ts'

/**
 * Starts it. The process ends by itself: with 0 once it is stopped, 2 for bad arguments, 1 for anything else. `onStop`
 * takes what is to be done when a signal comes.
 */
export function dc(args: readonly string[], onStop: (stop: () => void) => void): void {
  const given = argumentsOf(args)
  if (given === undefined) return
  const { options, json, trace, help, typed } = given
  if (help) {
    process.stdout.write(DC_HELP)
    return
  }
  const print = (text: string) => void process.stdout.write(`${text}\n`)
  const told = teller(formatOf(json, trace), print)
  const running = startLocalDc(options)
    .pipe(
      tap((ready) => print(json ? readyLine(ready) : readyText(ready))),
      mergeMap(({ events$ }) => events$.pipe(tap(told), ignoreElements())),
    )
    .subscribe({ error: (error: unknown) => fail(error, typed) })
  const stop = () => running.unsubscribe()
  onStop(stop)
  // Whoever read the output is gone: so is the need for the server.
  process.stdout.once('error', stop)
}

function argumentsOf(args: readonly string[]): ReturnType<typeof dcArguments> | undefined {
  try {
    return dcArguments(args)
  } catch (error) {
    fail(error)
    return undefined
  }
}

type Format = (event: LocalDcEvent) => string | undefined

function formatOf(json: boolean, trace: boolean): Format {
  if (json) return JSON.stringify
  return trace ? (event) => traceText(event, systemClock.now()) : eventText
}

/** Prints events; a layer without a schema is told once, however often it is spoken. */
function teller(format: Format, print: (text: string) => void): (event: LocalDcEvent) => void {
  const warned = new Set<string>()
  return (event) => {
    const text = format(event)
    if (text !== undefined) print(text)
    const warning = warningText(event)
    if (warning === undefined || (event.event === 'layer' && warned.has(warning))) return
    if (warned.size < 100) warned.add(warning)
    process.stderr.write(`rxgram dc: ${warning}\n`)
  }
}

function fail(error: unknown, typed: DcArguments['typed'] = new Map()): void {
  const isUsage = error instanceof UsageError
  const told = error instanceof Error ? error.message : String(error)
  const message = isUsage ? asTyped(told, typed) : told
  process.stderr.write(`rxgram dc: ${message}\n${isUsage ? 'See rxgram dc --help.\n' : ''}`)
  process.exitCode = isUsage ? 2 : 1
}
