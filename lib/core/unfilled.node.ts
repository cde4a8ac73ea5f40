/** An array of its own memory, not filled with zeros: only for those who write all of it. */
export function unfilled(length: number): Uint8Array {
  const { buffer } = Buffer.allocUnsafeSlow(length)
  return new Uint8Array(buffer, 0, length)
}
