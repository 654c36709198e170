import { isOneLine } from '../model/one-line.ts'

/** What follows the type in a key's binary form: the number of fields, and the exact or least length of one. */
interface Shape {
  readonly fields: number
  readonly check: (fields: readonly Buffer[]) => boolean
}

const curve = (length: number): Shape => ({ fields: 2, check: ([, point]) => point?.length === length })
const shapes: ReadonlyMap<string, Shape> = new Map([
  ['ssh-ed25519', { fields: 1, check: ([point]) => point?.length === 32 }],
  [
    'ssh-rsa',
    { fields: 2, check: ([, modulus]) => modulus !== undefined && modulus.length >= 256 && modulus.length <= 2049 },
  ],
  ['ecdsa-sha2-nistp256', curve(65)],
  ['ecdsa-sha2-nistp384', curve(97)],
  ['ecdsa-sha2-nistp521', curve(133)],
  ['sk-ssh-ed25519@openssh.com', { fields: 2, check: ([point]) => point?.length === 32 }],
  ['sk-ecdsa-sha2-nistp256@openssh.com', { fields: 3, check: ([, point]) => point?.length === 65 }],
])
const longestLine = 16 * 1024
const longestComment = 200

/**
 * The key of a line of `authorized_keys` as `type base64 [comment]`; undefined if it is not well-formed. A line with options
 * is none: they may only take rights away from the key, so it must not be installed without them, and some add rights.
 */
export function readKey(text: string): string | undefined {
  if (text.length > longestLine) return undefined
  const line = text.trim()
  if (!isOneLine(line.replaceAll('\t', ' '))) return undefined
  const words = line.split(/[ \t]+/)
  const [type = '', encoded = ''] = words
  if (!isWellFormed(type, encoded)) return undefined
  const comment = words.slice(2).join(' ')
  return comment === '' || comment.length > longestComment ? `${type} ${encoded}` : `${type} ${encoded} ${comment}`
}

/** What stands in front of the key of a line of `authorized_keys`; undefined where nothing does, or there is no key. */
export function optionsOfKey(text: string): string | undefined {
  if (text.length > longestLine) return undefined
  const words = text.trim().split(/[ \t]+/)
  const at = words.findIndex((type, index) => isWellFormed(type, words[index + 1] ?? ''))
  return at > 0 ? words.slice(0, at).join(' ') : undefined
}

function isWellFormed(type: string, encoded: string): boolean {
  const shape = shapes.get(type)
  if (shape === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return false
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) return false
  const [name, ...fields] = readFields(bytes) ?? []
  return name?.toString('latin1') === type && fields.length === shape.fields && shape.check(fields)
}

/** The length-prefixed fields of a key's binary form; undefined where they do not fill it exactly. */
function readFields(bytes: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return undefined
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) return undefined
    fields.push(bytes.subarray(at + 4, end))
    at = end
  }
  return fields
}
