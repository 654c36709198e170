import { longestText } from '../../core/model/longest-text.ts'

/** No control character, no half of one, no end of a line, nothing unseen; the joiners are letters. */
const printable = '(?:[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Cf}]|[\\u200c\\u200d])'

/** PostgreSQL does not even take all control characters in a question. */
export const name = {
  type: 'string',
  minLength: 1,
  maxLength: longestText,
  pattern: `^${printable}+$`,
} as const

export const identity = {
  type: 'string',
  format: 'identity',
  maxLength: 1200,
  description: 'A person: `<source>/<login>`.',
  examples: ['idp/ada'],
} as const

export const as = {
  ...identity,
  description: 'By whose rights; without it the own user of the system acts, who may do everything.',
} as const

export const reason = {
  type: 'string',
  maxLength: longestText,
  pattern: `^${printable}*$`,
  description: 'Why, for whoever asks later.',
} as const

/** A one-time key. */
export const key = {
  type: 'string',
  minLength: 1,
  maxLength: 200,
  description: 'The key that the mail brings.',
} as const

/** The JSON Schema of an input with these members. */
export function input(properties: Readonly<Record<string, object>>, required: readonly string[] = []): object {
  return { type: 'object', additionalProperties: false, required: [...required], properties }
}
