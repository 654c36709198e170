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
}

/** A map of values of one holder, where there is one. */
interface ValueMap {
  readonly holder: Holder
  readonly values: JsonObject | undefined
  readonly path: Path
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
  const path = ['spec', 'attributes']
  switch (object.kind) {
    case 'User':
      return [{ holder: 'user', values: object.spec.attributes, path }]
    case 'VO':
      return [{ holder: 'vo', values: object.spec.attributes, path }]
    case 'Group':
      return [{ holder: 'group', values: object.spec.attributes, path }]
    case 'Resource':
      return [
        { holder: 'resource', values: object.spec.attributes, path },
        ...mapsOfEntries(object.spec.groups, { holder: 'group-resource', path: ['spec', 'groups'] }),
      ]
    case 'Facility':
      return [
        { holder: 'facility', values: object.spec.attributes, path },
        ...mapsOfEntries(object.spec.hosts, { holder: 'host', path: ['spec', 'hosts'] }),
      ]
    default:
      return []
  }
}

function mapsOfMembers(document: ConfigDocument): ValueMap[] {
  const path = ['spec', 'members']
  if (document.kind === 'VO') return mapsOfEntries(document.spec.members, { holder: 'member', path })
  return document.kind === 'Group' ? mapsOfEntries(document.spec.members, { holder: 'member-group', path }) : []
}

type Entry = string | { readonly attributes?: JsonObject }

function mapsOfEntries(
  entries: readonly Entry[] | undefined,
  { holder, path }: { readonly holder: Holder; readonly path: Path },
): ValueMap[] {
  const maps: ValueMap[] = []
  for (const [index, entry] of (entries ?? []).entries()) {
    if (typeof entry === 'string' || entry.attributes === undefined) continue
    maps.push({ holder, values: entry.attributes, path: [...path, index, 'attributes'] })
  }
  return maps
}

function valuesIn({ holder, values, path }: ValueMap): GivenValue[] {
  if (values === undefined) return []
  return Object.entries(values).map(([bare, value]) => ({ name: `${holder}.${bare}`, value, path: [...path, bare] }))
}
