import { deriveValue, type DerivedDefinition } from '../../core/expressions/derived.ts'
import type { JsonValue } from '../../core/model/json.ts'
import { readDerived } from '../changes/values/read-derived.ts'
import { compileSchema } from '../changes/values/schema-checks.ts'
import { ownersOf } from '../changes/values/unique-values.ts'
import type { Db } from '../pool.ts'
import type { Asked } from './explain.ts'

type Place = Pick<Asked, 'personId' | 'voId'>

/**
 * Tells why a person has none of these derived attributes, of the holder member in one VO: the expression, where it stands, and
 * what it reads. Attributes that are not derived are left out.
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
  const outcome = deriveValue(definition, read, compileSchema)
  if (outcome.kind === 'value') {
    const { name: attribute, holder } = definition
    const key = { attribute, subject: place.personId, object: holder === 'user' ? 0 : place.voId, value: outcome.value }
    const [owner] = await ownersOf(db, [key])
    const shown = JSON.stringify(outcome.value)
    return owner === undefined
      ? `it would be ${shown}`
      : `it would be ${shown}, which is unique and "${owner}" has or had`
  }
  const said = definition.expression.reads.map((name) => {
    const reason = reasons.get(name)
    return `${name} ${saidValue(read(name))}${reason === undefined ? '' : ` (${reason})`}`
  })
  return [...said, ...(outcome.kind === 'failed' ? [outcome.message] : [])].join(', ')
}

async function storedOf(db: Db, { personId, voId }: Place): Promise<ReadonlyMap<string, JsonValue>> {
  const { rows } = await db.query<{ attribute: string; value: JsonValue }>(
    `select attribute, value from attribute_value
     where subject = $1 and (attribute like 'user.%' or attribute like 'member.%' and object = $2)`,
    [personId, voId],
  )
  return new Map(rows.map(({ attribute, value }) => [attribute, value]))
}

async function placesOf(db: Db): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ name: string; place: string }>(
    `select name, file || ':' || line as place from attribute_definition where spec ? 'derive'`,
  )
  return new Map(rows.map(({ name, place }) => [name, place]))
}
