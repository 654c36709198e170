import { GuildhallError } from '../core/errors.ts'
import type { JsonObject, JsonValue } from '../core/model/json.ts'
import type { ResourceView } from './generator.ts'

interface Choices {
  readonly generator: string
  readonly option: string
  readonly isOne: (value: JsonValue) => value is string
  readonly examples: readonly string[]
  /** Where the option is not given. */
  readonly fallback?: readonly string[]
}

/**
 * What an option of the facility lets resources choose from, the first for those that do not choose. Resources are declared by VOs,
 * so what gives power over the facility's machines is chosen from what the facility names. Throws GENERATOR_OPTIONS_INVALID.
 */
export function readChoices(
  options: JsonObject,
  { generator, option, isOne, examples, fallback }: Choices,
): readonly string[] {
  const given: readonly JsonValue[] | undefined = listOf(options[option]) ?? fallback
  if (given !== undefined && given.length > 0 && given.every(isOne)) return given
  throw new GuildhallError(
    'GENERATOR_OPTIONS_INVALID',
    `Cannot generate ${generator}: option ${option} must be a list such as ${JSON.stringify(examples)}`,
    { facts: { option } },
  )
}

/** What a resource has chosen by its attribute, or why its people are left out. */
export function chooseFor(
  { vo, name, attributes }: ResourceView,
  attribute: string,
  choices: readonly string[],
): { readonly chosen: string } | { readonly reason: string } {
  const wanted = attributes[attribute] ?? choices[0]
  const chosen = choices.find((choice) => choice === wanted)
  if (chosen !== undefined) return { chosen }
  return { reason: `resource ${vo}/${name}: ${attribute} is none of those that the facility's options allow` }
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  if (value === undefined) return undefined
  const list: readonly JsonValue[] = Array.isArray(value) ? value : []
  return list
}
