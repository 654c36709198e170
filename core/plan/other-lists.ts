import { parseAttribute } from '../config/references.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import { isEqual } from '../model/equal.ts'
import type { JsonValue } from '../model/json.ts'

/**
 * Lists the attributes, by their names in force, whose lists of allowed values a commit may change: only what people picked of
 * these has to be looked at.
 */
export function attributesWithOtherLists(have: readonly ConfigObject[], want: readonly ConfigObject[]): string[] {
  const [before, after] = [withinOf(have), withinOf(want)]
  const lists = new Set([...before.values(), ...after.values()].flat())
  if (lists.size === 0) return []
  const changed = changedLists(givenLists(have, lists), givenLists(want, lists))
  const isOther = (name: string, within: readonly string[]): boolean => {
    const now = after.get(name)
    return now === undefined || !isEqual(within, now) || within.some((list) => changed.has(list))
  }
  return [...before].flatMap(([name, within]) => (isOther(name, within) ? [name] : [])).sort()
}

/** The lists that each attribute names, by its full name. */
function withinOf(objects: readonly ConfigObject[]): Map<string, readonly string[]> {
  return new Map(
    objects.flatMap((object) =>
      isKind(object, 'Attribute') ? [[object.name, object.spec.within ?? []] as const] : [],
    ),
  )
}

/** What documents give of these lists, by the document and the list. */
type GivenLists = ReadonlyMap<string, { readonly list: string; readonly values: JsonValue }>

function givenLists(objects: readonly ConfigObject[], lists: ReadonlySet<string>): GivenLists {
  const given = new Map<string, { readonly list: string; readonly values: JsonValue }>()
  for (const object of objects) {
    for (const list of lists) {
      const values = listIn(object, list)
      if (values !== undefined) given.set(`${object.kind} ${object.vo ?? ''}/${object.name} ${list}`, { list, values })
    }
  }
  return given
}

function changedLists(before: GivenLists, after: GivenLists): ReadonlySet<string> {
  const changed = new Set<string>()
  for (const [one, other] of [
    [before, after],
    [after, before],
  ] as const) {
    for (const [key, { list, values }] of one) if (!isEqual(values, other.get(key)?.values)) changed.add(list)
  }
  return changed
}

const kindOfHolder = { vo: 'VO', group: 'Group', resource: 'Resource', facility: 'Facility' } as const

/** What a document gives of a list; undefined where the list is none of its own. */
export function listIn(object: ConfigObject, list: string): JsonValue | undefined {
  const { holder, name } = parseAttribute(list)
  if (!isListHolder(holder) || !isKind(object, kindOfHolder[holder])) return undefined
  return object.spec.attributes?.[name]
}

function isListHolder(holder: string): holder is keyof typeof kindOfHolder {
  return Object.hasOwn(kindOfHolder, holder)
}
