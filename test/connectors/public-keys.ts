import { generateKeyPairSync } from 'node:crypto'

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** A public key as a line: its type, and its type and fields in base64. */
export function encodeKey(type: string, ...fields: readonly Buffer[]): string {
  return `${type} ${Buffer.concat([Buffer.from(type), ...fields].map(field)).toString('base64')}`
}

/** A well-formed key that nobody has the private half of. */
export const ed25519 = encodeKey('ssh-ed25519', Buffer.alloc(32, 7))

/** A new RSA key of so many bits. */
export function rsaKey(bits: number): string {
  const { n = '', e = '' } = generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' })
  const modulus = Buffer.concat([Buffer.from([0]), Buffer.from(n, 'base64url')])
  return encodeKey('ssh-rsa', Buffer.from(e, 'base64url'), modulus)
}
