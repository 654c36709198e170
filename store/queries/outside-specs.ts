import type { JsonObject } from '../../core/model/json.ts'
import type { Db } from '../pool.ts'

/** What a document says of something outside, for which it may name secrets. */
interface OutsideSpec {
  readonly kind: 'Facility' | 'Source'
  readonly name: string
  readonly spec: JsonObject
}

/** Lists the facilities and sources in force with what their documents say. */
export async function listOutsideSpecs(db: Db): Promise<readonly OutsideSpec[]> {
  const { rows } = await db.query<OutsideSpec>(
    `select 'Facility' as kind, name, spec from facility union all select 'Source', name, spec from source order by 1, 2`,
  )
  return rows
}
