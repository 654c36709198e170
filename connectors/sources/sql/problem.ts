import type { ErrorCode } from '../../../core/error-codes.ts'
import { GuildhallError } from '../../../core/errors.ts'
import { unsafeInLine } from '../../../core/model/one-line.ts'

/** What messages call a database, and what may not stand in them. */
export interface Place {
  readonly name: string
  readonly secret: string | undefined
}

const unsafe = new RegExp(unsafeInLine, 'gu')
const longestReason = 400

/** Classes of SQLSTATE by which a database says that it does not want to, rather than that it cannot now. */
const refusals = /^(0A|21|22|25|28|2F|3D|3F|42)/
const advice: Readonly<Record<string, string>> = {
  '28': 'check the user and the secret of the password',
  '3D': 'check the name of the database',
  '25': 'the query may only read',
}

/** The error of a read that failed: who refused what, in the database's own words, without secrets. */
export function problemOf(place: Place, cause: unknown): GuildhallError {
  if (cause instanceof GuildhallError) return cause
  const reason = reasonOf(cause, place.secret)
  const { code, next } = judge(cause)
  // The driver's own error holds the connection's settings: it is not kept as the cause.
  return new GuildhallError(code, `Cannot read ${place.name}: ${reason}${next === undefined ? '' : `; ${next}`}`)
}

function judge(cause: unknown): { readonly code: ErrorCode; readonly next?: string } {
  const state = textOf(cause, 'sqlState') ?? textOf(cause, 'code') ?? ''
  if (/^[0-9A-Z]{5}$/.test(state) && refusals.test(state)) return refused(state)
  const errno = numberOf(cause, 'errcode')
  if (errno !== undefined) return judgeSqlite(errno & 0xff)
  const oracle = numberOf(cause, 'errorNum')
  if (oracle === 1017) return refused('28000')
  if (oracle !== undefined && isOracleRefusal(oracle)) return { code: 'SOURCE_REFUSED' }
  if (/does not support S(SL|ecure)/i.test(String(textOf(cause, 'message')))) {
    return { code: 'SOURCE_REFUSED', next: 'switch TLS on there, or say "plain: true" where nobody can listen' }
  }
  return { code: 'SOURCE_UNREACHABLE' }
}

function refused(state: string): { readonly code: ErrorCode; readonly next?: string } {
  const next = advice[state.slice(0, 2)]
  return next === undefined ? { code: 'SOURCE_REFUSED' } : { code: 'SOURCE_REFUSED', next }
}

/** SQLite's result codes: 1 a wrong query, 8 a write, 11 and 26 no database, or a broken one. */
function judgeSqlite(code: number): { readonly code: ErrorCode; readonly next?: string } {
  if (code === 1 || code === 8) return { code: 'SOURCE_REFUSED' }
  if (code === 11 || code === 26) return { code: 'SOURCE_ANSWER_WRONG', next: 'put a whole SQLite file there' }
  return { code: 'SOURCE_UNREACHABLE' }
}

/** What is wrong with a statement, or not allowed: 900 to 999 of its grammar and names, 1031 a right, 1456 a write, 1722 a number. */
function isOracleRefusal(code: number): boolean {
  return (code >= 900 && code <= 999) || code === 1031 || code === 1456 || code === 1722
}

function reasonOf(cause: unknown, secret: string | undefined): string {
  const message = textOf(cause, 'message') ?? ''
  const code = textOf(cause, 'code') ?? ''
  const said = message === '' ? code : message
  const open = secret === undefined || secret === '' ? said : said.replaceAll(secret, '…')
  const line = open.replace(unsafe, ' ').replace(/\s+/g, ' ').trim().replace(/\.$/, '')
  return line.length > longestReason ? `${line.slice(0, longestReason)}…` : line
}

function textOf(cause: unknown, key: string): string | undefined {
  const value: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, key) : undefined
  return typeof value === 'string' ? value : undefined
}

function numberOf(cause: unknown, key: string): number | undefined {
  const value: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, key) : undefined
  return typeof value === 'number' ? value : undefined
}
