import { compileRule, namesOfRules, orderRules, type Rule } from '../../expressions/rules.ts'
import { closureOf } from '../../membership/group-graph.ts'
import type { ConfigObject } from '../../model/config-object.ts'
import type { Finding, Position } from '../../model/finding.ts'
import { errorAt, unknownAt, type Catalog, type Entry } from '../catalog.ts'
import { membersGroup, parseGroup } from '../references.ts'
import { unforeseen } from './derived-attributes.ts'

const path = ['spec', 'where']

interface RuleOfEntry extends Rule {
  readonly entry: Entry<'Group'>
}

/** Every `where` is an expression over known names that can be foreseen, asks for groups that there are, and depends on no group that depends on it. */
export function ruleGroups(catalog: Catalog): Finding[] {
  const entries = catalog.of('Group').filter(({ document }) => document.spec.where !== undefined)
  if (entries.length === 0) return []
  const attributes = catalog
    .of('Attribute')
    .map(({ document: { metadata, spec } }) => [metadata.name, spec.type] as const)
  const names = namesOfRules(attributes)
  const findings: Finding[] = []
  const rules: RuleOfEntry[] = []
  for (const entry of entries) {
    const { metadata, spec } = entry.document
    const compiled = compileRule(spec.where ?? '', names)
    if (!('fault' in compiled))
      rules.push({ group: `${metadata.vo ?? ''}/${metadata.name}`, expression: compiled, entry })
    else if (!namesWhatIsBad(spec.where ?? '', catalog))
      findings.push(errorAt(entry, { code: 'value-invalid', message: compiled.fault, path }))
  }
  return [
    ...findings,
    ...unforeseenNames(catalog, rules),
    ...rules.flatMap((rule) => unknownGroups(catalog, rule)),
    ...circles(catalog, rules),
  ]
}

/** An attribute that is declared badly is no mistake of the rule. */
function namesWhatIsBad(where: string, catalog: Catalog): boolean {
  return catalog
    .names('Attribute')
    .some((name) => where.includes(name) && catalog.find('Attribute', name) === undefined)
}

function unforeseenNames(catalog: Catalog, rules: readonly RuleOfEntry[]): Finding[] {
  const { contested } = unforeseen(catalog)
  return rules.flatMap(({ expression, entry }) =>
    expression.reads
      .filter((name) => contested.has(name))
      .map((name) => {
        const why = 'hangs on a unique value that is derived of members, and who is one may hang on rules'
        const message = `"${name}" ${why}, so no rule reads it; ask for other attributes`
        return errorAt(entry, { code: 'attribute-mismatch', message, path })
      }),
  )
}

function unknownGroups(catalog: Catalog, { expression, entry }: RuleOfEntry): Finding[] {
  const asked = expression.groups === 'any' ? [] : expression.groups
  return asked.flatMap((reference) => {
    const { vo = '', name = reference } = parseGroup(reference, undefined) ?? {}
    if (name === membersGroup) {
      const message = `user.groups does not list "${membersGroup}", which stands for all members of a VO; ask for one of its groups`
      return [errorAt(entry, { code: 'reference-unknown', message, path })]
    }
    if (catalog.has({ kind: 'Group', vo, name })) return []
    const known = catalog.of('Group').map(({ document: { metadata } }) => `${metadata.vo ?? ''}/${metadata.name}`)
    return [unknownAt(entry, { path, what: 'group', name: reference, known })]
  })
}

function circles(catalog: Catalog, rules: readonly RuleOfEntry[]): Finding[] {
  if (rules.every(({ expression }) => expression.groups.length === 0)) return []
  const closures = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>()
  const below = (group: string): string[] => {
    const [vo = '', name = ''] = group.split('/')
    const closure = closures.get(vo) ?? closureOf(groupsOf(catalog, vo))
    closures.set(vo, closure)
    return [...(closure.get(name) ?? [name])].map((inner) => `${vo}/${inner}`)
  }
  return orderRules(rules, below).circles.flatMap((circle) =>
    circle.map((rule) => {
      const others = circle.filter((other) => other !== rule || circle.length === 1)
      const places = others.map(({ group, entry }) => `"${group}" (${placeOf(entry.locate(path))})`)
      const message = `the rule depends on itself through ${places.join(', ')}; one of them must not ask for the other`
      return errorAt(rule.entry, { code: 'cycle', message, path })
    }),
  )
}

function groupsOf(catalog: Catalog, vo: string): ConfigObject<'Group'>[] {
  return catalog
    .of('Group')
    .filter(({ document }) => document.metadata.vo === vo)
    .map(({ document: { metadata, spec } }) => ({
      kind: 'Group',
      vo,
      name: metadata.name,
      spec,
      governsMembers: false,
    }))
}

function placeOf({ file, line }: Position): string {
  return `${file}:${line}`
}
