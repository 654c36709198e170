import type { LdapConnection } from '../../ldap/connection.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import type { LdapFilter } from '../../ldap/filter.ts'
import { readEntry, withLater } from './entry.ts'
import type { Field, LdapEntry } from './entry.ts'

const anything: LdapFilter = { kind: 'present', attribute: 'objectClass' }

/** Of one attribute; whoever has more is no entry that anybody could hold in memory. */
const mostValues = 5_000_000

/** The entry with every value: Active Directory gives the first 1,500 of an attribute, and the others to those who ask for them. */
export async function withAllValues(connection: LdapConnection, entry: LdapEntry): Promise<LdapEntry> {
  const cut = [...entry.fields].filter(([, { from }]) => from !== undefined)
  if (cut.length === 0) return entry
  const fields = new Map(entry.fields)
  for (const [key, first] of cut) fields.set(key, await wholeOf(connection, entry, first))
  return { ...entry, fields }
}

async function wholeOf(connection: LdapConnection, entry: LdapEntry, first: Field): Promise<Field> {
  if (first.from !== 0) throw missing(entry, first.name, 0)
  let field = first
  while (field.next !== undefined) field = withLater(field, await valuesFrom(connection, entry, field))
  return field
}

async function valuesFrom(connection: LdapConnection, entry: LdapEntry, { name, next = 0 }: Field): Promise<Field> {
  const found: LdapEntry[] = []
  const search = { base: entry.dn, scope: 'base', filter: anything, attributes: [`${name};range=${next}-*`] } as const
  if (entry.unreadable !== undefined || next > mostValues) throw missing(entry, name, next)
  await connection.search(search, { entry: (one) => void found.push(readEntry(one)), reference: () => undefined })
  const rest = found[0]?.fields.get(name.toLowerCase())
  if (rest?.from !== next || (rest.next !== undefined && rest.next <= next)) throw missing(entry, name, next)
  return rest
}

function missing({ dn }: LdapEntry, name: string, from: number): LdapFailure {
  return new LdapFailure(
    'wrong',
    `of ${name} of ${JSON.stringify(dn)} it did not give the values from number ${from} on`,
  )
}
