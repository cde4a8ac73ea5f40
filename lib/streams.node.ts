/** `rxgram/streams` on Node: the same, with TCP. */

export { tcp, tcpLink } from './runtime/transport/tcp.node.ts'
export * from './streams.ts'
