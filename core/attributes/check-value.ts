import type { AttributeSpec } from '../../schemas/generated/config.ts'
import type { Mismatch, Surroundings } from '../config/catalog.ts'
import { isOfType, typeMismatch } from '../config/value-type.ts'
import type { JsonValue } from '../model/json.ts'
import { showPath } from '../model/path.ts'
import { parseJson } from '../model/parse-json.ts'
import { formMismatch } from './forms.ts'

/** Tells what is wrong with a value for an attribute: its type, its form, or the attribute's schema; undefined when nothing is. */
export function valueFault(
  { name, spec }: { readonly name: string; readonly spec: Pick<AttributeSpec, 'schema' | 'type'> },
  value: JsonValue,
  compileSchema: Surroundings['compileSchema'],
): string | undefined {
  const wrong = typeMismatch(spec.type, value)
  if (wrong !== undefined) return wrong
  const malformed = formMismatch(name, value)
  if (malformed !== undefined) return said(malformed)
  if (spec.schema === undefined) return undefined
  const check = compileSchema(spec.schema)
  const [first] = typeof check === 'function' ? check(value) : []
  return first === undefined ? undefined : said(first)
}

function said({ path, message }: Mismatch): string {
  return path.length === 0 ? message : `${showPath(path)}: ${message}`
}

/** Reads a value of an attribute from text: numbers and truth values as they stand, lists and maps as JSON; undefined where the text is none. */
export function readValue(type: AttributeSpec['type'], text: string): JsonValue | undefined {
  if (type === 'string') return text
  const value = parseJson(text.trim())
  return value !== undefined && isOfType(type, value) ? value : undefined
}
