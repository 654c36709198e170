import { deriveValue, type DerivedDefinition, type DerivedDefinitions } from '../../../core/expressions/derived.ts'
import { parseAttribute } from '../../../core/config/references.ts'
import { groupBy } from '../../../core/model/group-by.ts'
import { isEqual } from '../../../core/model/equal.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import type { Tx } from '../../pool.ts'
import { forgetClaims, isUnique, settleClaims, type ClaimedValue, type WantedValue } from './derived-claims.ts'
import { readInputs, whose, type DerivedHolder, type StoredValue } from './derived-inputs.ts'
import { readDerived } from './read-derived.ts'
import type { ValueKey } from './read-held.ts'
import { claimUnique } from './unique-values.ts'
import { columnsOfValues, keyOfValue } from './value-columns.ts'
import { writeValues, type ChangedValue, type WrittenValue } from './write-values.ts'

/** Whose derived values are brought up to date, and when. */
export interface DeriveInput {
  readonly persons: readonly number[] | 'everybody'
  readonly at: Date
}

/**
 * Brings the derived values of these people, or of everybody, to what follows from their other values now, each after those
 * it is derived from, in the transaction of whatever changed about them. A value that does not fit the attribute's schema is
 * none, nor is a unique one that somebody else had first; who is next in line for one that somebody gives up gets it.
 * Returns the values that changed, but those of identities, from which nothing else follows. It agrees with `derivedValues` in core, which foresees the same for commits.
 */
export async function keepDerived(tx: Tx, { persons, at }: DeriveInput): Promise<ChangedValue[]> {
  if (persons.length === 0) return []
  const definitions = await readDerived(tx)
  if (persons === 'everybody') await forgetClaims(tx, definitions)
  if (definitions.order.length === 0) return []
  const byPerson = new Map<number, readonly OwnValue[]>()
  const decided: Decided = new Map()
  const moved: ValueKey[] = []
  for (let asked: DeriveInput['persons'] = persons; asked.length > 0;) {
    const { values, rivals, unclaimed } = await derive(tx, { definitions, decided, persons: asked, at })
    if (asked !== 'everybody') for (const person of asked) byPerson.delete(person)
    for (const [person, own] of groupBy(values, (one) => one.person)) byPerson.set(person, own)
    moved.push(...unclaimed)
    asked = rivals
  }
  const changed = await writeValues(tx, { values: [...byPerson.values()].flat(), origin: 'derived' })
  await claimMoved(tx, moved)
  return changed.filter(({ attribute }) => !attribute.startsWith('identity.'))
}

/** A resource may have come to another facility with what is unique there. */
async function claimMoved(tx: Tx, moved: readonly ValueKey[]): Promise<void> {
  if (moved.length === 0) return
  await claimUnique(tx, {
    which: '(v.attribute, v.subject, v.object) in (select * from unnest($1::text[], $2::integer[], $3::integer[]))',
    parameters: columnsOfValues(moved.map((one) => ({ ...one, value: undefined }))).slice(0, 3),
    isDerived: true,
  })
}

/** Takes away the values of attributes of whose values nothing says any more what they follow from. */
export async function dropUnderived(tx: Tx, attributes: readonly string[]): Promise<ChangedValue[]> {
  if (attributes.length === 0) return []
  const { rows } = await tx.query<Omit<WrittenValue, 'value'>>(
    `select v.attribute, v.subject, v.object from attribute_value v
     where v.attribute = any($1) and v.origin = 'derived'
       and not exists (select from attribute_definition d where d.name = v.attribute and d.spec ? 'derive')`,
    [attributes],
  )
  return writeValues(tx, { values: rows.map((row) => ({ ...row, value: undefined })), origin: 'derived' })
}

/** Which unique values somebody has, as far as it was decided in this change: by the key of the value. */
type Decided = Map<string, JsonValue | undefined>

interface Deriving extends DeriveInput {
  readonly definitions: DerivedDefinitions
  readonly decided: Decided
}

/** A value with the person it is about: of an identity, whose that is. */
interface OwnValue extends WrittenValue {
  readonly person: number
}

interface Derived {
  /** Only what differs from what is stored: a value to write, or one to take away. */
  readonly values: readonly OwnValue[]
  /** Others who get or lose a unique value by it. */
  readonly rivals: readonly number[]
  /** Unique ones that are as they were, but must be unique somewhere else now. */
  readonly unclaimed: readonly ValueKey[]
}

