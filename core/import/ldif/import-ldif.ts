import type { AttributeSpec } from '../../../schemas/generated/config.ts'
import { directoryFiles } from '../directory.ts'
import { noNotes, noteOfPlace, type Imported } from '../imported.ts'
import { nameEntries } from './entries.ts'
import type { LdifEntry } from './parse-ldif.ts'
import { isGroup, readGroups } from './read-groups.ts'
import { isPerson, readPeople } from './read-people.ts'

/** What an import of LDIF files is told beside them. */
interface LdifOptions {
  readonly instance: string
  readonly source: string
  readonly vo: string
  /** The attribute with the login, in any letters. */
  readonly login: string
  /** Gives the same for all ways to write a distinguished name. */
  readonly keyOf: (dn: string) => string
}

/** What only holds other entries. */
const containers = ['organization', 'organizationalunit', 'dcobject', 'domain', 'country', 'locality', 'ldapsubentry']

const number: AttributeSpec = { type: 'integer', unique: true, read: ['everyone'], write: ['nobody'] }

/** Makes a configuration of the entries of a directory: people, who are all members of the VO, and groups with their members. */
export function importLdif(entries: readonly LdifEntry[], options: LdifOptions): Imported {
  const notes = noNotes()
  const { instance, source, keyOf } = options
  const named = [...nameEntries(entries, keyOf, notes).values()]
  const people = readPeople(named.filter(isPerson), { source, login: options.login.toLowerCase() }, notes)
  const isOnlyGroup = named.filter((entry) => isGroup(entry) && !isPerson(entry))
  const groups = readGroups(isOnlyGroup, { people, keyOf, notes })
  for (const entry of named) {
    if (isPerson(entry) || isGroup(entry) || containers.some((name) => entry.classes.has(name))) continue
    notes.leftOut.push(
      noteOfPlace(entry.entry, entry.dn, 'it is neither a person nor a group of a class that is known'),
    )
  }
  const files = directoryFiles({
    ...{ instance, sources: [source], people: people.people },
    attributes: new Map([
      ...(people.people.some(({ attributes }) => 'uidNumber' in attributes)
        ? [['user.uidNumber', number] as const]
        : []),
      ...(groups.some(({ gid }) => gid !== undefined) ? [['group.gidNumber', number] as const] : []),
    ]),
    vos: [
      {
        name: options.vo,
        members: people.people.flatMap(({ identities }) => identities.slice(0, 1)),
        groups: groups.map(({ group, gid }) => ({
          ...group,
          ...(gid !== undefined && { attributes: { gidNumber: gid } }),
        })),
      },
    ],
  })
  return { files, ...notes }
}
