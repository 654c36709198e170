import stringify from 'fast-json-stable-stringify'
import { builtInAttributes } from '../config/built-in-attributes.ts'
import { compareText } from '../model/compare.ts'
import { isKind, type ConfigKind, type ConfigObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import type { JsonValue } from '../model/json.ts'
import { scopeOf } from '../model/scope.ts'
import { scopeOfPair, type Draft } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'

/** A document that gives a value in force, after the commit, or both. */
interface Holder {
  readonly pair: ObjectPair
  readonly before: boolean
  readonly after: boolean
}

/** A unique value, with all who have it or are to have it. */
interface Held {
  readonly name: string
  readonly value: JsonValue
  readonly holders: readonly Holder[]
}

const holderKinds = ['User', 'Group', 'Resource', 'Facility'] as const

/** Finds unique values of documents that two would hold, at the end or while the commit is being applied. */
export function checkUnique(draft: Draft): Finding[] {
  return gather(draft).flatMap((held) => [...repeated(held), ...freedTooLate(held), ...standing(draft, held)])
}

/** Tells whether no two may have the same value of an attribute. */
export function isUnique({ definitions }: Pick<Draft, 'definitions'>, name: string): boolean {
  return (definitions.get(name)?.spec.unique ?? builtInAttributes[name]?.unique) === true
}

/** The values that more than one document gives. */
function gather(draft: Draft): Held[] {
  const held = new Map<string, { name: string; value: JsonValue; holders: Holder[] }>()
  const uniques = new Set(
    [...Object.keys(builtInAttributes), ...draft.definitions.keys()].filter((name) => isUnique(draft, name)),
  )
  for (const kind of holderKinds) {
    if (![...uniques].some((name) => name.startsWith(prefixOf(kind)))) continue
    for (const pair of draft.ofKind(kind)) {
      const before = valuesOf(pair.have, uniques)
      const after = pair.want === pair.have ? before : valuesOf(pair.want, uniques)
      for (const [key, [name, value]] of new Map([...before, ...after])) {
        const known = held.get(key) ?? { name, value, holders: [] }
        held.set(key, known)
        known.holders.push({ pair, before: before.has(key), after: after.has(key) })
      }
    }
  }
  return [...held.values()].filter(({ holders }) => holders.length > 1)
}

function prefixOf(kind: ConfigKind): string {
  return `${kind.toLowerCase()}.`
}

const none: ReadonlyMap<string, readonly [string, JsonValue]> = new Map()

/** The unique values that a document gives, by attribute and value in one text. */
function valuesOf(
  object: ConfigObject | undefined,
  uniques: ReadonlySet<string>,
): ReadonlyMap<string, readonly [string, JsonValue]> {
  if (object === undefined || !('attributes' in object.spec)) return none
  const prefix = prefixOf(object.kind)
  return new Map(
    Object.entries(object.spec.attributes ?? {}).flatMap(([bare, value]) => {
      const name = bare.includes('.') ? bare : `${prefix}${bare}`
      return uniques.has(name) ? [[`${name} ${stringify(value)}`, [name, value]] as const] : []
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

function refused({ pair: { want } }: Holder, { name, value }: Held, why: string): Finding[] {
  if (want === undefined) return []
  return [
    {
      severity: 'error',
      code: 'duplicate',
      message: `${nameOf({ pair: { want } })} cannot have ${name} ${stringify(value)}: ${why}`,
      at: want.at,
      path: `spec.attributes.${name.slice(name.indexOf('.') + 1)}`,
      scope: scopeOf(want),
    },
  ]
}

function nameOf({ pair: { have, want } }: { readonly pair: Partial<ObjectPair> }): string {
  const object = want ?? have
  const where = object?.vo === undefined ? '' : `${object.vo}/`
  return `${object?.kind ?? ''} "${where}${object?.name ?? ''}"`
}
