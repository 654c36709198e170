import { readdirSync } from 'node:fs'
import type { Abilities } from '../../connectors/config-repo/validate-folder.ts'
import { readOptionsSchema } from '../../schemas/options-schema.ts'
import type { JsonObject } from '../../core/model/json.ts'

const connectors = new URL('../../connectors/', import.meta.url)

/** What the program can make, where it can deliver and what it can read, read off the connectors' folders without loading their code. */
export function readAbilities(): Abilities {
  return {
    generatorOptions: optionsIn('generators'),
    destinationOptions: optionsIn('destinations'),
    sourceOptions: optionsIn('sources'),
  }
}

function optionsIn(kind: string): ReadonlyMap<string, JsonObject> {
  const entries = readdirSync(new URL(`${kind}/`, connectors), { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return new Map(
    names.sort().map((name) => [name, readOptionsSchema(new URL(`${kind}/${name}/options.schema.json`, connectors))]),
  )
}
