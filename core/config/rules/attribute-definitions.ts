import { attributesIn } from '../../attributes/templates.ts'
import { isHolder, placesOf } from '../../attributes/holders.ts'
import { isListOfPerson } from '../../expressions/names.ts'
import type { Finding } from '../../model/finding.ts'
import { builtInAttributes } from '../built-in-attributes.ts'
import { errorAt, type Catalog, type Complaint, type Entry } from '../catalog.ts'
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
  if (name in builtInAttributes && !saysHowLoginsAreMade(entry)) {
    const message = `"${name}" is built in; it needs no document`
    return [errorAt(entry, { code: 'duplicate', message, path })]
  }
  const { unique } = entry.document.spec
  if (isListOfPerson(name)) {
    const message = `"${name}" is what expressions call a list that every person has; name the attribute otherwise`
    return [errorAt(entry, { code: 'duplicate', message, path })]
  }
  const { holder } = parseAttribute(name)
  if (unique === undefined || typeof unique === 'boolean') return []
  if (isHolder(holder) && placesOf[holder].includes(unique)) return []
  const where = unique === 'vo' ? 'VO' : unique
  const message = `expected true: an attribute of holder "${holder}" belongs to no ${where} within which it could be unique`
  return [errorAt(entry, { code: 'attribute-mismatch', message, path: ['spec', 'unique'] })]
}

/** The one thing left to say of a built-in attribute. */
function saysHowLoginsAreMade({ document: { metadata, spec } }: Entry<'Attribute'>): boolean {
  return metadata.name === 'user.login' && spec.generate?.login !== undefined
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
  const { generate, default: value } = entry.document.spec
  if (generate === undefined) return []
  const fault = sequenceFault(entry) ?? templateFault(entry) ?? loginFault(entry)
  if (fault !== undefined) return [errorAt(entry, fault)]
  if (value === undefined) return []
  const message = 'expected either generate or default, got both'
  return [errorAt(entry, { code: 'value-invalid', message, path: ['spec', 'default'], on: 'key' })]
}

const path = ['spec', 'generate']

function mismatch(message: string): Complaint {
  return { code: 'attribute-mismatch', message, path, on: 'key' }
}

function sequenceFault({ document: { metadata, spec } }: Entry<'Attribute'>): Complaint | undefined {
  const { sequence } = spec.generate ?? {}
  if (sequence === undefined) return undefined
  const { holder } = parseAttribute(metadata.name)
  const { from, to, per } = sequence
  const counting = generated.filter((one) => per === undefined || placesOf[one].includes(per))
  if (spec.type !== 'integer' || !counting.some((one) => one === holder)) {
    const counted = per === undefined ? '' : ` per ${per === 'vo' ? 'VO' : per}`
    const holders = counting.join(', ')
    return mismatch(
      `a sequence${counted} makes whole numbers for ${holders} attributes, not ${spec.type} for ${holder}`,
    )
  }
  if (from <= to) return undefined
  const message = `expected a last number of at least ${from}, got ${to}`
  return { code: 'value-invalid', message, path: [...path, 'sequence', 'to'] }
}

const generated = ['user', 'member', 'user-facility', 'member-resource', 'member-group'] as const

function isGenerated(holder: string): boolean {
  return generated.some((one) => one === holder)
}

function templateFault({ document: { metadata, spec } }: Entry<'Attribute'>): Complaint | undefined {
  const { template } = spec.generate ?? {}
  if (template === undefined) return undefined
  const { holder } = parseAttribute(metadata.name)
  if (spec.type !== 'string' || !isGenerated(holder))
    return mismatch(`a template makes text for ${generated.join(', ')} attributes, not ${spec.type} for ${holder}`)
  const foreign = attributesIn(template).find(
    (name) => name === metadata.name || !['user', holder].includes(parseAttribute(name).holder),
  )
  return foreign === undefined
    ? undefined
    : mismatch(`a template of ${metadata.name} is made from other attributes of user or ${holder}, not "${foreign}"`)
}

function loginFault({ document: { metadata, spec } }: Entry<'Attribute'>): Complaint | undefined {
  if (spec.generate?.login === undefined) return undefined
  const { holder } = parseAttribute(metadata.name)
  if (spec.type === 'string' && holder === 'user' && spec.unique === true) return undefined
  return mismatch('a login is unique text (`type: string`, `unique: true`) of holder user')
}
