/** `rxgram/streams` on Node: the same, with TCP. */
export * from './streams.ts'
export { tcp, tcpLink } from './runtime/transport/tcp.node.ts'
