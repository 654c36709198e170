import { typeMismatch } from '../../../core/config/value-type.ts'
import { isEqual } from '../../../core/model/equal.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Tx } from '../../pool.ts'
import { readDerived, type DerivedDefinition, type DerivedDefinitions } from './read-derived.ts'
import { keyOfValue } from './value-columns.ts'
import { writeValues, type ChangedValue, type WrittenValue } from './write-values.ts'

/**
 * Brings the derived values of these people, or of everybody, to what follows from their other values now, each after those
 * it is derived from, in the transaction of whatever changed about them. Returns those that changed.
 */
export async function keepDerived(tx: Tx, persons: readonly number[] | 'everybody'): Promise<ChangedValue[]> {
  if (persons.length === 0) return []
  const definitions = await readDerived(tx)
  if (definitions.order.length === 0) return []
  const wanted = derive(definitions, await readInputs(tx, definitions, persons === 'everybody' ? null : persons))
  return writeValues(tx, { values: wanted, origin: 'derived' })
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

/** Only what differs from what is stored: a value to write, or one to take away. */
function derive({ order, names, defaults }: DerivedDefinitions, { holders, stored }: Inputs): WrittenValue[] {
  const derived = new Set(names)
  const values = new Map<string, JsonValue>()
  const before = new Map<string, StoredValue>()
  for (const one of stored) {
    const key = keyOfValue(one)
    if (derived.has(one.attribute)) before.set(key, one)
    else values.set(key, one.value)
  }
  const changed: WrittenValue[] = []
  for (const definition of order) {
    for (const [subject, object] of holders[definition.holder] ?? []) {
      const read = (name: string): JsonValue | undefined =>
        values.get(keyOfValue({ attribute: name, subject, object: name.startsWith('user.') ? 0 : object })) ??
        defaults.get(name)
      const value = valueOf(definition, read)
      const key = keyOfValue({ attribute: definition.name, subject, object })
      const old = before.get(key)
      if (value === undefined) continue
      values.set(key, value)
      before.delete(key)
      if (old?.origin !== 'derived' || !isEqual(old.value, value))
        changed.push({ attribute: definition.name, subject, object, value })
    }
  }
  const gone = [...before.values()].filter(({ origin }) => origin !== 'config')
  return [
    ...changed,
    ...gone.map(({ attribute, subject, object }) => ({ attribute, subject, object, value: undefined })),
  ]
}

function valueOf(
  { expression, type }: DerivedDefinition,
  read: (name: string) => JsonValue | undefined,
): JsonValue | undefined {
  const outcome = expression.evaluate(Object.fromEntries(expression.reads.map((name) => [name, read(name)])))
  if (outcome.kind !== 'value') return undefined
  return typeMismatch(type, outcome.value) === undefined ? outcome.value : undefined
}
