import type { Holder } from '../attributes/holders.ts'
import type { ConfigObject } from '../model/config-object.ts'
import type { JsonObject, JsonValue } from '../model/json.ts'
import type { ConfigDocument, Path } from './document.ts'

/** A value that a document gives. */
export interface GivenValue {
  /** The attribute's full name. */
  readonly name: string
  readonly value: JsonValue
  /** Where it stands in the document. */
  readonly path: Path
  /** The same from `spec` on with the names of list entries instead of their numbers: `hosts.login1.attributes.room`. */
  readonly key: string
}

/** A map of values of one holder, where there is one. */
interface ValueMap {
  readonly holder: Holder
  readonly values: JsonObject | undefined
  readonly path: Path
  readonly key: string
}

/** Lists every value that a document gives; those of the members it names stand with their rows. */
export function valuesOfObject(object: ConfigDocument | ConfigObject): GivenValue[] {
  return mapsOfObject(object).flatMap(valuesIn)
}

/** Lists every value that a document gives, those of the members it names too. */
export function valuesOfDocument(document: ConfigDocument): GivenValue[] {
  return [...mapsOfObject(document), ...mapsOfMembers(document)].flatMap(valuesIn)
}

function mapsOfObject(object: ConfigDocument | ConfigObject): ValueMap[] {
  const place = { path: ['spec', 'attributes'], key: 'attributes' }
  switch (object.kind) {
    case 'User':
      return [{ holder: 'user', values: object.spec.attributes, ...place }]
    case 'VO':
      return [{ holder: 'vo', values: object.spec.attributes, ...place }]
    case 'Group':
      return [{ holder: 'group', values: object.spec.attributes, ...place }]
    case 'Resource':
      return [
        { holder: 'resource', values: object.spec.attributes, ...place },
        ...mapsOfEntries(object.spec.groups, {
          holder: 'group-resource',
          list: 'groups',
          nameOf: groupOf,
        }),
      ]
    case 'Facility':
      return [
        { holder: 'facility', values: object.spec.attributes, ...place },
        ...mapsOfEntries(object.spec.hosts, { holder: 'host', list: 'hosts', nameOf: ownName }),
      ]
    default:
      return []
  }
}

function mapsOfMembers(document: ConfigDocument): ValueMap[] {
  if (document.kind !== 'VO' && document.kind !== 'Group') return []
  const holder = document.kind === 'VO' ? 'member' : 'member-group'
  return mapsOfEntries(document.spec.members, { holder, list: 'members', nameOf: userIn })
}

// One function each for all documents: there are thousands, most without any value.
const userIn = ({ user }: { readonly user: string }): string => user
const groupOf = ({ group }: { readonly group: string }): string => group
const ownName = ({ name }: { readonly name: string }): string => name

function mapsOfEntries<Entry extends { readonly attributes?: JsonObject }>(
  entries: readonly (Entry | string)[] | undefined,
  {
    holder,
    list,
    nameOf,
  }: { readonly holder: Holder; readonly list: string; readonly nameOf: (entry: Entry) => string },
): ValueMap[] {
  const maps: ValueMap[] = []
  if (entries === undefined) return maps
  for (const [index, entry] of entries.entries()) {
    if (typeof entry === 'string' || entry.attributes === undefined) continue
    const place = { path: ['spec', list, index, 'attributes'], key: `${list}.${nameOf(entry)}.attributes` }
    maps.push({ holder, values: entry.attributes, ...place })
  }
  return maps
}

function valuesIn({ holder, values, path, key }: ValueMap): GivenValue[] {
  if (values === undefined) return []
  return Object.entries(values).map(([bare, value]) => ({
    ...{ name: `${holder}.${bare}`, value },
    ...{ path: [...path, bare], key: `${key}.${bare}` },
  }))
}
