import type { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { parseFilter } from '../../ldap/filter.ts'
import type { LdapFilter } from '../../ldap/filter.ts'
import { dnOf, optionalText, readServerOptions } from '../../ldap/server-options.ts'
import type { ServerOptions } from '../../ldap/server-options.ts'
import { optionsInvalid } from '../../source-input/options.ts'

/** What a Source document says of a directory, with defaults filled in and everything parsed. */
export interface LdapOptions extends ServerOptions {
  readonly baseDn: string
  readonly filter: LdapFilter
  readonly scope: 'sub' | 'one'
  readonly attributes: readonly string[]
  readonly pageSize: number
  readonly referrals: 'refuse' | 'ignore'
  readonly groups: GroupOptions | undefined
}

/** Where the groups are that people have in the field `groups`. */
export interface GroupOptions {
  readonly baseDn: string
  readonly filter: LdapFilter
  readonly name: string
  readonly member: string
}

/** Reads the options strictly: they reach a network and an account. */
export function readOptions(options: JsonObject): LdapOptions {
  const groups = options['groupsFrom']
  return {
    ...readServerOptions(options, invalid),
    baseDn: dnOf(options, 'baseDn', invalid),
    filter: filterOf(options, '(objectClass=person)'),
    scope: options['scope'] === 'one' ? 'one' : 'sub',
    attributes: textsOf(options['attributes'] ?? ['*']),
    pageSize: pageSizeOf(options['pageSize'] ?? 500),
    referrals: options['referrals'] === 'ignore' ? 'ignore' : 'refuse',
    groups: isObject(groups) ? groupsOf(groups) : undefined,
  }
}

function groupsOf(options: JsonObject): GroupOptions {
  return {
    baseDn: dnOf(options, 'baseDn', invalid),
    filter: filterOf(options, '(objectClass=groupOfNames)'),
    name: optionalText(options, 'name', invalid) ?? 'cn',
    member: optionalText(options, 'member', invalid) ?? 'member',
  }
}

function filterOf(options: JsonObject, otherwise: string): LdapFilter {
  const text = optionalText(options, 'filter', invalid) ?? otherwise
  return parseFilter(text, (problem) => invalid('filter', text, `a filter, ${problem}`))
}

function pageSizeOf(value: JsonValue): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000) return value
  throw invalid('pageSize', value, 'a number from 1 to 1000')
}

function textsOf(value: JsonValue): readonly string[] {
  const texts = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
  if (texts.length === 0) throw invalid('attributes', value, 'a list such as ["uid", "cn", "mail"]')
  return texts
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(option: string, value: JsonValue | undefined, wanted: string): GuildhallError {
  const shown = value === undefined ? '' : ` ${JSON.stringify(value)}`
  return optionsInvalid('ldap', `its ${option}${shown} must be ${wanted}`)
}
