import type { AttributeSpec } from '../../../schemas/generated/config.ts'
import type { ConfigKind } from '../../model/config-object.ts'
import type { Finding } from '../../model/finding.ts'
import type { JsonValue } from '../../model/json.ts'
import { builtInAttributes, isLogin } from '../built-in-attributes.ts'
import { errorAt, unknownAt, type Catalog, type CheckValue } from '../catalog.ts'
import type { ReadDocument } from '../document.ts'
import { typeMismatch } from '../value-type.ts'
import { showValue } from '../../model/show-value.ts'

const holders: Readonly<Partial<Record<ConfigKind, string>>> = {
  User: 'user',
  Group: 'group',
  Resource: 'resource',
  Facility: 'facility',
}

/** Every value in an `attributes` map is of a declared attribute, and satisfies its type and schema. */
export function attributeValues(catalog: Catalog): Finding[] {
  const checks = new Map<string, CheckValue>()
  return catalog.all.flatMap((entry) => {
    const holder = holders[entry.document.kind]
    const { spec } = entry.document
    if (holder === undefined || !('attributes' in spec)) return []
    return Object.entries(spec.attributes).flatMap(([bare, value]) =>
      valueFaults(entry, { bare, holder, value, catalog, checks }),
    )
  })
}

interface Given {
  readonly bare: string
  readonly holder: string
  readonly value: JsonValue
  readonly catalog: Catalog
  readonly checks: Map<string, CheckValue>
}

function valueFaults(entry: ReadDocument, given: Given): Finding[] {
  const { bare, holder, value, catalog, checks } = given
  const name = `${holder}.${bare}`
  const path = ['spec', 'attributes', bare]
  const definition = builtInAttributes[name] ?? catalog.find('Attribute', name)?.document.spec
  if (definition === undefined) {
    if (catalog.has({ kind: 'Attribute', name })) return []
    const known = [...Object.keys(builtInAttributes), ...catalog.names('Attribute')].filter((other) =>
      other.startsWith(`${holder}.`),
    )
    const bareNames = known.map((other) => other.slice(holder.length + 1))
    return [unknownAt(entry, { path, on: 'key', what: `${holder} attribute`, name: bare, known: bareNames })]
  }
  const wrong = typeMismatch(definition.type, value) ?? loginFault(name, value)
  if (wrong !== undefined) return [errorAt(entry, { code: codeFor(definition, value), message: wrong, path })]
  const check = checks.get(name) ?? checkOf(definition, catalog)
  checks.set(name, check)
  return check(value).map((mismatch) =>
    errorAt(entry, { code: 'attribute-mismatch', message: mismatch.message, path: [...path, ...mismatch.path] }),
  )
}

/** A value of the right type that is wrong all the same could do harm in the files made from it. */
function codeFor(definition: AttributeSpec, value: JsonValue): Finding['code'] {
  return definition.type === 'string' && typeof value === 'string' ? 'value-unsafe' : 'attribute-mismatch'
}

function loginFault(name: string, value: JsonValue): string | undefined {
  if (name !== 'user.login' || typeof value !== 'string' || isLogin(value)) return undefined
  return `expected a login of at most 32 letters, digits, ".", "_" and "-", not only digits, such as "ada", got ${showValue(value)}`
}

function checkOf(definition: AttributeSpec, { surroundings }: Catalog): CheckValue {
  if (definition.schema === undefined) return () => []
  const check = surroundings.compileSchema(definition.schema)
  return typeof check === 'function' ? check : () => []
}
