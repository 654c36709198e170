import { isIP } from 'node:net'
import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { isThisMachine, plainPath, secretNameOf } from '../../source-options.ts'

/** Which database an sql source reads. */
export type DialectName = 'postgresql' | 'mysql' | 'sqlite' | 'oracle'

/** A database that is reached over the network. */
export interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  /** Name of the secret that holds the password. */
  readonly passwordSecret: string
  /** Nothing where the connection is in the clear. */
  readonly tls: { readonly ca: string | undefined; readonly verify: boolean } | undefined
}

interface Common {
  readonly query: string
  readonly timeoutMs: number
}

/** What an sql source is told. */
export type SqlOptions =
  | (Common & { readonly dialect: 'sqlite'; readonly path: string })
  | (Common & { readonly dialect: Exclude<DialectName, 'sqlite'>; readonly server: ServerOptions })

const usualPort = { postgresql: 5432, mysql: 3306, oracle: 1521 } as const
const hostPattern = /^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)$/
const secretPattern = /^[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/
const textPattern = /^[^\u0000-\u001f]{1,128}$/

/** Checks the options once more, strictly: they reach a network, a login and files. */
export function readOptions(options: JsonObject): SqlOptions {
  const common = { query: queryOf(options['query']), timeoutMs: timeoutOf(options['timeoutSeconds']) * 1_000 }
  const { dialect } = options
  switch (dialect) {
    case 'sqlite':
      return { ...common, dialect, path: text('path', options['path'], plainPath) }
    case 'postgresql':
    case 'mysql':
    case 'oracle':
      return { ...common, dialect, server: readServer(options, dialect) }
    default:
      throw invalid('dialect', dialect, '"postgresql", "mysql", "sqlite" or "oracle"')
  }
}

function invalid(option: string, value: JsonValue | undefined, right: string): GuildhallError {
  const shown = value === undefined ? '' : ` ${JSON.stringify(value)}`
  return new GuildhallError(
    'SOURCE_OPTIONS_INVALID',
    `Cannot use an sql source with ${option}${shown}: it must be ${right}`,
    { facts: { option } },
  )
}

function readServer(options: JsonObject, dialect: Exclude<DialectName, 'sqlite'>): ServerOptions {
  const usual = usualPort[dialect]
  const host = text('host', options['host'], hostPattern)
  const port = options['port'] ?? usual
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalid('port', port, `a number such as ${usual}`)
  }
  const tls = readTls(options, host)
  // Its driver would compare the certificate with another name than this one.
  if (dialect === 'mysql' && tls?.verify === true && isIP(host) !== 0) {
    throw invalid('host', host, 'a name, which the certificate of the server is for')
  }
  return {
    host,
    port,
    database: text('database', options['database'], textPattern),
    user: text('user', options['user'], textPattern),
    passwordSecret: text('password', secretNameOf(options['password']), secretPattern),
    tls,
  }
}

/** In the clear only where nobody listens: to this machine, or where that was said. */
function readTls({ tls, plain }: JsonObject, host: string): ServerOptions['tls'] {
  if (plain === true && tls !== undefined) throw invalid('plain', plain, 'left out where tls is given')
  if (tls === undefined) return plain === true || isThisMachine(host) ? undefined : { ca: undefined, verify: true }
  if (typeof tls !== 'object' || tls === null || !isMapping(tls)) throw invalid('tls', tls, 'a mapping')
  const { ca, verify } = tls
  return { ca: ca === undefined ? undefined : text('tls.ca', ca, plainPath), verify: verify !== false }
}

function queryOf(query: JsonValue | undefined): string {
  if (typeof query === 'string' && query.trim() !== '' && query.length <= 20_000 && !query.includes('\0')) return query
  throw invalid('query', query, 'one select statement')
}

function timeoutOf(seconds: JsonValue = 300): number {
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 1 && seconds <= 3_600) return seconds
  throw invalid('timeoutSeconds', seconds, 'a number from 1 to 3600')
}

function text(option: string, value: JsonValue | undefined, pattern: RegExp): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  const right = {
    host: 'a host name such as "db.example.org"',
    path: 'a path under $GUILDHALL_IN such as "hr/people.db"',
    password: '{secret: name}',
    'tls.ca': 'a file of the configuration repository such as "trust/db-ca.pem"',
  }[option]
  throw invalid(option, option === 'password' ? undefined : value, right ?? 'a text without control characters')
}

function isMapping(value: object): value is JsonObject {
  return !Array.isArray(value)
}
