import type { SourceSpec } from '../../../schemas/generated/config.ts'
import type { AttributeType } from '../../expressions/names.ts'
import type { Finding } from '../../model/finding.ts'
import { compileRecordExpression } from '../../sources/record-expression.ts'
import { fieldTemplate } from '../../sources/template.ts'
import { builtInAttributes } from '../built-in-attributes.ts'
import { errorAt, unknownAt, type Catalog, type Entry } from '../catalog.ts'
import type { Path } from '../document.ts'
import { parseAttribute } from '../references.ts'

type SourceEntry = Entry<'Source'>

const laterTypes = ['oidc', 'saml']

/** The type of sources that nobody reads. */
const declared = 'declared'

/** Keys that say how a source is read. */
const readingKeys = [
  ...(['options', 'vos', 'login', 'identities', 'attributes'] as const),
  ...(['status', 'starts', 'expires', 'required'] as const),
]

/** Of whom a source can give values. */
const holders = ['user', 'member', 'identity']

/** Every source has a type that there is and options which it takes, and says what can be made of its records. */
export function sources(catalog: Catalog): Finding[] {
  return catalog
    .of('Source')
    .flatMap((entry) => [
      ...typeFaults(entry, catalog),
      ...vosFaults(entry, catalog),
      ...assertionFaults(entry, catalog),
      ...mappingFaults(entry),
      ...attributeFaults(entry, catalog),
    ])
    .concat(overrideFaults(catalog))
}

function typeFaults(entry: SourceEntry, { surroundings }: Catalog): Finding[] {
  const { options, type, ...spec } = entry.document.spec
  const path = ['spec', 'type']
  if (type === declared) {
    return readingKeys
      .filter((key) => (key === 'options' ? options : spec[key]) !== undefined)
      .map((key) => {
        const message = `people of a declared source are only named in git, so it is never read; leave "${key}" out, or give the type of source that is read`
        return errorAt(entry, { code: 'value-invalid', message, path: ['spec', key], on: 'key' })
      })
  }
  const check = surroundings.sourceTypes.get(type)
  if (check !== undefined) {
    return check(options ?? {}).map(({ code, path: inside, message }) => {
      const at = options === undefined ? ['spec'] : ['spec', 'options', ...inside]
      return errorAt(entry, { code: code ?? 'value-invalid', message, path: at })
    })
  }
  if (laterTypes.includes(type)) {
    const message = `sources of type "${type}" are not supported yet`
    return [errorAt(entry, { code: 'key-not-supported-yet', message, path })]
  }
  const known = [declared, ...surroundings.sourceTypes.keys()]
  return [unknownAt(entry, { path, what: 'source type', name: type, known })]
}

/** For what the instance has other limits. */
function overrideFaults(catalog: Catalog): Finding[] {
  return catalog.of('Instance').flatMap((entry) =>
    (entry.document.spec.guard?.overrides ?? []).flatMap(({ vo, source: name }, index) => {
      if ((vo === undefined) === (name === undefined)) {
        const message = 'expected "vo" or "source", one of the two, as what other limits are for'
        return [errorAt(entry, { code: 'value-invalid', message, path: ['spec', 'guard', 'overrides', index] })]
      }
      if (name === undefined || catalog.has({ kind: 'Source', name })) return []
      const path = ['spec', 'guard', 'overrides', index, 'source']
      return [unknownAt(entry, { path, what: 'source', name, known: catalog.names('Source') })]
    }),
  )
}

function vosFaults(entry: SourceEntry, catalog: Catalog): Finding[] {
  return (entry.document.spec.vos ?? []).flatMap((name, index) =>
    catalog.has({ kind: 'VO', name })
      ? []
      : [unknownAt(entry, { path: ['spec', 'vos', index], what: 'VO', name, known: catalog.names('VO') })],
  )
}

/** Whose identities a source vouches for, and who may vouch for its own. */
function assertionFaults(entry: SourceEntry, catalog: Catalog): Finding[] {
  const { identities = [], assertedBy = [] } = entry.document.spec
  const own = entry.document.metadata.name
  const unknown = (name: string, path: Path): Finding[] =>
    catalog.has({ kind: 'Source', name })
      ? []
      : [unknownAt(entry, { path, what: 'source', name, known: catalog.names('Source') })]
  return [
    ...assertedBy.flatMap((name, index) => unknown(name, ['spec', 'assertedBy', index])),
    ...identities.flatMap(({ source, login }, index): Finding[] => {
      const path = ['spec', 'identities', index, 'source']
      const other = catalog.find('Source', source)
      return [
        ...unknown(source, path),
        ...(other === undefined || other.document.spec.assertedBy?.includes(own) === true
          ? []
          : [errorAt(entry, { code: 'value-invalid', message: notAsserted(own, other), path })]),
        ...loginFaults(entry, { login, path: ['spec', 'identities', index, 'login'] }),
      ]
    }),
  ]
}

function notAsserted(own: string, other: SourceEntry): string {
  const { file, line } = other.at
  return `source "${other.document.metadata.name}" (${file}:${line}) does not let "${own}" vouch for its identities; add it there under assertedBy`
}

function mappingFaults(entry: SourceEntry): Finding[] {
  const { login } = entry.document.spec
  return [
    ...(login === undefined ? [] : loginFaults(entry, { login, path: ['spec', 'login'] })),
    ...(['status', 'starts', 'expires'] as const).flatMap((key) =>
      writtenFaults(entry, { written: entry.document.spec[key], gives: 'string', path: ['spec', key] }),
    ),
  ]
}

function loginFaults(entry: SourceEntry, { login, path }: { readonly login: string; readonly path: Path }): Finding[] {
  if (fieldTemplate(login).fields.length > 0) return []
  const message = `expected a template with a field such as "\${uid}", got "${login}", which would be the same for everybody`
  return [errorAt(entry, { code: 'value-invalid', message, path })]
}

interface WrittenAt {
  readonly written: NonNullable<SourceSpec['attributes']>[string] | undefined
  readonly gives: AttributeType
  readonly path: Path
}

/** What is wrong with an expression; templates the schema has checked. */
export function writtenFaults(entry: Parameters<typeof errorAt>[0], { written, gives, path }: WrittenAt): Finding[] {
  if (typeof written !== 'object' || !('expression' in written)) return []
  const expression = compileRecordExpression(written.expression, gives)
  if (!('fault' in expression)) return []
  return [errorAt(entry, { code: 'value-invalid', message: expression.fault, path: [...path, 'expression'] })]
}

function attributeFaults(entry: SourceEntry, catalog: Catalog): Finding[] {
  return Object.entries(entry.document.spec.attributes ?? {}).flatMap(([name, written]) => {
    const path = ['spec', 'attributes', name]
    const spec = builtInAttributes[name] ?? catalog.find('Attribute', name)?.document.spec
    if (spec === undefined) {
      if (catalog.has({ kind: 'Attribute', name })) return []
      const known = [...Object.keys(builtInAttributes), ...catalog.names('Attribute')]
      return [unknownAt(entry, { path, on: 'key', what: 'attribute', name, known })]
    }
    if (!holders.includes(parseAttribute(name).holder)) {
      const message = `expected an attribute of ${holders.join(' or ')}, got "${name}"`
      return [errorAt(entry, { code: 'attribute-mismatch', message, path, on: 'key' })]
    }
    if (spec.derive !== undefined) {
      const message = `values of "${name}" follow from other values, and are given nowhere; leave this out`
      return [errorAt(entry, { code: 'attribute-mismatch', message, path, on: 'key' })]
    }
    return writtenFaults(entry, { written, gives: spec.type, path })
  })
}
