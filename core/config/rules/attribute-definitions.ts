import { isHolder, placesOf } from '../../attributes/holders.ts'
import type { Finding } from '../../model/finding.ts'
import { builtInAttributes } from '../built-in-attributes.ts'
import { errorAt, type Catalog, type Entry } from '../catalog.ts'
import { parseAttribute } from '../references.ts'
import { typeMismatch } from '../value-type.ts'

/** Every attribute definition can be kept: its holder, type, schema, default and numbers fit together. */
export function attributeDefinitions(catalog: Catalog): Finding[] {
  return catalog
    .of('Attribute')
    .flatMap((entry) => [...holderFaults(entry), ...schemaFaults(entry, catalog), ...generateFaults(entry)])
}

function holderFaults(entry: Entry<'Attribute'>): Finding[] {
  const { name } = entry.document.metadata
  const path = ['metadata', 'name']
  if (name in builtInAttributes) {
    const message = `"${name}" is built in; it needs no document`
    return [errorAt(entry, { code: 'duplicate', message, path })]
  }
  const { unique } = entry.document.spec
  const { holder } = parseAttribute(name)
  if (unique === undefined || typeof unique === 'boolean') return []
  if (isHolder(holder) && placesOf[holder].includes(unique)) return []
  const where = unique === 'vo' ? 'VO' : unique
  const message = `expected true: an attribute of holder "${holder}" belongs to no ${where} within which it could be unique`
  return [errorAt(entry, { code: 'attribute-mismatch', message, path: ['spec', 'unique'] })]
}

function schemaFaults(entry: Entry<'Attribute'>, { surroundings }: Catalog): Finding[] {
  const { type, schema, default: value } = entry.document.spec
  const check = schema === undefined ? () => [] : surroundings.compileSchema(schema)
  if (typeof check !== 'function') {
    return [errorAt(entry, { code: 'value-invalid', message: check.message, path: ['spec', 'schema', ...check.path] })]
  }
  if (value === undefined) return []
  const wrong = typeMismatch(type, value)
  const mismatches = wrong === undefined ? check(value) : [{ path: [], message: wrong }]
  return mismatches.map(({ path, message }) =>
    errorAt(entry, { code: 'attribute-mismatch', message, path: ['spec', 'default', ...path] }),
  )
}

function generateFaults(entry: Entry<'Attribute'>): Finding[] {
  const { generate, type, default: value } = entry.document.spec
  if (generate === undefined) return []
  const path = ['spec', 'generate']
  const { from, to } = generate.sequence
  const { holder } = parseAttribute(entry.document.metadata.name)
  if (type !== 'integer' || holder !== 'user-facility') {
    const message = `a sequence per facility makes whole numbers for user-facility attributes, not ${type} for ${holder}`
    return [errorAt(entry, { code: 'attribute-mismatch', message, path, on: 'key' })]
  }
  if (from > to) {
    const message = `expected a last number of at least ${from}, got ${to}`
    return [errorAt(entry, { code: 'value-invalid', message, path: [...path, 'sequence', 'to'] })]
  }
  if (value === undefined) return []
  const message = 'expected either generate or default, got both'
  return [errorAt(entry, { code: 'value-invalid', message, path: ['spec', 'default'], on: 'key' })]
}
