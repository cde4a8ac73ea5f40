/** The few words of WebAssembly's text format that the module is written in. */

export const get = (name: string): string => `(local.get $${name})`
export const set = (name: string, value: string): string => `(local.set $${name} ${value})`
export const tee = (name: string, value: string): string => `(local.tee $${name} ${value})`
export const i32 = (value: number): string => `(i32.const ${value | 0})`
export const i64 = (value: bigint | number): string => `(i64.const ${value})`
export const call = (name: string, ...args: readonly string[]): string => `(call $${name} ${args.join(' ')})`

/** `(op a b)`, for any two-argument instruction. */
export const op = (name: string, a: string, b: string): string => `(${name} ${a} ${b})`
export const add = (a: string, b: string): string => op('i32.add', a, b)
export const sub = (a: string, b: string): string => op('i32.sub', a, b)
export const and = (a: string, b: string): string => op('i32.and', a, b)
export const or = (a: string, b: string): string => op('i32.or', a, b)
export const xor = (a: string, b: string): string => op('i32.xor', a, b)
export const shl = (a: string, bits: number): string => op('i32.shl', a, i32(bits))
export const shr = (a: string, bits: number): string => op('i32.shr_u', a, i32(bits))
export const rotl = (a: string, bits: number): string => op('i32.rotl', a, i32(bits))

/** Loads and stores at an address, plus an offset that is known. */
export const load = (address: string, offset = 0): string => `(i32.load offset=${offset} ${address})`
export const load8 = (address: string, offset = 0): string => `(i32.load8_u offset=${offset} ${address})`
export const store = (address: string, value: string, offset = 0): string =>
  `(i32.store offset=${offset} ${address} ${value})`
export const load128 = (address: string, offset = 0): string => `(v128.load offset=${offset} ${address})`
export const store128 = (address: string, value: string, offset = 0): string =>
  `(v128.store offset=${offset} ${address} ${value})`

/** The bytes of a word backwards: SHA-256 and CTR count in big-endian words. */
export const swapped = (name: string): string =>
  or(and(rotl(get(name), 8), i32(0x00ff00ff)), and(rotl(get(name), 24), i32(0xff00ff00)))

/** Repeats `body` while `condition`, which is looked at first. */
export const loopWhile = (label: string, condition: string, body: string): string =>
  `(block $${label}_end (loop $${label} (br_if $${label}_end (i32.eqz ${condition})) ${body} (br $${label})))`

/** A function. Parameters and locals are `name: type`. */
export function func(
  name: string,
  options: {
    readonly params?: Readonly<Record<string, string>>
    readonly result?: string
    readonly locals?: Readonly<Record<string, string>>
    readonly exported?: boolean
  },
  ...body: readonly string[]
): string {
  const { params = {}, result, locals = {}, exported = true } = options
  const declared = (kind: string, names: Readonly<Record<string, string>>): string =>
    Object.entries(names)
      .map(([each, type]) => `(${kind} $${each} ${type})`)
      .join(' ')
  const head = [
    `(func $${name}`,
    exported ? `(export "${name}")` : '',
    declared('param', params),
    result === undefined ? '' : `(result ${result})`,
    declared('local', locals),
  ]
  return `${head.filter((part) => part !== '').join(' ')}\n${body.join('\n')})\n`
}

/** The same type for many names. */
export const all = (type: string, ...names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, type]))

/** `count` names: a0, a1, ... */
export const names = (stem: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${stem}${i}`)
