import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { dnOf, optionalText, readServerOptions } from '../../ldap/server-options.ts'
import type { ServerOptions } from '../../ldap/server-options.ts'

/** What a Facility document says of a directory that is kept in step, with defaults filled in and everything parsed. */
export interface LdapOptions extends ServerOptions {
  /** Everything that is written lies below it. */
  readonly baseDn: string
  /** The attribute that tells which entries are ours, in small letters. */
  readonly mark: string
  /** How many entries are changed at once at most. */
  readonly batchSize: number
}

/** Reads the options strictly: they reach a network and an account. DESTINATION_OPTIONS_INVALID */
export function readOptions(options: JsonObject): LdapOptions {
  const server = readServerOptions(options, invalid)
  if (server.account === undefined)
    throw invalid('bindDn', undefined, 'the account that writes, with its password beside it')
  return {
    ...server,
    baseDn: dnOf(options, 'baseDn', invalid),
    mark: markOf(optionalText(options, 'mark', invalid) ?? 'description'),
    batchSize: batchSizeOf(options['batchSize'] ?? 100),
  }
}

/** The error that something about the options is wrong, of a phrase such as `its url must be an address`. */
export function optionsInvalid(phrase: string): GuildhallError {
  return new GuildhallError('DESTINATION_OPTIONS_INVALID', `Cannot use an ldap destination: ${phrase}`)
}

function markOf(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9-]*$/.test(text) && text.toLowerCase() !== 'objectclass') return text.toLowerCase()
  throw invalid('mark', text, 'an attribute such as "description"')
}

function batchSizeOf(value: JsonValue): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000) return value
  throw invalid('batchSize', value, 'a number from 1 to 1000')
}

function invalid(option: string, value: JsonValue | undefined, wanted: string): GuildhallError {
  const shown = value === undefined ? '' : ` ${JSON.stringify(value)}`
  return optionsInvalid(`its ${option}${shown} must be ${wanted}`)
}
