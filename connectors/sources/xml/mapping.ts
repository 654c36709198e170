import type { JsonObject } from '../../../core/model/json.ts'
import { optionsInvalid } from '../../source-input/options.ts'

/** Which elements are records, and what in them is a field; names stand without their prefix. */
export interface Mapping {
  /** The names from the root down to a record. */
  readonly record: readonly string[]
  /** The fields that the text of an element is, by its path below the record, such as `name/given`; the record itself is ``. */
  readonly texts: ReadonlyMap<string, readonly string[]>
  /** The fields that an attribute is, by the path of its element and `@name`, such as `contact@kind`. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
  /** Where an attribute says how many records there are. */
  readonly count: { readonly element: readonly string[]; readonly attribute: string } | undefined
}

const name = String.raw`[\p{L}_][\p{L}\p{N}_.\-]*`
const absolute = new RegExp(`^(?:/${name})+$`, 'u')
const counting = new RegExp(`^((?:/${name})+)/@(${name})$`, 'u')
const relative = new RegExp(
  `^(?:(?<path>${name}(?:/${name})*)(?:/text\\(\\))?|(?:(?<of>${name}(?:/${name})*)/)?@(?<attribute>${name})|text\\(\\)|\\.)$`,
  'u',
)

/** Reads `record`, `fields` and `count`. */
export function readMapping({ record, fields, count }: JsonObject): Mapping {
  if (typeof record !== 'string' || !absolute.test(record)) {
    throw optionsInvalid('xml', 'its record must be the path of an element from the root, such as "/people/person"')
  }
  return { record: record.slice(1).split('/'), ...readFields(isObject(fields) ? fields : {}), count: readCount(count) }
}

function readFields(fields: JsonObject): Pick<Mapping, 'texts' | 'attributes'> {
  const texts = new Map<string, string[]>()
  const attributes = new Map<string, string[]>()
  for (const [field, path] of Object.entries(fields)) {
    const found = typeof path === 'string' ? relative.exec(path) : null
    if (found === null) {
      const wanted = 'such as "@id", "contact/email" or "name/text()"'
      throw optionsInvalid('xml', `the path of field ${JSON.stringify(field)} must be ${wanted}`)
    }
    const { path: element = '', of = '', attribute } = found.groups ?? {}
    if (attribute === undefined) add(texts, element, field)
    else add(attributes, `${of}@${attribute}`, field)
  }
  if (texts.size + attributes.size === 0) throw optionsInvalid('xml', 'its fields must name one path at least')
  return { texts, attributes }
}

function readCount(count: unknown): Mapping['count'] {
  if (count === undefined) return undefined
  const found = typeof count === 'string' ? counting.exec(count) : null
  const [, element, attribute] = found ?? []
  if (element !== undefined && attribute !== undefined) return { element: element.slice(1).split('/'), attribute }
  throw optionsInvalid('xml', 'its count must be the path of an attribute from the root, such as "/people/@total"')
}

function add(paths: Map<string, string[]>, path: string, field: string): void {
  paths.set(path, [...(paths.get(path) ?? []), field])
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
