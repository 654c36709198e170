import { GuildhallError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/model/json.ts'
import { plainPath } from '../source-options.ts'

/** Where the bytes of a source lie: a file under `$GUILDHALL_IN`, one of the configuration repository, or an address. */
export interface InputPlace {
  readonly kind: 'path' | 'file' | 'url'
  readonly value: string
}

const kinds = ['path', 'file', 'url'] as const

/** Takes the one of `path`, `file` and `url` that stands in the options, and refuses what could lead elsewhere. */
export function readPlace(type: string, options: JsonObject): InputPlace {
  const given = kinds.filter((kind) => options[kind] !== undefined)
  const [kind] = given
  const value = kind === undefined ? undefined : options[kind]
  if (kind === undefined || given.length > 1 || typeof value !== 'string') {
    throw optionsInvalid(type, 'give exactly one of "path", "file" and "url"')
  }
  if (kind === 'url' ? isPlainUrl(value) : value.length <= 400 && plainPath.test(value)) return { kind, value }
  if (kind === 'url') throw optionsInvalid(type, 'its url must be https, without user and password')
  throw optionsInvalid(type, `its ${kind} ${JSON.stringify(value)} must be relative, without "..", such as "hr/people"`)
}

/** The error of options that do not fit; says what would be right. */
export function optionsInvalid(type: string, reason: string): GuildhallError {
  return new GuildhallError('SOURCE_OPTIONS_INVALID', `Cannot use this ${type} source: ${reason}`, { facts: { type } })
}

/** Whether it may be asked is decided where it is asked. */
function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, hash } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === ''
}
