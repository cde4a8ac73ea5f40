/** `rxgram/streams` on Node: the same, with TCP. */

export { httpConnectLink } from './runtime/transport/http-connect.node.ts'
export { type Lookup, lookup } from './runtime/transport/lookup.node.ts'
export { socks5Link } from './runtime/transport/socks5.node.ts'
export { tcp, tcpLink } from './runtime/transport/tcp.node.ts'
export * from './streams.ts'
