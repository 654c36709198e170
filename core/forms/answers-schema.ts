import type { AttributeSpec, FormItem } from '../../schemas/generated/config.ts'
import type { JsonObject } from '../model/json.ts'
import type { ItemType } from './items.ts'

/** Attributes that answers become, by full name, with what their values must be like. */
export type FilledAttributes = ReadonlyMap<string, Pick<AttributeSpec, 'schema' | 'type'>>

/** What the answers are checked against beside the form. */
export interface AnswersContext {
  /** The version of the VO's terms in force; undefined where it has none. */
  readonly termsVersion: string | undefined
  readonly filled: FilledAttributes
}

/** Options to choose from, and how the schema says them. */
type Choose = (options: Options) => JsonObject
type Options = NonNullable<FormItem['options']>

/** How the schema of one answer is written. */
interface Writing extends AnswersContext {
  readonly choose?: Choose
}

const mostCharacters = { line: 1_000, area: 20_000 }
const mostEntries = 100

/** Half of a character, which PostgreSQL cannot keep. */
const half = String.raw`\p{Cs}`
/** What would not be seen, or would turn what is seen around; the joiners of Persian and of the languages of India are letters. */
const unseen = '[^\\P{Cf}\u200C\u200D]'

/** No line may break another out of a file, a mail or a table. */
const printableLine = texts({ without: String.raw`[\p{Cc}\p{Zl}\p{Zp}]`, expected: 'one line of printable text' })
const printableLines = texts({ without: String.raw`[\p{Zl}\p{Zp}]|[^\P{Cc}\n\t]`, expected: 'printable text' })

/** Gives the JSON Schema of the answer to one item that asks for something; nothing entered is no answer. */
export function answerSchema(item: FormItem, context: Writing): JsonObject {
  const own = schemaOf[item.type](item, context)
  const filled = item.fills === undefined ? undefined : context.filled.get(item.fills)
  return filled?.schema === undefined ? own : { allOf: [own, filled.schema] }
}

const schemaOf: Readonly<Record<ItemType, (item: FormItem, writing: Writing) => JsonObject>> = {
  text: (item) => lineSchema(item),
  area: ({ pattern, maxLength = mostCharacters.area }) => ({
    ...{ type: 'string', minLength: 1, maxLength },
    ...printableLines,
    ...whole(pattern),
  }),
  number: ({ minimum, maximum, whole: isWhole, fills }) => ({
    type: isWhole === true || fills !== undefined ? 'integer' : 'number',
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
  }),
  date: () => ({
    type: 'string',
    pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
    expected: 'a day "YYYY-MM-DD"',
  }),
  choice: ({ options = [] }, { choose = chosen }) => choose(options),
  'multi-choice': (item, { choose = chosen }) => ({
    ...entries(item),
    uniqueItems: true,
    items: choose(item.options ?? []),
  }),
  checkbox: ({ required }) => (required === true ? { const: true, expected: 'true' } : { type: 'boolean' }),
  'verified-email': () => ({ type: 'string', minLength: 3, maxLength: 320 }),
  login: ({ pattern }) => ({
    ...{ type: 'string', minLength: 1, maxLength: 32 },
    ...whole(pattern),
  }),
  list: (item) => ({ ...entries(item), items: lineSchema(item) }),
  map: (item) => ({
    ...{ type: 'object', minProperties: 1, maxProperties: item.maxItems ?? mostEntries },
    propertyNames: { ...printableLine, minLength: 1, maxLength: 100 },
    additionalProperties: lineSchema(item),
  }),
  'time-zone': () => ({ type: 'string', minLength: 1, maxLength: 64 }),
  heading: () => ({}),
  comment: () => ({}),
  terms: (_, { termsVersion }) =>
    termsVersion === undefined
      ? { type: 'string' }
      : { const: termsVersion, expected: `the version of the terms that is accepted, "${termsVersion}"` },
  group: (item) => ({
    ...entries(item),
    uniqueItems: true,
    items: chosen((item.groups ?? []).map((value) => ({ value }))),
  }),
}

function lineSchema({ pattern, maxLength = mostCharacters.line }: FormItem): JsonObject {
  return { type: 'string', minLength: 1, maxLength, ...printableLine, ...whole(pattern) }
}

function chosen(options: Options): JsonObject {
  return { type: 'string', enum: options.map(({ value }) => value) }
}

function entries({ maxItems = mostEntries }: FormItem): JsonObject {
  return { type: 'array', minItems: 1, maxItems }
}

function texts({ without, expected }: { readonly without: string; readonly expected: string }): JsonObject {
  return {
    allOf: [
      { not: { pattern: `${without}|${unseen}|${half}` }, expected },
      { pattern: String.raw`[^\s\p{Z}]`, expected: 'text that is more than spaces' },
    ],
  }
}

/** The pattern of an item is of the whole answer, that of a schema of any part. */
function whole(pattern: string | undefined): JsonObject {
  return pattern === undefined ? {} : { pattern: `^(?:${pattern})$` }
}
