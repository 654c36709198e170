import { readFileSync } from 'node:fs'
import { Ajv, type SchemaValidateFunction } from 'ajv'

/** Compiles the schemas of this folder; what several of them share is known to it. */
export const ownSchemas = new Ajv({
  strict: true,
  strictRequired: false,
  strictTypes: false,
  allErrors: true,
  verbose: true,
})
ownSchemas.addVocabulary(['expected', 'code', 'tsType'])
ownSchemas.addKeyword({ keyword: 'uniqueBy', type: 'array', schemaType: 'string', errors: true, validate: uniqueBy() })
ownSchemas.addSchema(readSchema('config/common'))

/** Reads a schema by its path in this folder, such as `config/vo`. */
export function readSchema(path: string): Record<string, unknown> {
  const parsed: unknown = JSON.parse(readFileSync(new URL(`./${path}.schema.json`, import.meta.url), 'utf8'))
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`${path}.schema.json is no object`)
  return { ...parsed }
}

/** JSON Schema compares whole entries only; this compares them by one key. */
function uniqueBy(): SchemaValidateFunction {
  const validate: SchemaValidateFunction = (key: string, entries: readonly unknown[]) => {
    const values = entries.map((entry) => valueIn(entry, key))
    const index = values.findIndex((value, at) => value !== undefined && values.indexOf(value) < at)
    validate.errors = index < 0 ? [] : [{ keyword: 'uniqueBy', params: { index, key, value: values[index] } }]
    return index < 0
  }
  return validate
}

function valueIn(entry: unknown, key: string): unknown {
  return typeof entry === 'object' && entry !== null ? Reflect.get(entry, key) : undefined
}
