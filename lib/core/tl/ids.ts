/** The constructor ids that the TL language itself needs, as signed int32: https://core.telegram.org/mtproto/TL-types */

/** `vector {t:Type} # [ t ] = Vector t` */
export const VECTOR = 0x1cb5c415
/** `boolTrue = Bool` */
export const BOOL_TRUE: number = 0x997275b5 | 0
/** `boolFalse = Bool` */
export const BOOL_FALSE: number = 0xbc799737 | 0

/** How deep values of a type that can contain itself may be nested, both ways. */
export const MAX_DEPTH = 100

/** A constructor id for people: `#1cb5c415`. */
export function idText(id: number): string {
  return `#${(id >>> 0).toString(16).padStart(8, '0')}`
}
