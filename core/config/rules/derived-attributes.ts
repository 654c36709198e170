import { madeAttributes } from '../../attributes/made.ts'
import { compileDerived, namesOfDerived, orderDerived, type DerivedAttribute } from '../../expressions/derived.ts'
import { attributesMentioned } from '../../expressions/mentioned.ts'
import type { Finding } from '../../model/finding.ts'
import { errorAt, type Catalog, type Entry } from '../catalog.ts'
import { parseAttribute } from '../references.ts'

const path = ['spec', 'derive']

/** Keys that say in another way what the values are. */
const exclusive = ['default', 'generate', 'within', 'write'] as const

interface DerivedEntry extends DerivedAttribute {
  readonly entry: Entry<'Attribute'>
}

/** Every `derive` is an expression over other attributes, of which none depends on it, and nothing else says what the values are. */
export function derivedAttributes(catalog: Catalog): Finding[] {
  const entries = catalog.of('Attribute').filter(({ document }) => document.spec.derive !== undefined)
  if (entries.length === 0) return []
  const names = namesOfDerived(
    catalog.of('Attribute').map(({ document: { metadata, spec } }) => [metadata.name, spec.type] as const),
  )
  const findings = entries.flatMap(keyFaults)
  const derived: DerivedEntry[] = []
  for (const entry of entries) {
    const { metadata, spec } = entry.document
    const { name } = metadata
    const expression = compileDerived(spec.derive ?? '', { name, type: spec.type, names })
    if (!('fault' in expression)) derived.push({ name, expression, entry })
    else if (!readsWhatIsBad(spec.derive ?? '', catalog))
      findings.push(errorAt(entry, { code: 'value-invalid', message: expression.fault, path }))
  }
  return [...findings, ...circles(derived)]
}

/** Derived attributes that a plan cannot foresee, as far as documents can be read. */
export interface Unforeseen {
  /** Derived from values that make themselves. */
  readonly made: ReadonlySet<string>
  /** Unique ones of members, and what is derived from them: who has one depends on who else is a member. */
  readonly contested: ReadonlySet<string>
}

/** Lists the derived attributes that a plan cannot foresee, for a VO to require or a rule to read. */
export function unforeseen(catalog: Catalog): Unforeseen {
  const documents = catalog.of('Attribute').map(({ document }) => document)
  const derived = new Map(
    documents.flatMap(({ metadata, spec }) => (spec.derive === undefined ? [] : [[metadata.name, spec] as const])),
  )
  const made = madeAttributes(documents.map(({ metadata, spec }) => [metadata.name, spec] as const))
  const contested = new Set<string>()
  for (let before = -1; before !== contested.size;) {
    before = contested.size
    for (const [name, { derive = '', unique = false }] of derived) {
      const isContested = unique !== false && parseAttribute(name).holder === 'member'
      if (isContested || attributesMentioned(derive).some((read) => contested.has(read))) contested.add(name)
    }
  }
  return { made: new Set([...made].filter((name) => derived.has(name))), contested }
}

function keyFaults(entry: Entry<'Attribute'>): Finding[] {
  const { spec } = entry.document
  return exclusive
    .filter((key) => spec[key] !== undefined && spec[key] !== false)
    .map((key) => {
      const message = `expected either derive or ${key}, got both`
      return errorAt(entry, { code: 'value-invalid', message, path: ['spec', key], on: 'key' })
    })
}

/** An attribute that is declared badly is no mistake of the expression. */
function readsWhatIsBad(derive: string, catalog: Catalog): boolean {
  return catalog
    .names('Attribute')
    .some((name) => derive.includes(name) && catalog.find('Attribute', name) === undefined)
}

function circles(derived: readonly DerivedEntry[]): Finding[] {
  return orderDerived(derived).circles.flatMap((circle) =>
    circle.map((one) => {
      const others = circle.filter((other) => other !== one || circle.length === 1)
      const places = others.map(({ name, entry }) => `"${name}" (${placeOf(entry)})`)
      const message = `the attribute depends on itself through ${places.join(', ')}; one of them must not read the other`
      return errorAt(one.entry, { code: 'cycle', message, path })
    }),
  )
}

function placeOf(entry: Entry<'Attribute'>): string {
  const { file, line } = entry.locate(path)
  return `${file}:${line}`
}
