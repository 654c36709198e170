import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../schemas/api/', import.meta.url)
const ending = '.schema.json'

/** The schemas of requests and answers, as fastify takes them; their `$id` is their name in the OpenAPI document. */
export function apiSchemas(): object[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(ending))
  return files.sort().map(readSchema)
}

function readSchema(file: string): object {
  const schema: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
  if (typeof schema !== 'object' || schema === null) throw new Error(`${file} is no object`)
  return schema
}

/** Answers of a route: its own, and errors. */
export function answers(own: Readonly<Record<number, string>>, errors: readonly number[] = []) {
  const entries = [
    ...Object.entries(own),
    ...errors.map((status): [string, string] => [String(status), 'Error']),
    ['500', 'Error'] as const,
  ]
  return Object.fromEntries(entries.map(([status, name]) => [status, { $ref: `${name}#` }]))
}
