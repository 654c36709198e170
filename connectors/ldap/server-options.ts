import type { JsonObject, JsonValue } from '../../core/model/json.ts'
import { isThisMachine, secretNameOf } from '../source-options.ts'
import { formatDn, parseDn } from './dn.ts'

/** Where a directory is, and as whom it is asked, with defaults filled in and everything parsed. */
export interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'startTls' | 'none'
  /** Path in the configuration repository. */
  readonly ca: string | undefined
  readonly account: { readonly dn: string; readonly secret: string } | undefined
  readonly silentMs: number
}

/** Makes the error for an option that is not what it must be, of a phrase such as `a text`. */
export type InvalidOption = (option: string, value: JsonValue | undefined, wanted: string) => Error

/** Reads what the options of sources and destinations have in common strictly: they reach a network and an account. */
export function readServerOptions(options: JsonObject, invalid: InvalidOption): ServerOptions {
  return {
    ...serverOf(options, invalid),
    ca: optionalText(options, 'ca', invalid),
    account: accountOf(options, invalid),
    silentMs: timeoutOf(optionalText(options, 'timeout', invalid) ?? 'PT30S', invalid),
  }
}

/** The distinguished name that an option is, written in one way. */
export function dnOf(options: JsonObject, name: string, invalid: InvalidOption): string {
  const text = optionalText(options, name, invalid)
  if (text === undefined)
    throw invalid(name, options[name], 'a distinguished name such as "ou=people,dc=example,dc=org"')
  return formatDn(parseDn(text, (problem) => invalid(name, text, `a distinguished name, ${problem}`)))
}

/** An option that is a text, or not there. */
export function optionalText(options: JsonObject, name: string, invalid: InvalidOption): string | undefined {
  const value = options[name]
  if (value === undefined || typeof value === 'string') return value
  throw invalid(name, value, 'a text')
}

/** The address of the directory, and of an entry there. */
export function addressOf({ host, port, security }: ServerOptions, dn: string): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${security === 'tls' ? 'ldaps' : 'ldap'}://${name}:${port}/${dn}`
}

const urlPattern = /^(ldaps?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?\/?$/

function serverOf(options: JsonObject, invalid: InvalidOption): Pick<ServerOptions, 'host' | 'port' | 'security'> {
  const url = options['url']
  const [, scheme, name, digits] = (typeof url === 'string' && urlPattern.exec(url)) || []
  if (name === undefined) throw invalid('url', url, 'an address such as "ldaps://ldap.example.org"')
  const host = name.replace(/^\[|\]$/g, '')
  const port = digits === undefined ? (scheme === 'ldaps' ? 636 : 389) : Number(digits)
  if (port < 1 || port > 65_535) throw invalid('url', url, 'an address with a port of at most 65535')
  return { host, port, security: securityOf(options, { isTls: scheme === 'ldaps', host }, invalid) }
}

function securityOf(
  options: JsonObject,
  { isTls, host }: { readonly isTls: boolean; readonly host: string },
  invalid: InvalidOption,
): ServerOptions['security'] {
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

function accountOf(options: JsonObject, invalid: InvalidOption): ServerOptions['account'] {
  const { bindDn, password } = options
  if (bindDn === undefined && password === undefined) return undefined
  const secret = secretNameOf(password)
  if (secret === undefined) throw invalid('password', undefined, '{secret: name}, beside bindDn')
  return { dn: dnOf(options, 'bindDn', invalid), secret }
}

function timeoutOf(text: string, invalid: InvalidOption): number {
  const [, digits, unit] = /^PT(\d{1,3})([SM])$/.exec(text) ?? []
  const ms = Number(digits) * (unit === 'M' ? 60_000 : 1_000)
  if (ms >= 1_000 && ms <= 600_000) return ms
  throw invalid('timeout', text, 'a duration such as "PT30S", at most "PT10M"')
}
