/** The generator of the vectors that give only a checksum: one sequence for data, key and iv. */
export function generated(
  length: number,
  ivLength: number,
): readonly [data: Uint8Array, key: Uint8Array, iv: Uint8Array] {
  let seed = length >>> 0
  const take = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => {
      seed = (Math.imul(seed, 123457567) + 987651241) >>> 0
      return (seed >>> 23) & 255
    })
  const data = take(length)
  const key = take(32)
  return [data, key, take(ivLength)]
}
