import type { JsonObject } from '../../core/model/json.ts'
import type { SourceEnvironment } from '../source.ts'
import { invalidOption, reading } from './failures.ts'
import { createHttpsReader } from './reader.ts'
import type { HttpsReader } from './reader.ts'
import { readSettings } from './settings.ts'

/** Opens a reader by the options that sources asked over https share. */
export async function openReader(options: JsonObject, environment: SourceEnvironment): Promise<HttpsReader> {
  return createHttpsReader(await readSettings(reading, options, environment))
}

/** Joins the `url` of the options and a path and query below it; the path is taken as it is, encoded. */
export function urlBelow(options: JsonObject, path: string, query: Readonly<Record<string, string>> = {}): string {
  const { url } = options
  if (typeof url !== 'string' || !URL.canParse(url))
    throw invalidOption(reading, 'url', 'an address such as "https://people.example.org"')
  const whole = new URL(url)
  whole.pathname = `${whole.pathname.replace(/\/+$/, '')}${path}`
  for (const [name, value] of Object.entries(query)) whole.searchParams.set(name, value)
  return whole.href
}
