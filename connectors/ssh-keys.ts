import { readKey } from '../core/attributes/public-key.ts'
import type { JsonValue } from '../core/model/json.ts'
import type { Account } from './generator.ts'
import type { Lines } from './lines-of-people.ts'

/**
 * The well-formed public keys of a person as lines, distinct and in their order (`user.sshKeys`). Undefined for whoever has none; a
 * reason where none is well-formed.
 */
export function readKeys({ attributes }: Account): Lines {
  const stored = storedKeys(attributes['user.sshKeys'])
  if (stored.length === 0) return undefined
  const lines = new Set(stored.flatMap((text) => readKey(text) ?? []))
  return lines.size === 0 ? { reason: 'user.sshKeys holds no well-formed public key' } : { lines: [...lines] }
}

function storedKeys(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : []
}
