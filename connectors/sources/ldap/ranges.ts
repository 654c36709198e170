import type { LdapConnection } from '../../ldap/connection.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import type { LdapFilter } from '../../ldap/filter.ts'
import { joinFields, readEntry } from './entry.ts'
import type { Field, LdapEntry } from './entry.ts'

const anything: LdapFilter = { kind: 'present', attribute: 'objectClass' }

/** The entry with every value: Active Directory gives the first 1,500 of an attribute, and the others to those who ask for them. */
export async function withAllValues(connection: LdapConnection, entry: LdapEntry): Promise<LdapEntry> {
  const cut = [...entry.fields].filter(([, { next }]) => next !== undefined)
  if (cut.length === 0) return entry
  const fields = new Map(entry.fields)
  for (const [key, first] of cut) {
    let field = first
    while (field.next !== undefined) field = joinFields(field, await valuesFrom(connection, entry.dn, field))
    fields.set(key, field)
  }
  return { ...entry, fields }
}

async function valuesFrom(connection: LdapConnection, dn: string, { name, next = 0 }: Field): Promise<Field> {
  const found: LdapEntry[] = []
  const search = { base: dn, scope: 'base', filter: anything, attributes: [`${name};range=${next}-*`] } as const
  await connection.search(search, { entry: (entry) => void found.push(readEntry(entry)), reference: () => undefined })
  const rest = found[0]?.fields.get(name.toLowerCase())
  if (rest === undefined || (rest.next !== undefined && rest.next <= next))
    throw new LdapFailure('wrong', `it gave ${next} values of ${name} of ${JSON.stringify(dn)}, and not the others`)
  return rest
}
