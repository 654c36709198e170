import { isList } from '../core/attributes/lists.ts'
import { GuildhallError } from '../core/errors.ts'
import type { JsonObject, JsonValue } from '../core/model/json.ts'
import type { Account } from './generator.ts'
import { isActive, personOf } from './unix-accounts.ts'

/** One thing that is shown of every person: an attribute by its full name, or `identity`, `identities` or `status`. */
export interface Column {
  readonly name: string
  readonly attribute: string
}

/** What is shown where the option `columns` does not say. */
const usual: readonly Column[] = [
  { name: 'identity', attribute: 'identity' },
  { name: 'login', attribute: 'user.login' },
  { name: 'name', attribute: 'user.displayName' },
  { name: 'email', attribute: 'user.email' },
]

/** Reads the option `columns`. GENERATOR_OPTIONS_INVALID where two have one name. */
export function readColumns(generator: string, { columns }: JsonObject): readonly Column[] {
  const read = columns !== undefined && isList(columns) ? columns.flatMap(readColumn) : usual
  const twin = read.find(({ name }, index) => read.findIndex((other) => other.name === name) < index)
  if (twin === undefined) return read
  const message = `Cannot generate ${generator}: option columns must have columns of different names; "${twin.name}" is there twice`
  throw new GuildhallError('GENERATOR_OPTIONS_INVALID', message, { facts: { option: 'columns' } })
}

/** The attributes that columns show. */
export function shownAttributes(columns: readonly Column[]): readonly string[] {
  return columns.flatMap(({ attribute }) => (attribute.includes('.') ? [attribute] : []))
}

/** Tells whether a person is shown: without a column for the status nobody who is expired or banned is. */
export function isShown(account: Account, columns: readonly Column[]): boolean {
  return isActive(account) || columns.some(({ attribute }) => attribute === 'status')
}

/** What a column shows of a person. */
export function shownValue(account: Account, { attribute }: Column): JsonValue | undefined {
  if (attribute === 'identity') return personOf(account)
  if (attribute === 'identities') return account.identities
  if (attribute === 'status') return account.banned ? 'BANNED' : account.status
  return account.attributes[attribute]
}

function readColumn(column: JsonValue): readonly Column[] {
  if (typeof column !== 'object' || column === null || isList(column)) return []
  const { name, attribute } = column
  return typeof name === 'string' && typeof attribute === 'string' ? [{ name, attribute }] : []
}
