import type { AttributeSpec, SourceSpec } from '../../schemas/generated/config.ts'
import { valueFault } from '../attributes/check-value.ts'
import { builtInAttributes } from '../config/built-in-attributes.ts'
import type { Surroundings } from '../config/catalog.ts'
import type { JsonValue } from '../model/json.ts'
import { showValue } from '../model/show-value.ts'
import { readTexts } from './read-texts.ts'
import { recordReader, type ReadOutcome } from './record-reader.ts'
import type { SourceRecord } from './record.ts'
import type { SyncSubject, UnusableValue } from './subject.ts'

/** What attributes are, and how their schemas are compiled. */
export interface AttributeKnowledge {
  readonly attributeOf: (name: string) => AttributeSpec | undefined
  readonly compileSchema: Surroundings['compileSchema']
}

/** What a record says of attributes. */
export type MappedValues = Pick<SyncSubject, 'values' | 'unusable'>

/** Makes the values of attributes of records; one that is none is left out alone, and told. */
export function valuesMapping(
  attributes: NonNullable<SourceSpec['attributes']>,
  knowledge: AttributeKnowledge,
): (record: SourceRecord) => MappedValues {
  const readers = Object.entries(attributes).flatMap(([name, written]) => {
    const spec = builtInAttributes[name] ?? knowledge.attributeOf(name)
    if (spec === undefined) return []
    return [{ name, read: recordReader(written, spec.type), valueOf: valueMaker({ name, spec }, knowledge) }]
  })
  return (record) => {
    const values: Record<string, JsonValue> = {}
    const unusable: UnusableValue[] = []
    for (const { name, read, valueOf } of readers) {
      const found = valueOf(read(record))
      if (found === undefined) continue
      if ('value' in found) values[name] = found.value
      else unusable.push({ ...found, of: name })
    }
    return { ...(readers.length > 0 && { values }), ...(unusable.length > 0 && { unusable }) }
  }
}

type Made = { readonly value: JsonValue } | Omit<UnusableValue, 'of'> | undefined

function valueMaker(
  { name, spec }: { readonly name: string; readonly spec: AttributeSpec },
  { compileSchema }: AttributeKnowledge,
): (outcome: ReadOutcome) => Made {
  const compiled = spec.schema === undefined ? undefined : compileSchema(spec.schema)
  const checked = (value: JsonValue): Made => {
    const message = valueFault({ name, spec }, value, (schema) => compiled ?? compileSchema(schema))
    return message === undefined ? { value } : { reason: 'value-invalid', message }
  }
  return (outcome) => {
    switch (outcome.kind) {
      case 'nothing':
        return undefined
      case 'unreadable':
        return { reason: 'value-unreadable', message: outcome.message }
      case 'failed':
        return { reason: 'expression-failed', message: outcome.message }
      case 'value':
        return checked(outcome.value)
      case 'texts': {
        const value = readTexts(spec.type, outcome.texts)
        if (value !== undefined) return checked(value)
        const message = `expected ${spec.type === 'integer' ? 'a whole number' : `a value of type ${spec.type}`}, got ${showValue(outcome.texts[0] ?? '')}`
        return { reason: 'value-invalid', message }
      }
    }
  }
}
