import { formMismatch } from '../../attributes/forms.ts'
import type { AttributeSpec } from '../../../schemas/generated/config.ts'
import type { Finding } from '../../model/finding.ts'
import type { JsonValue } from '../../model/json.ts'
import { builtInAttributes } from '../built-in-attributes.ts'
import { errorAt, unknownAt, type Catalog, type CheckValue } from '../catalog.ts'
import type { ReadDocument } from '../document.ts'
import { valuesOfDocument, type GivenValue } from '../given-values.ts'
import { parseAttribute } from '../references.ts'
import { typeMismatch } from '../value-type.ts'

/** Every value is of a declared attribute, and satisfies its type and schema. */
export function attributeValues(catalog: Catalog): Finding[] {
  const checks = new Map<string, CheckValue>()
  return catalog.all.flatMap((entry) =>
    valuesOfDocument(entry.document).flatMap((given) => valueFaults(entry, given, { catalog, checks })),
  )
}

interface Known {
  readonly catalog: Catalog
  readonly checks: Map<string, CheckValue>
}

function valueFaults(entry: ReadDocument, { name, value, path }: GivenValue, { catalog, checks }: Known): Finding[] {
  const definition = builtInAttributes[name] ?? catalog.find('Attribute', name)?.document.spec
  if (definition === undefined)
    return catalog.has({ kind: 'Attribute', name }) ? [] : [unknownValue(entry, { name, path }, catalog)]
  if (definition.derive !== undefined) {
    const message = `values of "${name}" follow from other values, and are given nowhere; leave this out`
    return [errorAt(entry, { code: 'attribute-mismatch', message, path, on: 'key' })]
  }
  const wrong = typeMismatch(definition.type, value)
  if (wrong !== undefined) return [errorAt(entry, { code: codeFor(definition, value), message: wrong, path })]
  const malformed = formMismatch(name, value)
  const check = checks.get(name) ?? checkOf(definition, catalog)
  checks.set(name, check)
  const mismatches = malformed === undefined ? check(value) : [malformed]
  const code = malformed === undefined ? 'attribute-mismatch' : 'value-unsafe'
  return mismatches.map(({ message, path: inside }) => errorAt(entry, { code, message, path: [...path, ...inside] }))
}

function unknownValue(
  entry: ReadDocument,
  { name, path }: Pick<GivenValue, 'name' | 'path'>,
  catalog: Catalog,
): Finding {
  const { holder, name: bare } = parseAttribute(name)
  const known = [...Object.keys(builtInAttributes), ...catalog.names('Attribute')].filter((other) =>
    other.startsWith(`${holder}.`),
  )
  const bareNames = known.map((other) => other.slice(holder.length + 1))
  return unknownAt(entry, { path, on: 'key', what: `${holder} attribute`, name: bare, known: bareNames })
}

/** A value of the right type that is wrong all the same could do harm in the files made from it. */
function codeFor(definition: AttributeSpec, value: JsonValue): Finding['code'] {
  return definition.type === 'string' && typeof value === 'string' ? 'value-unsafe' : 'attribute-mismatch'
}

function checkOf(definition: AttributeSpec, { surroundings }: Catalog): CheckValue {
  if (definition.schema === undefined) return () => []
  const check = surroundings.compileSchema(definition.schema)
  return typeof check === 'function' ? check : () => []
}
