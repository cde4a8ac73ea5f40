/**
 * Names for the path of a failure, out of the source of the function that failed. Generated readers and writers have
 * them anyway, as keys; lists of them beside would make a bundle of the whole schema 15 KB heavier. Minifiers leave keys
 * alone; where there is no source to read, or it was rewritten beyond recognition, a field is named by its number.
 */

type Code = (...values: never[]) => unknown

/** The constructor that a generated reader makes: `_: 'user'`. */
export function constructorRead(reader: Code): string {
  return /\b_\s*:\s*["'`]([^"'`]+)/.exec(String(reader))?.[1] ?? reader.name
}

/** The field before which a generated reader counts `field`: `photo: (at = 7, ...)`. */
export function fieldRead(reader: Code, field: number): string {
  const key = new RegExp(`([\\w$]+)["'\`]?\\s*:\\s*\\([^:]*?[\\w$]\\s*=\\s*${field}\\s*,`)
  return key.exec(String(reader))?.[1] ?? `#${field}`
}

/** The field after which a generated writer counts `field`: `at = 7; writePhoto(value.photo)`, or a local made of it. */
export function fieldWritten(writer: Code, field: number): string {
  const code = String(writer)
  const counted = new RegExp(`[\\w$]\\s*=\\s*${field}\\s*(?:[,;\\n][\\s\\S]*)`).exec(code)?.[0]
  const [, value = '', member] = /\(\s*([A-Za-z_$][\w$]*)(?:\.([\w$]+))?\s*[,)]/.exec(counted ?? '') ?? []
  if (value === '') return `#${field}`
  return (
    member ??
    new RegExp(`[{,\\s]([\\w$]+)["'\`]?\\s*:\\s*${value.replaceAll('$', '\\$')}\\s*[,}]`).exec(code)?.[1] ??
    value
  )
}
