import type { FormItem, FormSpec } from '../../schemas/generated/config.ts'
import type { JsonObject } from '../model/json.ts'
import { asksFor, type ItemType } from './items.ts'

/** What the answers are checked against beside the form. */
export interface AnswersContext {
  /** The version of the VO's terms in force; undefined where it has none. */
  readonly termsVersion: string | undefined
}

const mostCharacters = { line: 1_000, area: 20_000 }
const mostEntries = 100

/** No line may break another out of a file, a mail or a table. */
const printable = without(String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]`, 'one line of printable text')

/** Gives the JSON Schema (draft 7) of the answers to a form; what is shown only sometimes is never among the required ones. */
export function answersSchema({ items }: Pick<FormSpec, 'items'>, context: AnswersContext): JsonObject {
  const questions = items.filter(({ type }) => asksFor(type))
  const required = questions.filter((item) => item.required === true && item.shownWhen === undefined)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(questions.map((item) => [item.name, answerSchema(item, context)])),
    required: required.map(({ name }) => name),
  }
}

/** Gives the JSON Schema of the answer to one item that asks for something. */
export function answerSchema(item: FormItem, context: AnswersContext): JsonObject {
  return { ...titles(item), ...schemaOf[item.type](item, context) }
}

function titles({ label, help }: FormItem): JsonObject {
  return {
    ...(label?.['en'] !== undefined && { title: label['en'] }),
    ...(help?.['en'] !== undefined && { description: help['en'] }),
  }
}

const schemaOf: Readonly<Record<ItemType, (item: FormItem, context: AnswersContext) => JsonObject>> = {
  text: (item) => lineSchema(item),
  area: ({ pattern, required, maxLength = mostCharacters.area }) => ({
    ...{ type: 'string', minLength: required === true ? 1 : 0, maxLength },
    ...without(String.raw`[^\P{Cc}\n\t]|\p{Cf}`, 'printable text'),
    ...whole(pattern),
  }),
  number: ({ minimum, maximum, whole: isWhole }) => ({
    type: isWhole === true ? 'integer' : 'number',
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
  }),
  date: () => ({ type: 'string', pattern: String.raw`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, expected: 'a day "YYYY-MM-DD"' }),
  choice: ({ options = [] }) => ({ type: 'string', enum: options.map(({ value }) => value) }),
  'multi-choice': (item) => ({
    ...entries(item),
    uniqueItems: true,
    items: { type: 'string', enum: (item.options ?? []).map(({ value }) => value) },
  }),
  checkbox: ({ required }) => (required === true ? { const: true, expected: 'true' } : { type: 'boolean' }),
  'verified-email': () => ({ type: 'string', maxLength: 320 }),
  login: ({ pattern }) => ({ type: 'string', maxLength: 32, ...whole(pattern) }),
  list: (item) => ({ ...entries(item), items: lineSchema({ ...item, required: true }) }),
  map: (item) => ({
    ...{ type: 'object', maxProperties: item.maxItems ?? mostEntries },
    ...(item.required === true && { minProperties: 1 }),
    propertyNames: { ...printable, minLength: 1, maxLength: 100 },
    additionalProperties: lineSchema(item),
  }),
  'time-zone': () => ({ type: 'string', maxLength: 64 }),
  heading: () => ({}),
  comment: () => ({}),
  terms: (_, { termsVersion }) =>
    termsVersion === undefined
      ? { type: 'string' }
      : { const: termsVersion, expected: `the version of the terms that is accepted, "${termsVersion}"` },
  group: (item) => ({
    ...entries(item),
    uniqueItems: true,
    items: { type: 'string', enum: [...(item.groups ?? [])] },
  }),
}

function lineSchema({ pattern, required, maxLength = mostCharacters.line }: FormItem): JsonObject {
  return { type: 'string', minLength: required === true ? 1 : 0, maxLength, ...printable, ...whole(pattern) }
}

function entries({ required, maxItems = mostEntries }: FormItem): JsonObject {
  return { type: 'array', maxItems, ...(required === true && { minItems: 1 }) }
}

function without(pattern: string, expected: string): JsonObject {
  return { allOf: [{ not: { pattern }, expected }] }
}

/** The pattern of an item is of the whole answer, that of a schema of any part. */
function whole(pattern: string | undefined): JsonObject {
  return pattern === undefined ? {} : { pattern: `^(?:${pattern})$` }
}
