import type { Expression } from '../expressions/compile.ts'
import type { AttributeType } from '../expressions/names.ts'
import { GuildhallError } from '../errors.ts'
import type { JsonValue } from '../model/json.ts'
import { compileRecordExpression, fieldsRead } from './record-expression.ts'
import { valuesOf, type SourceRecord } from './record.ts'
import { fieldTemplate, type FieldTemplate } from './template.ts'

/** What a Source document says of how something is made: a template, or an expression. */
export type Written = string | { readonly template: string } | { readonly expression: string }

/** What comes of a record: texts, a value, nothing, or nothing because of a field or an expression. */
export type ReadOutcome =
  | { readonly kind: 'texts'; readonly texts: readonly string[] }
  | { readonly kind: 'value'; readonly value: JsonValue }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unreadable'; readonly field: string; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }

/** Makes something of a record, again and again. */
export type RecordReader = (record: SourceRecord) => ReadOutcome

/** Makes a reader; of a template each filling is taken, or the first. Throws where an expression does not compile, which rules have refused before. */
export function recordReader(written: Written, gives: AttributeType): RecordReader {
  if (typeof written === 'string') return templateReader(fieldTemplate(written), gives)
  if ('template' in written) return templateReader(fieldTemplate(written.template), gives)
  const expression = compileRecordExpression(written.expression, gives)
  if ('fault' in expression) {
    throw new GuildhallError('SOURCE_OPTIONS_INVALID', `Cannot read "${written.expression}": ${expression.fault}`)
  }
  return expressionReader(expression)
}

function templateReader(template: FieldTemplate, gives: AttributeType): RecordReader {
  const { fields } = template
  return (record) => {
    const unreadable = unreadableIn(record, fields)
    if (unreadable !== undefined) return unreadable
    if (gives === 'array') {
      const texts = template.each(record)
      return texts.length === 0 ? nothing : { kind: 'texts', texts }
    }
    const text = template.first(record)
    return text === undefined ? nothing : { kind: 'texts', texts: [text] }
  }
}

function expressionReader(expression: Expression): RecordReader {
  const fields = fieldsRead(expression).map((field) => ({ field, name: `record.${field}` }))
  const names = fields.map(({ field }) => field)
  return (record) => {
    const unreadable = unreadableIn(record, names)
    if (unreadable !== undefined) return unreadable
    const values: Record<string, JsonValue> = {}
    for (const { field, name } of fields) {
      const texts = valuesOf(record, field)
      if (texts.length > 0) values[name] = texts
    }
    const outcome = expression.evaluate(values)
    return outcome.kind === 'missing' ? nothing : outcome
  }
}

const nothing = { kind: 'nothing' } as const

function unreadableIn({ unreadable }: SourceRecord, fields: readonly string[]): ReadOutcome | undefined {
  if (unreadable === undefined) return undefined
  const field = fields.find((name) => Object.hasOwn(unreadable, name))
  const reason = field === undefined ? undefined : unreadable[field]
  if (field === undefined || reason === undefined) return undefined
  return { kind: 'unreadable', field, message: `the field "${field}" cannot be read: it ${words[reason]}` }
}

const words = {
  'too-long': 'is too long',
  nul: 'has a NUL in it',
  'not-utf8': 'is not UTF-8',
} as const
