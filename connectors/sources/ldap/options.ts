import type { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { formatDn, parseDn } from '../../ldap/dn.ts'
import { parseFilter } from '../../ldap/filter.ts'
import type { LdapFilter } from '../../ldap/filter.ts'
import { optionsInvalid } from '../../source-input/options.ts'
import { isThisMachine, secretNameOf } from '../../source-options.ts'

/** What a Source document says of a directory, with defaults filled in and everything parsed. */
export interface LdapOptions {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'startTls' | 'none'
  /** Path in the configuration repository. */
  readonly ca: string | undefined
  readonly baseDn: string
  readonly account: { readonly dn: string; readonly secret: string } | undefined
  readonly filter: LdapFilter
  readonly scope: 'sub' | 'one'
  readonly attributes: readonly string[]
  readonly pageSize: number
  readonly referrals: 'refuse' | 'ignore'
  readonly silentMs: number
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
    ...serverOf(options),
    ca: optionalText(options, 'ca'),
    baseDn: dnOf(options, 'baseDn'),
    account: accountOf(options),
    filter: filterOf(options, '(objectClass=person)'),
    scope: options['scope'] === 'one' ? 'one' : 'sub',
    attributes: textsOf(options['attributes'] ?? ['*']),
    pageSize: pageSizeOf(options['pageSize'] ?? 500),
    referrals: options['referrals'] === 'ignore' ? 'ignore' : 'refuse',
    silentMs: timeoutOf(optionalText(options, 'timeout') ?? 'PT30S'),
    groups: isObject(groups) ? groupsOf(groups) : undefined,
  }
}

function groupsOf(options: JsonObject): GroupOptions {
  return {
    baseDn: dnOf(options, 'baseDn'),
    filter: filterOf(options, '(objectClass=groupOfNames)'),
    name: optionalText(options, 'name') ?? 'cn',
    member: optionalText(options, 'member') ?? 'member',
  }
}

const urlPattern = /^(ldaps?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?\/?$/

function serverOf(options: JsonObject): Pick<LdapOptions, 'host' | 'port' | 'security'> {
  const url = options['url']
  const [, scheme, name, digits] = (typeof url === 'string' && urlPattern.exec(url)) || []
  if (name === undefined) throw invalid('url', url, 'an address such as "ldaps://ldap.example.org"')
  const host = name.replace(/^\[|\]$/g, '')
  const port = digits === undefined ? (scheme === 'ldaps' ? 636 : 389) : Number(digits)
  if (port < 1 || port > 65_535) throw invalid('url', url, 'an address with a port of at most 65535')
  return { host, port, security: securityOf(options, scheme === 'ldaps', host) }
}

function securityOf(options: JsonObject, isTls: boolean, host: string): LdapOptions['security'] {
  const wantsStartTls = options['startTls'] === true
  if (isTls && wantsStartTls) throw invalid('startTls', true, 'left out, since ldaps:// encrypts from the beginning')
  if (isTls) return 'tls'
  if (wantsStartTls) return 'startTls'
  if (options['plain'] === true || isThisMachine(host)) return 'none'
  throw invalid(
    'url',
    options['url'],
    'ldaps://, or have startTls: true beside it, or plain: true where nothing of it is private',
  )
}

function accountOf(options: JsonObject): LdapOptions['account'] {
  const { bindDn, password } = options
  if (bindDn === undefined && password === undefined) return undefined
  const secret = secretNameOf(password)
  if (secret === undefined) throw invalid('password', undefined, '{secret: name}, beside bindDn')
  return { dn: dnOf(options, 'bindDn'), secret }
}

function dnOf(options: JsonObject, name: string): string {
  const text = optionalText(options, name)
  if (text === undefined)
    throw invalid(name, options[name], 'a distinguished name such as "ou=people,dc=example,dc=org"')
  return formatDn(parseDn(text, (problem) => invalid(name, text, `a distinguished name, ${problem}`)))
}

function filterOf(options: JsonObject, otherwise: string): LdapFilter {
  const text = optionalText(options, 'filter') ?? otherwise
  return parseFilter(text, (problem) => invalid('filter', text, `a filter, ${problem}`))
}

function pageSizeOf(value: JsonValue): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000) return value
  throw invalid('pageSize', value, 'a number from 1 to 1000')
}

function timeoutOf(text: string): number {
  const [, digits, unit] = /^PT(\d{1,3})([SM])$/.exec(text) ?? []
  const ms = Number(digits) * (unit === 'M' ? 60_000 : 1_000)
  if (ms >= 1_000 && ms <= 600_000) return ms
  throw invalid('timeout', text, 'a duration such as "PT30S", at most "PT10M"')
}

function textsOf(value: JsonValue): readonly string[] {
  const texts = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
  if (texts.length === 0) throw invalid('attributes', value, 'a list such as ["uid", "cn", "mail"]')
  return texts
}

function optionalText(options: JsonObject, name: string): string | undefined {
  const value = options[name]
  if (value === undefined || typeof value === 'string') return value
  throw invalid(name, value, 'a text')
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(option: string, value: JsonValue | undefined, wanted: string): GuildhallError {
  const shown = value === undefined ? '' : ` ${JSON.stringify(value)}`
  return optionsInvalid('ldap', `its ${option}${shown} must be ${wanted}`)
}