async function derive(tx: Tx, deriving: Deriving): Promise<Derived> {
  const { definitions, persons } = deriving
  const { holders, stored } = await readInputs(tx, definitions, persons === 'everybody' ? null : persons)
  const isOwn = ({ attribute }: StoredValue): boolean => definitions.names.has(attribute)
  const before = new Map(stored.filter(isOwn).map((one) => [keyOfValue(one), one]))
  const values = new Map(stored.filter((one) => !isOwn(one)).map((one) => [keyOfValue(one), one.value]))
  const changed: OwnValue[] = []
  const rivals: number[] = []
  const unclaimed: ValueKey[] = []
  for (const definition of definitions.order) {
    const wanted = wantedOf(definition, { holders: holders.get(definition.holder) ?? [], values, definitions })
    const settled = isUnique(definition)
      ? await settle(tx, deriving, { definition, wanted })
      : { owned: wanted, rivals: [], free: new Set<string>() }
    rivals.push(...settled.rivals)
    for (const { subject, object, person, value } of settled.owned) {
      const one = { attribute: definition.name, subject, object, person, value }
      const old = before.get(keyOfValue(one))
      values.set(keyOfValue(one), value)
      before.delete(keyOfValue(one))
      if (old?.origin !== 'derived' || !isEqual(old.value, value)) changed.push(one)
      else if (settled.free.has(keyOfValue(one))) unclaimed.push(one)
    }
  }
  const gone = [...before.values()].filter(({ origin }) => origin !== 'config')
  const taken = gone.map(({ attribute, subject, object, person }) => ({
    ...{ attribute, subject, object, person },
    value: undefined,
  }))
  return { values: [...changed, ...taken], rivals: [...new Set(rivals)], unclaimed }
}

interface Wanting {
  readonly holders: readonly DerivedHolder[]
  readonly values: ReadonlyMap<string, JsonValue>
  readonly definitions: DerivedDefinitions
}

function wantedOf(definition: DerivedDefinition, { holders, values, definitions }: Wanting): WantedValue[] {
  return holders.flatMap((one) => {
    const read = (name: string): JsonValue | undefined => {
      const [subject = 0, object = 0] = whose[parseAttribute(name).holder]?.(one) ?? []
      return values.get(keyOfValue({ attribute: name, subject, object })) ?? definitions.defaults.get(name)
    }
    const outcome = deriveValue(definition, read, compileCheck)
    const { subject, object, person } = one
    return outcome.kind === 'value' ? [{ subject, object, person, value: outcome.value }] : []
  })
}

interface Settled {
  readonly owned: readonly WantedValue[]
  readonly rivals: readonly number[]
  /** The keys of values that nobody has by what is stored. */
  readonly free: ReadonlySet<string>
}

/** Who of those who would have a unique value has it, and who else comes to one or gives one up. */
async function settle(
  tx: Tx,
  { persons, at, decided }: Deriving,
  { definition, wanted }: { readonly definition: DerivedDefinition; readonly wanted: readonly WantedValue[] },
): Promise<Settled> {
  const { name: attribute } = definition
  const claimed = await settleClaims(tx, { definition, persons, wanted, at })
  const ownerOf = new Map(claimed.map((one) => [keyOfValue({ attribute, ...one }), one.value]))
  const owned = wanted.filter((one) => ownerOf.has(keyOfValue({ attribute, ...one })))
  for (const one of wanted) decided.set(keyOfValue({ attribute, ...one }), undefined)
  for (const one of owned) decided.set(keyOfValue({ attribute, ...one }), one.value)
  const free = new Set(claimed.flatMap((one) => (one.held === null ? [keyOfValue({ attribute, ...one })] : [])))
  if (persons === 'everybody') return { owned, rivals: [], free }
  const asked = new Set(persons)
  const rivals = claimed.flatMap((one) => rivalsIn(attribute, one, decided)).filter((person) => !asked.has(person))
  return { owned, rivals, free }
}

/** Who has a value now that somebody else has by what is stored, or was decided before in this change. */
function rivalsIn(
  attribute: string,
  { subject, object, value, person, held }: ClaimedValue,
  decided: Decided,
): number[] {
  const owner = keyOfValue({ attribute, subject, object })
  const isHeld = held?.subject === subject && held.object === object
  const isKnown = decided.has(owner) ? isSame(decided.get(owner), value) : isHeld
  const rivals = isKnown ? [] : [person]
  if (held === null || isHeld) return rivals
  const former = keyOfValue({ attribute, ...held })
  const hasGivenUp = decided.has(former) && !isSame(decided.get(former), value)
  return hasGivenUp ? rivals : [...rivals, held.person]
}

function isSame(one: JsonValue | undefined, other: JsonValue): boolean {
  return one !== undefined && isEqual(one, other)
}
