/** `rxgram/streams` on Node: the same, with TCP. */

export { type Lookup, lookup } from './runtime/transport/lookup.node.ts'
export { tcp, tcpLink } from './runtime/transport/tcp.node.ts'
export * from './streams.ts'
