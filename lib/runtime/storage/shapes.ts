/** What each kind of record must look like: checked when it is written, and again when it comes from a file. */
import type { RecordKind, Records } from './storage.ts'

/** What is wrong, with its place, or undefined. */
type Check = (value: unknown, path: string) => string | undefined

/** A check for each field: a field that is added to a record must be added here. */
type Fields<Value> = { readonly [Field in keyof Required<Value>]: Check }

const number = ofType('a number', (value) => typeof value === 'number')
const bigint = ofType('a bigint', (value) => typeof value === 'bigint')
const text = ofType('text', (value) => typeof value === 'string')
const boolean = ofType('true or false', (value) => typeof value === 'boolean')
const kind = ofType('user, chat or channel', (value) => value === 'user' || value === 'chat' || value === 'channel')
const authKey = ofType('256 bytes', (value) => value instanceof Uint8Array && value.length === 256)

const storedKey = shape<Records['authKey']>({ key: authKey, timeOffset: number, expiresAt: optional(number) })

const CHECKS: { readonly [Kind in RecordKind]: Check } = {
  authKey: storedKey,
  tempKey: storedKey,
  salts: list(shape<Records['salts'][number]>({ salt: bigint, validSince: number, validUntil: number })),
  endpoints: list(
    shape<Records['endpoints'][number]>({ host: text, port: number, ws: optional(text), media: optional(boolean) }),
  ),
  box: shape<Records['box']>({ pts: number, qts: optional(number), seq: optional(number), date: optional(number) }),
  peer: shape<Records['peer']>({
    kind,
    id: number,
    accessHash: bigint,
    usernames: list(text),
    phone: optional(text),
  }),
  username: text,
  phone: text,
  minContext: shape<Records['minContext']>({ chat: text, message: number }),
  self: shape<Records['self']>({ id: number, bot: boolean, dc: number }),
  value: () => undefined,
}

/** What is wrong with a record, for people and without its content; undefined when it is right, or of no known kind. */
export function recordProblem(kind: string, value: unknown): string | undefined {
  return Object.hasOwn(CHECKS, kind) ? CHECKS[kind as RecordKind](value, kind) : undefined
}

/** Whether there are records of that kind. */
export function isRecordKind(kind: string): kind is RecordKind {
  return Object.hasOwn(CHECKS, kind)
}

function ofType(expected: string, fits: (value: unknown) => boolean): Check {
  return (value, path) => (fits(value) ? undefined : `expected ${expected} at ${path}, got ${nameOf(value)}`)
}

function optional(check: Check): Check {
  return (value, path) => (value === undefined ? undefined : check(value, path))
}

function list(check: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return `expected a list at ${path}, got ${nameOf(value)}`
    return firstOf(value.map((item, index) => () => check(item, `${path}[${index}]`)))
  }
}

/** Fields that it does not know are let through: a later version may have written them. */
function shape<Value>(fields: Fields<Value>): Check {
  const checks = Object.entries<Check>(fields)
  return (value, path) => {
    if (typeof value !== 'object' || value === null) return `expected an object at ${path}, got ${nameOf(value)}`
    const record = value as Readonly<Record<string, unknown>>
    return firstOf(
      checks.map(
        ([field, check]) =>
          () =>
            check(record[field], `${path}.${field}`),
      ),
    )
  }
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const problem = check()
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The kind of value, never the value. */
function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return Array.isArray(value) ? 'a list' : typeof value
}
