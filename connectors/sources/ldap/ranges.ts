import type { LdapConnection } from '../../ldap/connection.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import type { LdapFilter } from '../../ldap/filter.ts'
import { bytesOf, readEntry, withLater } from './entry.ts'
import type { Field, LdapEntry } from './entry.ts'

const anything: LdapFilter = { kind: 'present', attribute: 'objectClass' }

/** Notes that so many bytes more are kept; fails with the advice where these are too many. */
export type Hold = (bytes: number, advice: string) => void

/** The entry with every value: Active Directory gives the first 1,500 of an attribute, and the others to those who ask for them. */
export async function withAllValues(connection: LdapConnection, entry: LdapEntry, hold: Hold): Promise<LdapEntry> {
  const cut = [...entry.fields].filter(([, { from }]) => from !== undefined)
  if (cut.length === 0) return entry
  const fields = new Map(entry.fields)
  for (const [key, first] of cut) fields.set(key, await wholeOf({ connection, entry, hold }, first))
  return { ...entry, fields }
}

interface Asking {
  readonly connection: LdapConnection
  readonly entry: LdapEntry
  readonly hold: Hold
}

async function wholeOf(asking: Asking, first: Field): Promise<Field> {
  if (first.from !== 0) throw missing(asking.entry, first.name, 0)
  let field = first
  while (field.next !== undefined) field = withLater(field, await valuesFrom(asking, field))
  return field
}

async function valuesFrom({ connection, entry, hold }: Asking, { name, next = 0 }: Field): Promise<Field> {
  const found: LdapEntry[] = []
  const search = { base: entry.dn, scope: 'base', filter: anything, attributes: [`${name};range=${next}-*`] } as const
  if (entry.unreadable !== undefined) throw missing(entry, name, next)
  await connection.search(search, {
    entry(one) {
      if (found.length > 0) throw new LdapFailure('wrong', 'asked for one entry, it gave several')
      const read = readEntry(one)
      hold(bytesOf(read), tooMany(entry, name))
      found.push(read)
    },
    reference: () => undefined,
  })
  const rest = found[0]?.fields.get(name.toLowerCase())
  if (rest?.from !== next || (rest.next !== undefined && rest.next <= next)) throw missing(entry, name, next)
  return rest
}

/** A smaller page is no help to an entry that is too much alone. */
function tooMany({ dn }: LdapEntry, name: string): string {
  return `${name} of ${JSON.stringify(dn)} has too many values to hold: read memberOf of the people instead, or leave it out by a narrower filter`
}

function missing({ dn }: LdapEntry, name: string, from: number): LdapFailure {
  return new LdapFailure(
    'wrong',
    `of ${name} of ${JSON.stringify(dn)} it did not give the values from number ${from} on`,
  )
}
