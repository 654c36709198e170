import type { AttributeSpec } from '../../../schemas/generated/config.ts'
import { describeLists, listHolders, outsideOf, withOuter, type ListAround } from '../../attributes/lists.ts'
import { isHolder, isPersonal } from '../../attributes/holders.ts'
import { assignedGroups } from '../../membership/world.ts'
import { showValue } from '../../model/show-value.ts'
import type { Finding } from '../../model/finding.ts'
import type { JsonValue } from '../../model/json.ts'
import { errorAt, warningAt, type Catalog, type Entry } from '../catalog.ts'
import type { ConfigDocument, Path, ReadDocument } from '../document.ts'
import { valuesOfDocument, type GivenValue } from '../given-values.ts'
import { parseAttribute } from '../references.ts'

/** Every value stands in the lists that its attribute names, as far as git gives them; whoever breaks that is told at both places. */
export function withinLists(catalog: Catalog): Finding[] {
  const limited = catalog.of('Attribute').filter(({ document }) => document.spec.within !== undefined)
  if (limited.length === 0) return []
  const within: Within = new Map(limited.map(({ document }) => [document.metadata.name, document.spec.within ?? []]))
  const ofValues = catalog.all.flatMap((entry) =>
    valuesOfDocument(entry.document).flatMap((given) => breaks(catalog, entry, { given, within })),
  )
  return [...limited.flatMap((entry) => definitionFaults(catalog, entry)), ...ofValues]
}

/** The lists that attributes name, by the attribute. */
type Within = ReadonlyMap<string, readonly string[]>

function definitionFaults(catalog: Catalog, entry: Entry<'Attribute'>): Finding[] {
  const { holder } = parseAttribute(entry.document.metadata.name)
  const allowed = isHolder(holder) ? listHolders[holder] : []
  return (entry.document.spec.within ?? []).flatMap((name, index): Finding[] => {
    const path = ['spec', 'within', index]
    const list = catalog.find('Attribute', name)?.document.spec
    if (list === undefined && !catalog.has({ kind: 'Attribute', name }))
      return [errorAt(entry, { code: 'reference-unknown', message: `there is no attribute "${name}"`, path })]
    const message = listFault(name, { list, allowed })
    return message === undefined ? [] : [errorAt(entry, { code: 'attribute-mismatch', message, path })]
  })
}

function listFault(
  name: string,
  { list, allowed }: { readonly list: AttributeSpec | undefined; readonly allowed: readonly string[] },
): string | undefined {
  if (list?.derive !== undefined) return `expected a list that git gives, got "${name}", which is derived`
  const fits = allowed.includes(parseAttribute(name).holder) && (list === undefined || list.type === 'array')
  if (fits) return undefined
  const expected = allowed.length === 0 ? 'no list' : `a list (type array) of ${allowed.join(', ')}`
  return `expected ${expected}, got "${name}"`
}

/** A list that git gives, and where. */
interface GivenList {
  readonly list: string
  readonly entry: ReadDocument
  readonly values: JsonValue
  readonly path: Path
}

function breaks(
  catalog: Catalog,
  entry: ReadDocument,
  { given, within }: { readonly given: GivenValue; readonly within: Within },
): Finding[] {
  const named = within.get(given.name)
  if (named === undefined) return []
  const broken = listsFor(catalog, entry, named).flatMap((one) => {
    const outside = outsideOf(one.values, given.value)
    return outside === undefined ? [] : [{ ...one, outside }]
  })
  const outsides = [...new Set(broken.map(({ outside }) => outside))]
  if (outsides.length === 0) return []
  const around = listsFor(
    catalog,
    entry,
    withOuter(named, (list) => within.get(list) ?? []),
  )
  const at = isPersonal(parseAttribute(given.name).holder) ? errorAt : warningAt
  return [
    ...outsides.map((outside) => {
      const { first, others } = describeLists(around.map((one) => listAround(one, outside)))
      const message = `${given.name}: ${showValue(outside)} is not in ${first}${others}`
      return at(entry, { code: 'attribute-outside', message, path: given.path })
    }),
    ...broken.map(({ list, entry: other, path, outside }) => {
      const place = `${entry.at.file}:${entry.locate(given.path, 'key').line}`
      const message = `${list} lacks ${showValue(outside)}, which ${given.name} in ${place} has`
      return warningAt(other, { code: 'attribute-outside', message, path, on: 'key' })
    }),
  ]
}

function listAround({ list, entry, values, path }: GivenList, value: JsonValue): ListAround {
  const { kind, metadata } = entry.document
  const at = `${kind} "${metadata.name}" (${entry.at.file}:${entry.locate(path, 'key').line})`
  return { list, at, has: outsideOf(values, value) === undefined }
}

function listsFor(catalog: Catalog, entry: ReadDocument, lists: readonly string[]): GivenList[] {
  return lists.flatMap((list) => {
    const { holder, name } = parseAttribute(list)
    return placesOf(catalog, entry, holder).flatMap((place): GivenList[] => {
      const { kind, spec } = place.document
      const values = kind !== 'Source' && 'attributes' in spec ? spec.attributes[name] : undefined
      return values === undefined ? [] : [{ list, entry: place, values, path: ['spec', 'attributes', name] }]
    })
  })
}

/** The documents of a kind that another lies in; a VO lies in every facility that it has resources on. */
function placesOf(catalog: Catalog, { document }: ReadDocument, holder: string): readonly ReadDocument[] {
  const { name } = document.metadata
  const vo = document.kind === 'VO' ? name : (document.metadata.vo ?? '')
  switch (holder) {
    case 'vo':
      return found(catalog.find('VO', vo))
    case 'facility':
      return facilitiesOf(catalog, document, vo)
    case 'resource':
      return document.kind === 'Resource' ? found(catalog.find('Resource', name, vo)) : []
    default:
      return document.kind === 'Resource' ? groupsOf(catalog, document) : found(catalog.find('Group', name, vo))
  }
}

function facilitiesOf(catalog: Catalog, document: ConfigDocument, vo: string): readonly ReadDocument[] {
  if (document.kind === 'Facility') return found(catalog.find('Facility', document.metadata.name))
  if (document.kind === 'Resource') return found(catalog.find('Facility', document.spec.facility))
  const resources = catalog.of('Resource').filter((one) => one.document.metadata.vo === vo)
  const names = new Set(resources.map((one) => one.document.spec.facility))
  return [...names].flatMap((name) => found(catalog.find('Facility', name)))
}

function found(entry: ReadDocument | undefined): readonly ReadDocument[] {
  return entry === undefined ? [] : [entry]
}

function groupsOf(catalog: Catalog, document: Entry<'Resource'>['document']): ReadDocument[] {
  const { vo = '', name } = document.metadata
  return assignedGroups({ kind: 'Resource', vo, name, spec: document.spec, governsMembers: false }).flatMap(
    (group) => catalog.find('Group', group.name, group.vo) ?? [],
  )
}
