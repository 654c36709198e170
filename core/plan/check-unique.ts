import stringify from 'fast-json-stable-stringify'
import { uniqueKey } from '../attributes/unique-key.ts'
import { builtInAttributes } from '../config/built-in-attributes.ts'
import { valuesOfObject } from '../config/given-values.ts'
import { compareText } from '../model/compare.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import type { JsonValue } from '../model/json.ts'
import { showPath } from '../model/path.ts'
import { scopeOf } from '../model/scope.ts'
import { scopeOfPair, type Draft } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'
import { heldByPlace } from './placed-values.ts'
import type { Held, Holder } from './unique-held.ts'

const holderKinds = ['User', 'VO', 'Group', 'Resource', 'Facility'] as const

/** Finds unique values of documents that two would hold, at the end or while the commit is being applied. */
export function checkUnique(draft: Draft): Finding[] {
  const uniques = uniquesOf(draft)
  const ofDocuments = gather(draft, uniques).flatMap((held) => [
    ...[...repeated(held), ...freedTooLate(held)],
    ...standing(draft, held),
  ])
  const ofPeople = heldByPlace(draft).flatMap((held) => [...repeated(held), ...freedTooLate(held)])
  return [...ofDocuments, ...ofPeople, ...repeatedInRows(draft, uniques)]
}

/** Tells whether no two may have the same value of an attribute, wherever they are. */
export function isUnique({ definitions }: Pick<Draft, 'definitions'>, name: string): boolean {
  return (definitions.get(name)?.spec.unique ?? builtInAttributes[name]?.unique) === true
}

/** Within what each unique attribute is unique, by full name. */
type Uniques = ReadonlyMap<string, true | 'facility' | 'vo'>

function uniquesOf({ definitions }: Draft): Uniques {
  const specs = [
    ...Object.entries(builtInAttributes),
    ...[...definitions].map(([name, { spec }]) => [name, spec] as const),
  ]
  return new Map(specs.flatMap(([name, { unique = false }]) => (unique === false ? [] : [[name, unique] as const])))
}

/** The values that more than one document gives, or one more than once. */
function gather(draft: Draft, uniques: Uniques): Held[] {
  const held = new Map<string, { name: string; value: JsonValue; path: string; holders: Holder[] }>()
  for (const kind of holderKinds) {
    if (!mayGive(kind, uniques)) continue
    for (const pair of draft.ofKind(kind)) {
      const before = valuesOf(pair.have, uniques)
      const after = pair.want === pair.have ? before : valuesOf(pair.want, uniques)
      for (const [key, { name, value, path, times }] of new Map([...before, ...after])) {
        const known = held.get(key) ?? { name, value, path, holders: [] }
        held.set(key, known)
        known.holders.push({ pair, value, before: before.has(key), after: after.has(key) })
        for (let again = 1; again < times; again += 1) known.holders.push({ pair, value, before: false, after: true })
      }
    }
  }
  return [...held.values()].filter(({ holders }) => holders.length > 1)
}

const holdersIn: Readonly<Record<(typeof holderKinds)[number], readonly string[]>> = {
  ...{ User: ['user.'], VO: ['vo.'], Group: ['group.'] },
  ...{ Resource: ['resource.', 'group-resource.'], Facility: ['facility.', 'host.'] },
}

function mayGive(kind: (typeof holderKinds)[number], uniques: Uniques): boolean {
  return [...uniques.keys()].some((name) => holdersIn[kind].some((prefix) => name.startsWith(prefix)))
}

interface UniqueValue {
  readonly name: string
  readonly value: JsonValue
  readonly path: string
  /** How often the document gives it. */
  readonly times: number
}

const none: ReadonlyMap<string, UniqueValue> = new Map()

/** The unique values that a document gives, by attribute, place and value in one text. */
function valuesOf(object: ConfigObject | undefined, uniques: Uniques): ReadonlyMap<string, UniqueValue> {
  if (object === undefined) return none
  const found = new Map<string, UniqueValue>()
  for (const { name, value, path } of valuesOfObject(object)) {
    const per = uniques.get(name)
    if (per === undefined) continue
    const key = `${name} ${placeOf(object, per)} ${uniqueKey(value)}`
    found.set(key, { name, value, path: showPath(path), times: (found.get(key)?.times ?? 0) + 1 })
  }
  return found
}

