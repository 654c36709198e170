import { readFileSync } from 'node:fs'

const names = [
  'accepted',
  'deliveries',
  'error',
  'finding',
  'hold',
  'holds',
  'members',
  'readiness',
  'status',
  'why',
] as const

/** The schemas of requests and answers, as fastify takes them; their `$id` is their name in the OpenAPI document. */
export function apiSchemas(): object[] {
  return names.map(readSchema)
}

function readSchema(name: string): object {
  const url = new URL(`../schemas/api/${name}.schema.json`, import.meta.url)
  const schema: unknown = JSON.parse(readFileSync(url, 'utf8'))
  if (typeof schema !== 'object' || schema === null) throw new Error(`${name}.schema.json is no object`)
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
