import type { JsonValue } from '../../core/model/json.ts'
import { compileOwnCheck } from '../../schemas/validate.ts'
import { readSchema } from '../../schemas/own-schemas.ts'

/** What is wrong with the JSON that a command printed, by the schema of the reports it makes. */
export function reportFaults(
  schema: 'export-report' | 'import-report',
  printed: string,
): ReturnType<ReturnType<typeof compileOwnCheck>> {
  return compileOwnCheck(readSchema(`cli/${schema}`))(JSON.parse(printed) as JsonValue)
}
