import fc from 'fast-check'
import type { JsonValue } from '../../core/model/json.ts'
import { encodeKey } from './public-keys.ts'

const goodKeys = [1, 2, 3, 4].map((fill) => encodeKey('ssh-ed25519', Buffer.alloc(32, fill)))
const [key = ''] = goodKeys

/** Lines that must not be installed: options in front of the key, several lines, no key at all. */
const badKeys: readonly JsonValue[] = [
  ...['nonsense', '', `${key}\n${key}`, `command="id" ${key}`, `cert-authority ${key}`, `# ${key}`, key.slice(0, -8)],
  ...[42, null, [key]],
]

/** Lists of key lines, good and bad ones mixed, of which several people may hold the same. */
export const anyKeys: fc.Arbitrary<JsonValue> = fc.array(
  fc.oneof(fc.constantFrom(...goodKeys), fc.constantFrom(...badKeys)),
  { maxLength: 4 },
)

/** Those of a list of key lines that are to be installed. */
export function goodKeysOf(lines: JsonValue | undefined): string[] {
  return goodKeys.filter((one) => Array.isArray(lines) && lines.includes(one))
}
