import { valuesOf, type SourceRecord } from './record.ts'

/** A text with fields of a record in it. */
export interface FieldTemplate {
  readonly fields: readonly string[]
  /** Fills it with the first value of each field; undefined where one has none. */
  first(record: SourceRecord): string | undefined
  /** Fills it with each value of each field, at most a thousand times; nothing where a field has none. */
  each(record: SourceRecord): readonly string[]
}

interface Part {
  readonly kind: 'text' | 'field'
  readonly text: string
}

/** In how many ways one record fills a template at most. */
const mostFillings = 1_000

/** Reads a template; what stands between `${` and `}` is the name of a field. */
export function fieldTemplate(template: string): FieldTemplate {
  const parts = partsOf(template)
  const fields = [...new Set(parts.flatMap(({ kind, text }) => (kind === 'field' ? [text] : [])))]
  const [only, ...others] = parts
  if (only?.kind === 'field' && others.length === 0)
    return { fields, first: (record) => valuesOf(record, only.text)[0], each: (record) => valuesOf(record, only.text) }
  return { fields, first: (record) => fillings(parts, record, 1)[0], each: (record) => fillings(parts, record) }
}

function partsOf(template: string): readonly Part[] {
  return template
    .split(/(\$\{[^{}]+\})/)
    .filter((text) => text !== '')
    .map((text) =>
      text.startsWith('${') && text.endsWith('}') ? { kind: 'field', text: text.slice(2, -1) } : { kind: 'text', text },
    )
}

function fillings(parts: readonly Part[], record: SourceRecord, ofEach = mostFillings): readonly string[] {
  return parts.reduce<readonly string[]>(
    (filled, { kind, text }) => {
      const values = kind === 'text' ? [text] : valuesOf(record, text).slice(0, ofEach)
      return filled.flatMap((before) => values.map((value) => before + value)).slice(0, mostFillings)
    },
    [''],
  )
}
