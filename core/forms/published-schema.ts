import type { FormItem, FormSpec } from '../../schemas/generated/config.ts'
import type { JsonObject, JsonValue } from '../model/json.ts'
import { answerSchema, type AnswersContext } from './answers-schema.ts'
import { inLanguage } from './in-language.ts'
import { asksFor } from './items.ts'

/** For whom the schema of answers is written. */
export interface Reader extends AnswersContext {
  readonly language?: string | undefined
  /** What is offered as answers, by item. */
  readonly offered: JsonObject
}

/**
 * Gives the JSON Schema (draft 7) of the answers to a form for people and programs elsewhere: with labels, help and options in
 * their language, headings and comments as its description, and what is offered as defaults. What is shown only sometimes is
 * never among the required.
 */
export function publishedSchema({ items }: Pick<FormSpec, 'items'>, reader: Reader): JsonObject {
  const questions = items.filter(({ type }) => asksFor(type))
  const said = items.flatMap(({ type, label }) => (asksFor(type) ? [] : (inLanguage(label, reader.language) ?? [])))
  const required = questions.filter((item) => item.required === true && item.shownWhen === undefined)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...(said.length > 0 && { description: said.join('\n\n') }),
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(questions.map((item) => [item.name, publishedItem(item, reader)])),
    required: required.map(({ name }) => name),
  }
}

function publishedItem(item: FormItem, { language, offered, ...context }: Reader): JsonObject {
  const { name, label, help } = item
  const [title, description] = [inLanguage(label, language), inLanguage(help, language)]
  const filled = new Map([...context.filled].filter(([, { schema }]) => schema === undefined || isPortable(schema)))
  const schema = answerSchema(portableItem(item), {
    ...context,
    filled,
    choose: (options) => titled(options, language),
  })
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(Object.hasOwn(offered, name) && { default: offered[name] ?? null }),
    ...withoutOurWords(schema),
  }
}

/** Options with labels are alternatives, each with its title. */
function titled(options: NonNullable<FormItem['options']>, language: string | undefined): JsonObject {
  if (options.every(({ label }) => label === undefined)) return { enum: options.map(({ value }) => value) }
  return { oneOf: options.map(({ value, label }) => ({ const: value, title: inLanguage(label, language) ?? value })) }
}

/** Patterns of JSON Schema are those of ECMAScript, ours those of RE2: one that it cannot say is left to the check. */
function portableItem({ pattern, ...item }: FormItem): FormItem {
  return pattern !== undefined && isPattern(pattern) ? { ...item, pattern } : item
}

function isPortable(schema: JsonValue): boolean {
  if (typeof schema !== 'object' || schema === null) return true
  return Object.entries(schema).every(([key, value]) => (key === 'pattern' ? isPattern(value) : isPortable(value)))
}

function isPattern(pattern: JsonValue): boolean {
  try {
    return typeof pattern === 'string' && new RegExp(pattern, 'u').source !== ''
  } catch {
    return false
  }
}

/** `expected` says in our messages what would be right; other readers do not know the word. */
function withoutOurWords(schema: JsonObject): JsonObject {
  const others = Object.entries(schema).filter(([key]) => key !== 'expected')
  return Object.fromEntries(others.map(([key, value]) => [key, within(value)]))
}

function within(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(within)
  return isObject(value) ? withoutOurWords(value) : value
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
