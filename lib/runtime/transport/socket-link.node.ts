/** A node:net socket as a link of bytes. */
import type { Socket } from 'node:net'
import { TransportError } from '../../core/errors.ts'
import { inbox } from './inbox.ts'
import type { AcceptedLink } from './link.ts'

/**
 * Of the writes of a turn the first leaves at once. Those after it share a system call, until it has so many bytes or the
 * turn is over; larger ones gain nothing by it.
 */
const SMALL_WRITE = 8192

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'not permitted',
  EADDRINUSE: 'the port is taken',
  EADDRNOTAVAIL: 'no such address on this machine',
  EAI_AGAIN: 'the name can not be looked up now',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the other side broke it',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to the network',
  ENOTFOUND: 'no such host',
  EPIPE: 'the other side is gone',
  ETIMEDOUT: 'no answer',
}

/** Why a socket failed, for people: `nothing listens there (ECONNREFUSED)`. */
export function socketReason(error: Error & { readonly code?: string | undefined }): string {
  const { code } = error
  if (code === undefined) return error.message
  return `${REASONS[code] ?? 'it failed'} (${code})`
}

/**
 * Makes a link of a connected socket, and reads it only while the link has a reader. `ended` is called once, after
 * the reader was told: without an error when the other side closed.
 */
export function socketLink(socket: Socket, remote: string, ended: (error?: TransportError) => void): AcceptedLink {
  const box = inbox((isRead) => (isRead ? socket.resume() : socket.pause()))
  let sent = false
  let corked = false
  let held = 0
  let over = false

  function finish(error?: TransportError): void {
    if (over) return
    over = true
    if (error === undefined) box.end()
    else box.fail(error)
    ended(error)
  }

  function turned(): void {
    sent = false
    uncork()
  }

  function uncork(): void {
    if (!corked) return
    corked = false
    held = 0
    socket.uncork()
  }

  socket.pause()
  // A Buffer's slice() is no copy, a Uint8Array's is: receivers get the latter.
  socket.on('data', (data: Buffer) => box.push(new Uint8Array(data.buffer, data.byteOffset, data.length)))
  socket.on('end', () => finish())
  socket.on('close', () => finish())
  socket.on('error', (error) => {
    finish(new TransportError(`the connection to ${remote} broke: ${socketReason(error)}`, 'unknown', { cause: error }))
  })

  return {
    remote,
    incoming$: box.incoming$,
    send(bytes) {
      if (!socket.writable) return
      if (bytes.length >= SMALL_WRITE) uncork()
      else if (!sent) {
        sent = true
        process.nextTick(turned)
      } else if (!corked) {
        corked = true
        socket.cork()
      }
      socket.write(bytes)
      if (!corked) return
      held += bytes.length
      if (held >= SMALL_WRITE) uncork()
    },
    get buffered() {
      return socket.writableLength
    },
    close() {
      uncork()
      socket.end()
      finish()
      // What still comes is thrown away: unread bytes would make the kernel break the connection instead of closing it.
      socket.resume()
    },
    reset() {
      finish()
      socket.resetAndDestroy()
    },
  }
}
