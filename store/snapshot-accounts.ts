import type { JsonObject, JsonValue } from '../core/model/json.ts'
import type { MemberStatus } from '../core/model/state.ts'
import type { Row } from './copy-out.ts'
import { isDemanded, type Place } from './snapshot-queries.ts'

/** A person as connectors/generator.ts describes one. */
export interface StoredAccount {
  readonly identities: readonly string[]
  readonly status: MemberStatus
  readonly banned: boolean
  readonly serviceAccount?: { readonly owners: readonly string[]; readonly purpose: string }
  readonly attributes: JsonObject
}

/** Somebody with access whom a missing attribute, or an operator, keeps out. */
export interface LeftOut {
  readonly kind: 'left-out'
  readonly user: string
  readonly reason: string
}

/** Reads rows of the queries of one place: index, identities, status, then one value per attribute of a person, and whether there is a ban, where anybody is banned, whether an operator keeps them out, where anybody is, and of what is no person, where that is asked for, the owners and the purpose. */
export interface Reader {
  readonly isIncomplete: (row: Row) => boolean
  readonly accountOf: (row: Row) => StoredAccount
  readonly leftOutOf: (row: Row) => LeftOut
  readonly indexOf: (row: Row) => number
}

const firstValue = 3

export function createReader(place: Place): Reader {
  const columns = place.attributes
    .filter(({ ofPerson }) => ofPerson)
    .map((attribute, at) => ({ ...attribute, column: at + firstValue, isDemanded: isDemanded(attribute) }))
  const bannedColumn = firstValue + columns.length
  const blockedColumn = bannedColumn + (place.hasBans ? 1 : 0)
  const ownersColumn = blockedColumn + (place.hasBlocks ? 1 : 0)
  const isBlocked = (row: Row): boolean => place.hasBlocks && row[blockedColumn] === 't'
  const demanded = columns.filter((column) => column.isDemanded)
  return {
    isIncomplete: (row) => isBlocked(row) || demanded.some(({ column }) => isNull(row, column)),
    accountOf: (row) => {
      const attributes: Record<string, JsonValue> = {}
      for (const { name, column, fallback } of columns) {
        const value = isNull(row, column) ? fallback : jsonOf(row[column] ?? '')
        if (value !== undefined) attributes[name] = value
      }
      const banned = place.hasBans && row[bannedColumn] === 't'
      const account = { identities: textsOf(row[1] ?? ''), status: statusOf(row[2]), banned, attributes }
      return place.tellsAccounts ? { ...account, ...answeredFor(row, ownersColumn) } : account
    },
    leftOutOf: (row) => {
      const user = textsOf(row[1] ?? '')[0] ?? ''
      if (isBlocked(row)) return { kind: 'left-out', user, reason: 'is blocked by an operator' }
      const missing = demanded.filter(({ column }) => isNull(row, column))
      const names = missing.map(({ name, source }) => (name === source ? name : `${name} (${source} here)`))
      return { kind: 'left-out', user, reason: `has no ${names.join(', ')}` }
    },
    indexOf: (row) => Number(row[0]),
  }
}

/** From the column of the owners and the one after it. */
function answeredFor(row: Row, column: number): Pick<StoredAccount, 'serviceAccount'> {
  if (isNull(row, column)) return {}
  return { serviceAccount: { owners: textsOf(row[column] ?? ''), purpose: row[column + 1] ?? '' } }
}

function isNull(row: Row, column: number): boolean {
  return row[column] === ''
}

/** Nearly always one plain identity, which is quickly told; others may be quoted, with backslashes. */
function textsOf(text: string): readonly string[] {
  if (text === '{}') return []
  if (!text.includes(',') && !text.includes('"')) return [text.slice(1, -1)]
  const parts = text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)
  return [...parts].map(([, quoted, plain = '']) => quoted?.replace(/\\(.)/g, '$1') ?? plain)
}

function statusOf(value: unknown): MemberStatus {
  return value === 'VALID' || value === 'EXPIRED' || value === 'INVALID' ? value : 'DISABLED'
}

/** Plain texts and numbers, which most values are, are quickly told from their first letter. */
function jsonOf(text: string): JsonValue {
  const first = text.charAt(0)
  if (first === '"' && !text.includes('\\')) return text.slice(1, -1)
  if (first === '-' || (first >= '0' && first <= '9')) return Number(text)
  const value: unknown = JSON.parse(text)
  if (isJson(value)) return value
  throw new TypeError(`PostgreSQL wrote ${text}, which is not JSON`)
}

function isJson(value: unknown): value is JsonValue {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isJson)
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
