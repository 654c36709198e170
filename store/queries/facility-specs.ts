import type { JsonObject } from '../../core/model/json.ts'
import type { Db } from '../pool.ts'

/** Lists the facilities in force with what their documents say. */
export async function listFacilitySpecs(
  db: Db,
): Promise<readonly { readonly name: string; readonly spec: JsonObject }[]> {
  const { rows } = await db.query<{ name: string; spec: JsonObject }>('select name, spec from facility order by name')
  return rows
}