function placeOf(object: ConfigObject, per: true | 'facility' | 'vo'): string {
  if (per === true) return ''
  if (per === 'vo') return object.vo ?? ''
  return isKind(object, 'Resource') ? object.spec.facility : object.name
}

/** Values that the rows of two people, or of two groups, give. */
function repeatedInRows(draft: Draft, uniques: Uniques): Finding[] {
  if (![...uniques.keys()].some((name) => /^member(-group)?[.]/.test(name))) return []
  const owners = new Map<string, string>()
  return draft.desired.rows.flatMap(({ vo, group, user, at, attributes = {} }) =>
    Object.entries(attributes).flatMap(([bare, value]): Finding[] => {
      const name = `${group === undefined ? 'member' : 'member-group'}.${bare}`
      const per = uniques.get(name)
      const key = `${name} ${per === 'vo' ? vo : ''} ${uniqueKey(value)}`
      const owner = per === undefined ? undefined : owners.get(key)
      if (owner === undefined) {
        owners.set(key, user)
        return []
      }
      const message = `"${user}" cannot have ${name} ${stringify(value)}: the value is unique and "${owner}" has it`
      return [{ severity: 'error', code: 'duplicate', message, at, scope: `vo:${vo}` }]
    }),
  )
}

/** Whoever has the value already keeps it; without anybody, the first one gets it. */
function ownerOf({ holders }: Held): Holder | undefined {
  return holders.find(({ before, after }) => before && after) ?? holders.find(({ after }) => after)
}

/** Newcomers to a value that somebody else keeps or gets. */
function repeated(held: Held): Finding[] {
  const owner = ownerOf(held)
  return held.holders.flatMap((holder) =>
    owner === undefined || holder === owner || holder.before
      ? []
      : refused(holder, held, `the value is unique and ${nameOf(owner)} has it`),
  )
}

/** A newcomer to a value that its holder in force gives up only after the newcomer's turn. */
function freedTooLate(held: Held): Finding[] {
  const owner = ownerOf(held)
  if (owner === undefined || owner.before) return []
  const former = held.holders.find((holder) => !holder.after && isLater(holder.pair, owner.pair))
  if (former === undefined) return []
  const why = `the value is unique, and ${nameOf(former)} has it until later in the apply; take it away there in a commit before`
  return refused(owner, held, why)
}

/** The removals of the instance come last, and VOs in the order of their names. */
function isLater(former: ObjectPair, next: ObjectPair): boolean {
  return leavesLast(former) || compareText(scopeOfPair(former), scopeOfPair(next)) > 0
}

function leavesLast({ have, want }: ObjectPair): boolean {
  return want === undefined && have?.kind === 'Facility'
}

/** Values that several hold in force, of an attribute that the commit makes unique: the instance comes before the VOs. */
function standing(draft: Draft, held: Held): Finding[] {
  const [one, other] = held.holders.filter(
    ({ pair, before, after }) => before && (after || leavesLast(pair) || scopeOfPair(pair) !== 'instance'),
  )
  const document = draft.ofKind('Attribute').find(({ want }) => want?.name === held.name)?.want
  if (one === undefined || other === undefined || document === undefined || !isKind(document, 'Attribute')) return []
  return [
    {
      severity: 'error',
      code: 'duplicate',
      message: `Attribute "${document.name}" cannot be made unique: ${nameOf(one)} and ${nameOf(other)} both have ${stringify(held.value)}; give one of them another value in a commit before`,
      at: document.at,
      path: 'spec.unique',
      scope: scopeOf(document),
    },
  ]
}

function refused(holder: Holder, { name, path }: Held, why: string): Finding[] {
  const { want } = holder.pair
  if (want === undefined) return []
  return [
    {
      severity: 'error',
      code: 'duplicate',
      message: `${nameOf(holder)} cannot have ${name} ${stringify(holder.value)}: ${why}`,
      at: want.at,
      path,
      scope: scopeOf(want),
    },
  ]
}

function nameOf({ pair, user, isSpent = false }: Holder): string {
  if (user === undefined) return nameOfDocument(pair)
  return isSpent ? `"${user}", who had it once,` : `"${user}" on ${nameOfDocument(pair)}`
}

function nameOfDocument({ have, want }: ObjectPair): string {
  const object = want ?? have
  const where = object?.vo === undefined ? '' : `${object.vo}/`
  return `${object?.kind ?? ''} "${where}${object?.name ?? ''}"`
}
