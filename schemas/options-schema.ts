import { readFileSync } from 'node:fs'
import type { JsonObject, JsonValue } from '../core/model/json.ts'

/**
 * Reads the JSON Schema of a type's options. A part that is `{"$ref": "FILE#/properties/NAME"}` is that option of the other file, so that
 * what several types share is written once.
 */
export function readOptionsSchema(file: URL): JsonObject {
  const schema: unknown = JSON.parse(readFileSync(file, 'utf8'), (_, part: JsonValue) => resolved(part, file))
  if (isObject(schema)) return schema
  throw new Error(`${file.pathname} is no JSON object`)
}

const reference = /^([^#]+)#\/properties\/(\w+)$/

function resolved(part: JsonValue, from: URL): JsonValue {
  const written = isObject(part) ? part['$ref'] : undefined
  const [, path, name] = (typeof written === 'string' && reference.exec(written)) || []
  if (path === undefined || name === undefined) return part
  const { properties } = readOptionsSchema(new URL(path, from))
  const found = isObject(properties) ? properties[name] : undefined
  if (found !== undefined) return found
  throw new Error(`${from.pathname} refers to ${path}#/properties/${name}, which is not there`)
}

/** Tells whether JSON is an object; what JSON.parse gives is JSON all the way down. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
