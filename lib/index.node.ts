/** The library on Node: the same, with TCP and a file to keep the session in. */
export { createCaller, createClient, openCaller, openClient } from './client.node.ts'
export * from './index.ts'
export { type FileStorageOptions, fileStorage } from './runtime/storage/file.node.ts'
export { httpConnect } from './runtime/transport/http-connect.node.ts'
export { mtproxy } from './runtime/transport/mtproxy.node.ts'
export { socks5 } from './runtime/transport/socks5.node.ts'
export { type TcpOptions, tcp } from './runtime/transport/tcp.node.ts'
