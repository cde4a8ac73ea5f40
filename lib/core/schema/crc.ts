/**
 * A constructor's id is the CRC-32 of its declaration: https://core.telegram.org/mtproto/TL-formal
 *
 * What is hashed is the declaration in one line: without id and semicolon, `bytes` written as `string`, without
 * braces, with a space for `<` and nothing for `>`, and without the fields that are a mere bit.
 */
import { crc32 } from '../crc32.ts'
import type { Declaration } from './parse.ts'

/** The id that the declaration's text gives, uint32. */
export function constructorId(declaration: Declaration): number {
  return textId(declaration.text)
}

/** The id of a declaration in text form; an id or semicolon that it has is not looked at. */
export function textId(text: string): number {
  return crc32(Uint8Array.from(canonicalText(text), (character) => character.charCodeAt(0)))
}

/** What is hashed. */
export function canonicalText(text: string): string {
  return (
    text
      .replace(/;\s*$/, '')
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/^(\S+?)#[0-9a-f]+(?= )/, '$1')
      // Only a whole field of type bytes: Vector<bytes> keeps its word.
      .replace(/([:?])bytes /g, '$1string ')
      .replace(/ \w+:\w+\.\d+\?true(?= )/g, '')
      .replace(/</g, ' ')
      .replace(/[>{}]/g, '')
  )
}
