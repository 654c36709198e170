import { deriveValue, type DerivedDefinition } from '../../core/expressions/derived.ts'
import type { JsonValue } from '../../core/model/json.ts'
import { compileCheck } from '../../schemas/validate.ts'
import { readDerived } from '../changes/values/read-derived.ts'
import { whose, type DerivedHolder } from '../changes/values/derived-inputs.ts'
import { ownersOf } from '../changes/values/unique-values.ts'
import type { Db } from '../pool.ts'
import type { AskedMember } from './explain-member.ts'

/** Whom it is asked about, and the VO, group, resource and facility whose values an expression may read. */
type Place = Pick<AskedMember, 'facilityId' | 'personId' | 'resourceId' | 'voId'> & { readonly groupId?: number | null }

/**
 * Tells why a person has none of these derived attributes, in one VO, group, resource and facility: the expression, where it stands,
 * and what it reads. Attributes that are not derived are left out.
 */
export async function whyNotDerived(
  db: Db,
  names: readonly string[],
  place: Place,
): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map()
  const { order, defaults } = await readDerived(db)
  const byName = new Map(order.map((one) => [one.name, one]))
  if (names.every((name) => !byName.has(name))) return new Map()
  const stored = await storedOf(db, place)
  const places = await placesOf(db)
  const reasons = new Map<string, string>()
  // Each comes after those it is derived from.
  for (const definition of order) {
    if (stored.has(definition.name)) continue
    const read = (name: string) => stored.get(name) ?? defaults.get(name)
    const because = await reasonOf(db, definition, { read, reasons, place })
    const where = places.get(definition.name) ?? ''
    reasons.set(
      definition.name,
      `it is derived by ${JSON.stringify(definition.expression.text)} (${where}), and ${because}`,
    )
  }
  return new Map([...reasons].filter(([name]) => names.includes(name)))
}

/** Says what an expression reads as a value: that it is missing, or what it is. */
export function saidValue(value: JsonValue | undefined): string {
  if (value === undefined) return 'is missing'
  const text = JSON.stringify(value)
  return `is ${text.length > 100 ? `${text.slice(0, 100)}…` : text}`
}

interface Reading {
  readonly read: (name: string) => JsonValue | undefined
  readonly reasons: ReadonlyMap<string, string>
  readonly place: Place
}

async function reasonOf(db: Db, definition: DerivedDefinition, { read, reasons, place }: Reading): Promise<string> {
  const outcome = deriveValue(definition, read, compileCheck)
  if (outcome.kind === 'value') {
    const { name: attribute, holder } = definition
    const [subject = 0, object = 0] = whose[holder]?.(idsOf(place)) ?? []
    const key = { attribute, subject, object, value: outcome.value }
    const [owner] = await ownersOf(db, [key])
    const shown = JSON.stringify(outcome.value)
    return owner === undefined
      ? `it would be ${shown}`
      : `it would be ${shown}, which is unique and "${owner.name}" has or had`
  }
  const said = definition.expression.reads.map((name) => {
    const reason = reasons.get(name)
    return `${name} ${saidValue(read(name))}${reason === undefined ? '' : ` (${reason})`}`
  })
  return [...said, ...(outcome.kind === 'failed' ? [outcome.message] : [])].join(', ')
}

function idsOf({ personId, voId, groupId, resourceId, facilityId }: Place): DerivedHolder {
  const ids = { vo: voId, group: groupId ?? 0, resource: resourceId ?? 0, facility: facilityId ?? 0 }
  return { subject: personId, object: 0, person: personId, ...ids }
}

async function storedOf(db: Db, place: Place): Promise<ReadonlyMap<string, JsonValue>> {
  const holders = Object.entries(whose).filter(([holder]) => holder !== 'identity')
  const keys = holders.map(([holder, idsIn]) => [holder, ...idsIn(idsOf(place))] as const)
  const { rows } = await db.query<{ attribute: string; value: JsonValue }>(
    `select v.attribute, v.value
     from unnest($1::text[], $2::integer[], $3::integer[]) as x(holder, subject, object)
     join attribute_value v on (v.subject, v.object) = (x.subject, x.object) and split_part(v.attribute, '.', 1) = x.holder`,
    [keys.map(([holder]) => holder), keys.map(([, subject]) => subject), keys.map(([, , object]) => object)],
  )
  return new Map(rows.map(({ attribute, value }) => [attribute, value]))
}

async function placesOf(db: Db): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ name: string; place: string }>(
    `select name, file || ':' || line_of(key_lines, 'derive', line) as place from attribute_definition where spec ? 'derive'`,
  )
  return new Map(rows.map(({ name, place }) => [name, place]))
}
