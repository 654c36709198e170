import { derivedAmong, type DerivedDefinitions } from '../../../core/expressions/derived.ts'
import type { Db } from '../../pool.ts'
import type { Definition } from './read-held.ts'

interface DefinitionRow {
  readonly name: string
  readonly spec: Definition
}

/** Reads the derived attributes in force. */
export async function readDerived(db: Db): Promise<DerivedDefinitions> {
  const { rows } = await db.query<DefinitionRow>(
    `select name, spec from attribute_definition
     where exists (select from attribute_definition where spec ? 'derive') order by 1`,
  )
  const key = JSON.stringify(rows)
  if (made.key !== key)
    Object.assign(made, {
      key,
      definitions: derivedAmong(
        rows.map(({ name, spec }) => [name, spec] as const),
        ['people', 'pairs'],
      ),
    })
  return made.definitions
}

/** What was made last: between two commits the attributes are the same. */
const made: { key: string; definitions: DerivedDefinitions } = { key: '', definitions: derivedAmong([], []) }
