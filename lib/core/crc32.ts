/**
 * CRC-32 (IEEE 802.3, as in zlib): the checksum of the full framing and of every TL declaration.
 * https://core.telegram.org/mtproto/mtproto-transports#full and https://core.telegram.org/mtproto/TL-formal
 */

const table = makeTable()

function makeTable(): Uint32Array {
  const values = new Uint32Array(256)
  for (let index = 0; index < 256; index++) {
    let value = index
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
    values[index] = value
  }
  return values
}

/** The checksum as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (let at = 0; at < bytes.length; at++) crc = table[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8)
  return ~crc >>> 0
}
