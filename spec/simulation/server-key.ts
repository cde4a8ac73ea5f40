/** The RSA key of every simulated server: the same in every run, so that a seed is the same everywhere. It guards nothing. */
import { bytesFromBigint } from '../../lib/core/bytes.ts'
import { publicKeyPem, type RsaPrivateKey, rsaPrivateKey } from '../../lib/core/crypto/rsa-private.ts'

const P: bigint = BigInt(
  '0x' +
    'fd528114b9b9fda52ab87662f2aabd165e01a7a832241ed7037e7126b652127ec50c27dc9c140158c3ff136dcc3a12b1296f' +
    '84e1dc760bec6124295a25075c296eaa82e5dc86d4ed1e6e738c63cd77a063e1c2f73abddf3c2ff1913ce59cdb10ae336fd5' +
    '4eecbf09f8c9a8ea7a33235a0376860bcc167865b367cb896b2ee44d',
)
const Q: bigint = BigInt(
  '0x' +
    'edc5a92746261408c413c2451dc23f069da9e35479ffe5e672101955f8107071ac27d9a610e23cd032669902e9966d0e64e7' +
    '59ceae323cad7ecc363719c74edf9a2da603f7d98a3bd56c180051436e3ad560114c43aee9a1b8e8e703353bd40167a01074' +
    '36c09d4039dc2b9f6d15250d3d4de2366673abd252b9983aee527d95',
)
const E = 65_537n

/** x, with a * x = 1 modulo m. */
function inverse(a: bigint, m: bigint): bigint {
  let [r, next, x, after] = [m, a % m, 0n, 1n]
  while (next !== 0n) {
    const times = r / next
    ;[r, next] = [next, r - times * next]
    ;[x, after] = [after, x - times * after]
  }
  return ((x % m) + m) % m
}

export const serverKey: RsaPrivateKey = rsaPrivateKey({
  modulus: bytesFromBigint(P * Q, 256),
  exponent: bytesFromBigint(E),
  privateExponent: bytesFromBigint(inverse(E, (P - 1n) * (Q - 1n)), 256),
  prime1: bytesFromBigint(P, 128),
  prime2: bytesFromBigint(Q, 128),
  exponent1: bytesFromBigint(inverse(E, P - 1n), 128),
  exponent2: bytesFromBigint(inverse(E, Q - 1n), 128),
  coefficient: bytesFromBigint(inverse(Q, P), 128),
})

/** Its public half, as clients take it. */
export const serverKeyPem: string = publicKeyPem(serverKey.public)
