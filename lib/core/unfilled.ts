/** An array of its own memory, for those who write all of it. Only Node can leave it as it was found: see unfilled.node.ts. */
export function unfilled(length: number): Uint8Array {
  return new Uint8Array(length)
}
