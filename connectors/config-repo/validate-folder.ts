import { desire } from '../../core/config/desire.ts'
import type { CheckValue, Surroundings } from '../../core/config/catalog.ts'
import type { Reading } from '../../core/config/document.ts'
import type { FlatFinding } from '../../core/model/answers.ts'
import type { Finding } from '../../core/model/finding.ts'
import { flatFinding } from '../../core/model/flat-finding.ts'
import type { JsonObject, JsonValue } from '../../core/model/json.ts'
import type { Desired } from '../../core/model/state.ts'
import { compileCheck, compileOwnCheck } from '../../schemas/validate.ts'
import { readFolder } from './read-folder.ts'
import { templateFault, templateNames } from '../templates.ts'

/** What the program can make and where it can deliver, as connectors/registry.ts says it. */
export interface Abilities {
  /** The JSON Schema of the options, by generator. */
  readonly generatorOptions: ReadonlyMap<string, JsonObject>
  /** The JSON Schema of the options, by destination type. */
  readonly destinationOptions: ReadonlyMap<string, JsonObject>
  /** The JSON Schema of the options, by source type. */
  readonly sourceOptions: ReadonlyMap<string, JsonObject>
}

/** What `validate --json` prints. */
export interface Validation {
  readonly valid: boolean
  readonly findings: readonly FlatFinding[]
}

/** Validates a folder as it lies there. */
export async function validateFolder(folder: string, abilities: Abilities): Promise<Validation> {
  return validationOf((await desireFolder(folder, abilities)).findings)
}

/** Reads a folder as it lies there and says what it asks for. */
export async function desireFolder(folder: string, abilities: Abilities): Promise<Desired> {
  return desireReading(await readFolder(folder), abilities)
}

/** Says what a reading asks for, with the real JSON Schema compiler. */
export function desireReading(reading: Reading, abilities: Abilities): Desired {
  return desire(reading, surroundingsFor(abilities))
}

const known = new WeakMap<Abilities, Surroundings>()

/** Tells the surroundings of the rules by the abilities of the program; each schema is compiled once. */
export function surroundingsFor(abilities: Abilities): Surroundings {
  const surroundings = known.get(abilities) ?? makeSurroundings(abilities)
  known.set(abilities, surroundings)
  return surroundings
}

function makeSurroundings({ generatorOptions, destinationOptions, sourceOptions }: Abilities): Surroundings {
  return {
    ...{ compileSchema: compileCheck, templateFault: (text) => templateFault(text)?.message, templateNames },
    ...{ generators: checksOf(generatorOptions), destinationTypes: checksOf(destinationOptions) },
    sourceTypes: checksOf(sourceOptions),
    tells: (generator) => listIn(generatorOptions.get(generator), 'tells'),
  }
}

function listIn(schema: JsonObject | undefined, key: string): readonly JsonValue[] {
  const value = schema?.[key]
  return isList(value) ? value : []
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function checksOf(schemas: ReadonlyMap<string, JsonObject>): ReadonlyMap<string, CheckValue> {
  return new Map([...schemas].map(([name, schema]) => [name, compileOwnCheck(schema)]))
}

/** Brings findings into the form that is printed. */
function validationOf(findings: readonly Finding[]): Validation {
  return { valid: findings.every(({ severity }) => severity !== 'error'), findings: findings.map(flatFinding) }
}
