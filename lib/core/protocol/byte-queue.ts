/**
 * Bytes that arrived and wait for the rest of their frame. Taking costs no copy, and a frame of many chunks is
 * copied a constant number of times, however finely it was cut.
 */
export class ByteQueue {
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  /** Whether the room behind `#end` may be written: a chunk of someone else's may not. */
  #own = false

  get length(): number {
    return this.#end - this.#start
  }

  /** Adds a chunk. `wanted` is how long the frame in hand will be: room is made for so much at most ahead of time. */
  push(chunk: Uint8Array, wanted: number): void {
    if (chunk.length === 0) return
    const have = this.length
    if (have === 0) {
      this.#bytes = chunk
      this.#start = 0
      this.#end = chunk.length
      this.#own = false
      return
    }
    if (!this.#own || this.#end + chunk.length > this.#bytes.length) this.#grow(have + chunk.length, wanted)
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  byte(at: number): number {
    return this.#bytes[this.#start + at] ?? 0
  }

  /** A little-endian uint32. */
  uint32(at: number): number {
    return (this.byte(at) | (this.byte(at + 1) << 8) | (this.byte(at + 2) << 16) | (this.byte(at + 3) << 24)) >>> 0
  }

  /** All of them, left where they are: a view that is good until the next chunk is added. */
  peek(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  /** The first `length` bytes, taken out: a view that nothing writes to any more. */
  take(length: number): Uint8Array {
    const from = this.#start
    this.#start += length
    return this.#bytes.subarray(from, this.#start)
  }

  skip(length: number): void {
    this.#start += length
  }

  /** Doubling keeps the copying linear; what was handed out as views stays where it was. */
  #grow(needed: number, wanted: number): void {
    const room = Math.max(64, needed, Math.min(wanted, 2 * needed))
    const bytes = new Uint8Array(room)
    bytes.set(this.#bytes.subarray(this.#start, this.#end))
    this.#end -= this.#start
    this.#start = 0
    this.#bytes = bytes
    this.#own = true
  }
}
