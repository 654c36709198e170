import type { Surroundings } from '../../../core/config/catalog.ts'
import { compileCheck } from '../../../schemas/validate.ts'

const compiled = new Map<string, ReturnType<typeof compileCheck>>()

/** Compiles the JSON Schema of an attribute in force, each once. */
export const compileSchema: Surroundings['compileSchema'] = (schema) => {
  const key = JSON.stringify(schema)
  const check = compiled.get(key) ?? compileCheck(schema)
  compiled.set(key, check)
  return check
}
