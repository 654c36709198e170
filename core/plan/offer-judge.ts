import type { CheckValue, Mismatch, Surroundings } from '../config/catalog.ts'
import { offerProblems } from '../config/offer.ts'
import type { World } from '../membership/world.ts'
import type { JsonObject } from '../model/json.ts'

/** Makes the judge of whether a resource lies within its offer; each schema is compiled once. */
export function offerJudge(compileSchema: Surroundings['compileSchema']): World['isWithinOffer'] {
  const compiled = new Map<JsonObject, CheckValue | Mismatch>()
  const compile = (schema: JsonObject): CheckValue | Mismatch => {
    const known = compiled.get(schema) ?? compileSchema(schema)
    compiled.set(schema, known)
    return known
  }
  return ({ vo, name, spec }, facility) =>
    offerProblems({ resource: { vo: vo ?? '', name, spec }, facility, compileSchema: compile }).length === 0
}
