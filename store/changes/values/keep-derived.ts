import { deriveValue, type DerivedDefinition, type DerivedDefinitions } from '../../../core/expressions/derived.ts'
import { isEqual } from '../../../core/model/equal.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Tx } from '../../pool.ts'
import { forgetClaims, isUnique, settleClaims, type ClaimedValue, type WantedValue } from './derived-claims.ts'
import { readDerived } from './read-derived.ts'
import { compileSchema } from './schema-checks.ts'
import { keyOfValue } from './value-columns.ts'
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
 * Returns the values that changed. It agrees with `derivedValues` in core, which foresees the same for commits.
 */
export async function keepDerived(tx: Tx, { persons, at }: DeriveInput): Promise<ChangedValue[]> {
  if (persons.length === 0) return []
  const definitions = await readDerived(tx)
  if (persons === 'everybody') await forgetClaims(tx, definitions)
  if (definitions.order.length === 0) return []
  const bySubject = new Map<number, readonly WrittenValue[]>()
  const decided: Decided = new Map()
  for (let asked: DeriveInput['persons'] = persons; asked.length > 0;) {
    const { values, rivals } = await derive(tx, { definitions, decided, persons: asked, at })
    if (asked !== 'everybody') for (const subject of asked) bySubject.delete(subject)
    for (const one of values) bySubject.set(one.subject, [...(bySubject.get(one.subject) ?? []), one])
    asked = rivals
  }
  return writeValues(tx, { values: [...bySubject.values()].flat(), origin: 'derived' })
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

interface StoredValue {
  readonly attribute: string
  readonly subject: number
  readonly object: number
  readonly value: JsonValue
  readonly origin: string
}

interface Inputs {
  /** Whom there is, as subject and object: people with 0, and members with their VO. */
  readonly holders: Readonly<Record<string, readonly (readonly [subject: number, object: number])[]>>
  /** Values of the attributes that are read, and of those that are derived. */
  readonly stored: readonly StoredValue[]
}

async function readInputs(
  tx: Tx,
  { order, names }: DerivedDefinitions,
  persons: readonly number[] | null,
): Promise<Inputs> {
  // Whoever changes another value of the same people is waited for, and what they wrote is read.
  const { rows: people } = await tx.query<{ id: number }>(
    `select p.id from person p where ($1::integer[] is null or p.id = any($1)) and p.identities <> '{}'
     order by p.id for no key update`,
    [persons],
  )
  const { rows: members } = await tx.query<{ subject: number; object: number }>(
    `select person_id as subject, vo_id as object from member where $1::integer[] is null or person_id = any($1)`,
    [persons],
  )
  const read = new Set([...names, ...order.flatMap(({ expression }) => expression.reads)])
  const { rows: stored } = await tx.query<StoredValue>(
    `select attribute, subject, object, value, origin from attribute_value
     where attribute = any($1) and ($2::integer[] is null or subject = any($2))`,
    [[...read], persons],
  )
  const user = people.map(({ id }) => [id, 0] as const)
  return { holders: { user, member: members.map(({ subject, object }) => [subject, object] as const) }, stored }
}

interface Derived {
  /** Only what differs from what is stored: a value to write, or one to take away. */
  readonly values: readonly WrittenValue[]
  /** Others who get or lose a unique value by it. */
  readonly rivals: readonly number[]
}

async function derive(tx: Tx, deriving: Deriving): Promise<Derived> {
  const { definitions, persons } = deriving
  const { holders, stored } = await readInputs(tx, definitions, persons === 'everybody' ? null : persons)
  const isOwn = ({ attribute }: StoredValue): boolean => definitions.names.has(attribute)
  const before = new Map(stored.filter(isOwn).map((one) => [keyOfValue(one), one]))
  const values = new Map(stored.filter((one) => !isOwn(one)).map((one) => [keyOfValue(one), one.value]))
  const changed: WrittenValue[] = []
  const rivals: number[] = []
  for (const definition of definitions.order) {
    const wanted = wantedOf(definition, { holders: holders[definition.holder] ?? [], values, definitions })
    const settled = isUnique(definition)
      ? await settle(tx, deriving, { definition, wanted })
      : { owned: wanted, rivals: [] }
    rivals.push(...settled.rivals)
    for (const { subject, object, value } of settled.owned) {
      const one = { attribute: definition.name, subject, object, value }
      const old = before.get(keyOfValue(one))
      values.set(keyOfValue(one), value)
      before.delete(keyOfValue(one))
      if (old?.origin !== 'derived' || !isEqual(old.value, value)) changed.push(one)
    }
  }
  const gone = [...before.values()].filter(({ origin }) => origin !== 'config')
  const taken = gone.map(({ attribute, subject, object }) => ({ attribute, subject, object, value: undefined }))
  return { values: [...changed, ...taken], rivals: [...new Set(rivals)] }
}

interface Wanting {
  readonly holders: readonly (readonly [subject: number, object: number])[]
  readonly values: ReadonlyMap<string, JsonValue>
  readonly definitions: DerivedDefinitions
}

function wantedOf(definition: DerivedDefinition, { holders, values, definitions }: Wanting): WantedValue[] {
  return holders.flatMap(([subject, object]) => {
    const read = (name: string): JsonValue | undefined =>
      values.get(keyOfValue({ attribute: name, subject, object: name.startsWith('user.') ? 0 : object })) ??
      definitions.defaults.get(name)
    const outcome = deriveValue(definition, read, compileSchema)
    return outcome.kind === 'value' ? [{ subject, object, value: outcome.value }] : []
  })
}

/** Who of those who would have a unique value has it, and who else comes to one or gives one up. */
async function settle(
  tx: Tx,
  { persons, at, decided }: Deriving,
  { definition, wanted }: { readonly definition: DerivedDefinition; readonly wanted: readonly WantedValue[] },
): Promise<{ readonly owned: readonly WantedValue[]; readonly rivals: readonly number[] }> {
  const { name: attribute } = definition
  const claimed = await settleClaims(tx, { definition, persons, wanted, at })
  const ownerOf = new Map(claimed.map((one) => [keyOfValue({ attribute, ...one }), one.value]))
  const owned = wanted.filter((one) => ownerOf.has(keyOfValue({ attribute, ...one })))
  for (const one of wanted) decided.set(keyOfValue({ attribute, ...one }), undefined)
  for (const one of owned) decided.set(keyOfValue({ attribute, ...one }), one.value)
  if (persons === 'everybody') return { owned, rivals: [] }
  const asked = new Set(persons)
  const rivals = claimed.flatMap((one) => rivalsIn(attribute, one, decided)).filter((person) => !asked.has(person))
  return { owned, rivals }
}

/** Who has a value now that somebody else has by what is stored, or was decided before in this change. */
function rivalsIn(
  attribute: string,
  { subject, object, value, holder, held_in }: ClaimedValue,
  decided: Decided,
): number[] {
  const owner = keyOfValue({ attribute, subject, object })
  const isKnown = decided.has(owner) ? isSame(decided.get(owner), value) : holder === subject && held_in === object
  const rivals = isKnown ? [] : [subject]
  if (holder === null || held_in === null || (holder === subject && held_in === object)) return rivals
  const former = keyOfValue({ attribute, subject: holder, object: held_in })
  const hasGivenUp = decided.has(former) && !isSame(decided.get(former), value)
  return hasGivenUp ? rivals : [...rivals, holder]
}

function isSame(one: JsonValue | undefined, other: JsonValue): boolean {
  return one !== undefined && isEqual(one, other)
}
