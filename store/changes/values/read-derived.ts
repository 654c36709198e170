import { parseAttribute } from '../../../core/config/references.ts'
import {
  compileDerived,
  namesOfDerived,
  orderDerived,
  type DerivedAttribute,
} from '../../../core/expressions/derived.ts'
import type { AttributeType } from '../../../core/expressions/names.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Tx } from '../../pool.ts'

/** A derived attribute in force. */
export interface DerivedDefinition extends DerivedAttribute {
  readonly holder: string
  readonly type: AttributeType
}

/** The derived attributes in force. */
export interface DerivedDefinitions {
  /** Each after those it is derived from. */
  readonly order: readonly DerivedDefinition[]
  /** All of them, also those that cannot be computed. */
  readonly names: readonly string[]
  /** Defaults of what they may read. */
  readonly defaults: ReadonlyMap<string, JsonValue>
}

interface DefinitionRow {
  readonly name: string
  readonly type: AttributeType
  readonly derive: string | null
  readonly default: JsonValue | null
}

/** Reads the derived attributes in force. */
export async function readDerived(tx: Tx): Promise<DerivedDefinitions> {
  const { rows } = await tx.query<DefinitionRow>(
    `select name, spec->>'type' as type, spec->>'derive' as derive, spec->'default' as default from attribute_definition
     where exists (select from attribute_definition where spec ? 'derive') order by 1`,
  )
  const key = JSON.stringify(rows)
  if (made.key !== key) Object.assign(made, { key, definitions: compile(rows) })
  return made.definitions
}

/** What was made last: between two commits the attributes are the same. */
const made: { key: string; definitions: DerivedDefinitions } = {
  key: '',
  definitions: { order: [], names: [], defaults: new Map() },
}

function compile(rows: readonly DefinitionRow[]): DerivedDefinitions {
  const names = namesOfDerived(rows.map(({ name, type }) => [name, type] as const))
  const all = rows.flatMap(({ name, type, derive }) => (derive === null ? [] : [{ name, type, derive }]))
  const derived = all.flatMap(({ name, type, derive }) => {
    const expression = compileDerived(derive, { name, type, names })
    return 'fault' in expression ? [] : [{ name, type, expression, holder: parseAttribute(name).holder }]
  })
  return {
    order: orderDerived(derived).order,
    names: all.map(({ name }) => name),
    defaults: new Map(rows.flatMap(({ name, default: value }) => (value === null ? [] : [[name, value] as const]))),
  }
}
