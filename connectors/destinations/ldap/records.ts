import { GuildhallError } from '../../../core/errors.ts'
import type { Snapshot } from '../../destination.ts'
import { dnKey, parseDn } from '../../ldap/dn.ts'
import type { DistinguishedName } from '../../ldap/dn.ts'
import { escapeDnValue } from '../../ldap/escape.ts'
import { readLdif } from '../../ldap/read-ldif.ts'
import type { LdifRecord, Values } from '../../ldap/read-ldif.ts'

/** An entry as the snapshot has it. */
export interface WantedEntry {
  readonly dn: string
  /** The same for every way to write the name. */
  readonly key: string
  /** With those in its name; read when they are asked for. DELIVERY_REFUSED where they are not as they should be. */
  readonly values: () => Values
}

/** Below what entries are wanted, and the one there that is not for them. */
export interface Place {
  readonly baseKey: string
  readonly tokenKey: string
}

/** The entries in the `*.ldif` files of a snapshot, some at a time. DELIVERY_REFUSED for what is no LDIF, or lies elsewhere. */
export async function* wantedEntries(snapshot: Snapshot, place: Place): AsyncGenerator<readonly WantedEntry[]> {
  const files = snapshot.files.filter(({ path }) => path.endsWith('.ldif'))
  if (files.length === 0)
    throw new GuildhallError(
      'DELIVERY_REFUSED',
      `Cannot deliver "${snapshot.service}" to a directory: it makes no file whose name ends in ".ldif"; choose a service that makes LDIF`,
    )
  for (const { path } of files) {
    const refuse = (line: number, why: string): GuildhallError =>
      new GuildhallError('DELIVERY_REFUSED', `Cannot deliver ${path}:${line}: ${why}`, { facts: { file: path, line } })
    for await (const records of readLdif(snapshot.read(path), refuse))
      yield records.map((record) => wanted(record, place, refuse))
  }
}

type Refuse = (line: number, why: string) => Error

function wanted({ dn, line, values }: LdifRecord, { baseKey, tokenKey }: Place, refuse: Refuse): WantedEntry {
  const key = dnKey(dn)
  if (!key.endsWith(`,${baseKey}`)) throw refuse(line, `${JSON.stringify(dn)} does not lie below the baseDn`)
  if (key === tokenKey) throw refuse(line, `${JSON.stringify(dn)} is where the token is kept`)
  return {
    ...{ dn, key },
    values() {
      const [first = []] = parseDn(dn, (problem) => refuse(line, `its name is none: ${problem}`))
      return withNamed(values(), first)
    },
  }
}

/** A value that stands in the name of an entry is one of the entry, whether it says so or not: directories add it. */
function withNamed(values: Values, named: DistinguishedName[number]): Values {
  const missing = named.filter(
    ({ type, value, encoded }) => encoded !== true && !isAmong(value, values.get(type.toLowerCase())),
  )
  if (missing.length === 0) return values
  const all = new Map(values)
  for (const { type, value } of missing) {
    const name = type.toLowerCase()
    all.set(name, [...(all.get(name) ?? []), Buffer.from(value).toString('latin1')])
  }
  return all
}

function isAmong(value: string, octets: readonly string[] = []): boolean {
  const own = Buffer.from(value).toString('latin1')
  return (
    octets.includes(own) || octets.some((one) => keyOf(Buffer.from(one, 'latin1').toString('utf8')) === keyOf(value))
  )
}

/** The same for values that a directory takes for one in a name. */
function keyOf(value: string): string {
  return dnKey(`cn=${escapeDnValue(value)}`)
}
