import type { FormItem } from '../../../schemas/generated/config.ts'
import { compileCondition, namesOfForm, type DeclaredTypes } from '../../forms/expressions.ts'
import { asksFor, strayKeys, typesWith } from '../../forms/items.ts'
import { compilePattern } from '../../expressions/functions.ts'
import type { Finding } from '../../model/finding.ts'
import { errorAt, unknownAt, type Catalog, type Entry } from '../catalog.ts'
import { baseOf } from '../base-of.ts'
import type { Path } from '../document.ts'
import { attributeFaults } from './form-attributes.ts'

/** A VO or group has one form of a kind; its items, patterns, expressions and attributes fit together. */
export function forms(catalog: Catalog): Finding[] {
  const entries = catalog.of('Form')
  if (entries.length === 0) return []
  const declared = catalog
    .of('Attribute')
    .map(({ document: { metadata, spec } }) => [metadata.name, spec.type] as const)
  const seen = new Map<string, Entry<'Form'>>()
  return entries.flatMap((entry) => {
    const { metadata, spec } = entry.document
    const key = `${metadata.vo ?? ''}/${spec.group ?? ''} ${spec.for}`
    const first = seen.get(key)
    seen.set(key, first ?? entry)
    return [
      ...(first === undefined ? [] : [another(entry, first)]),
      ...unknownGroups(catalog, entry),
      ...chosenGroups(catalog, entry),
      ...filledTwice(entry),
      ...spec.items.flatMap((item, index) => itemFaults(catalog, entry, { item, index, declared })),
      ...lonelyTypes(entry),
      ...approvalFaults(entry, declared),
    ]
  })
}

function another(entry: Entry<'Form'>, { at }: Entry<'Form'>): Finding {
  const { group, for: kind } = entry.document.spec
  const of = group === undefined ? 'a VO' : 'a group'
  const message = `the ${kind} form stands at ${at.file}:${at.line} already; ${of} has one at most`
  return errorAt(entry, { code: 'duplicate', message, path: ['spec', 'for'] })
}

function unknownGroups(catalog: Catalog, entry: Entry<'Form'>): Finding[] {
  const { metadata, spec } = entry.document
  const { vo = '' } = metadata
  const named: { readonly group: string; readonly path: Path }[] = [
    ...(spec.group === undefined ? [] : [{ group: spec.group, path: ['spec', 'group'] }]),
    ...spec.items.flatMap(({ groups = [] }, item) =>
      groups.map((group, index) => ({ group, path: ['spec', 'items', item, 'groups', index] })),
    ),
  ]
  return named
    .filter(
      ({ group }) =>
        !catalog.has({ kind: 'Group', vo, name: group }) && baseOf(catalog, { vo, name: group }) === undefined,
    )
    .map(({ group, path }) =>
      unknownAt(entry, { path, what: 'group', name: group, known: catalog.names('Group', vo), within: `VO "${vo}"` }),
    )
}

/** Whoever chooses a group on the form of the VO applies for it too, and answers nothing more. */
function chosenGroups(catalog: Catalog, entry: Entry<'Form'>): Finding[] {
  const { metadata, spec } = entry.document
  const formOf = (group: string) =>
    catalog
      .of('Form')
      .find(
        ({ document: { metadata: its, spec: form } }) =>
          its.vo === metadata.vo && form.group === group && form.for === 'initial',
      )
  return spec.items.flatMap(({ groups = [] }, item) =>
    groups.flatMap((group, index): Finding[] => {
      const path: Path = ['spec', 'items', item, 'groups', index]
      if (!catalog.has({ kind: 'Group', vo: metadata.vo ?? '', name: group })) return []
      const form = formOf(group)
      const asks = form?.document.spec.items.find(({ required }) => required === true)
      const message =
        form === undefined
          ? `group "${group}" has no initial form, so nobody can apply for it; add one or leave the group out`
          : asks === undefined
            ? undefined
            : `the form of group "${group}" (${form.at.file}:${form.at.line}) requires "${asks.name}", which is not asked here; require it there no more or leave the group out`
      return message === undefined ? [] : [errorAt(entry, { code: 'value-invalid', message, path })]
    }),
  )
}

/** A value comes from one answer. */
function filledTwice(entry: Entry<'Form'>): Finding[] {
  const { items } = entry.document.spec
  return items.flatMap(({ fills }, index): Finding[] => {
    const first = items.find((item) => item.fills === fills)
    if (fills === undefined || first === undefined || first === items[index]) return []
    const message = `the item "${first.name}" fills "${fills}" already; let one item fill it`
    return [errorAt(entry, { code: 'duplicate', message, path: ['spec', 'items', index, 'fills'] })]
  })
}

interface ItemAt {
  readonly item: FormItem
  readonly index: number
  readonly declared: DeclaredTypes
}

function itemFaults(catalog: Catalog, entry: Entry<'Form'>, { item, index, declared }: ItemAt): Finding[] {
  const at = (...path: Path): Path => ['spec', 'items', index, ...path]
  const wrong = (message: string, ...path: Path) =>
    errorAt(entry, { code: 'value-invalid', message, path: at(...path) })
  return [
    ...strayKeys(item).map((key) =>
      errorAt(entry, {
        code: 'key-unknown',
        message: `an item of type ${item.type} has no key "${key}"; ${typesWith(key).join(', ')} ${typesWith(key).length === 1 ? 'has' : 'have'} it`,
        path: at(key),
        on: 'key',
      }),
    ),
    ...missingKey(item).map((message) => wrong(message)),
    ...patternFault(item).map((message) => wrong(message, 'pattern')),
    ...boundsFault(item).map(({ key, message }) => wrong(message, key)),
    ...repeatedOptions(item).map(({ place, message }) => wrong(message, 'options', place, 'value')),
    ...shownFault(entry, { item, index, declared }).map((message) => wrong(message, 'shownWhen')),
    ...attributeFaults(catalog, entry, { item, index }),
    ...termsFault(catalog, entry, item).map((message) => wrong(message, 'type')),
  ]
}

function missingKey({ type, options, groups, label, fills }: FormItem): string[] {
  if ((type === 'choice' || type === 'multi-choice') && options === undefined)
    return [`expected the key "options" here: a ${type} is one of them`]
  if (type === 'login' && fills === undefined)
    return ['expected the key "fills" here: the attribute in which nobody else has the login, such as user.login']
  if (type === 'group' && groups === undefined) return ['expected the key "groups" here: those that may be chosen']
  if (!asksFor(type) && label === undefined) return [`expected the key "label" here: the text of the ${type}`]
  return []
}

function patternFault({ pattern }: FormItem): string[] {
  if (pattern === undefined || compilePattern(pattern) !== undefined) return []
  return [
    `expected a regular expression in the syntax of RE2, without look-around and back-references, got "${pattern}"`,
  ]
}

function boundsFault({ minimum, maximum, earliest, latest }: FormItem): { key: string; message: string }[] {
  return [
    ...(minimum !== undefined && maximum !== undefined && minimum > maximum
      ? [{ key: 'maximum', message: `expected a number of at least ${minimum}, the minimum, got ${maximum}` }]
      : []),
    ...(earliest !== undefined && latest !== undefined && earliest > latest
      ? [{ key: 'latest', message: `expected a day from ${earliest} on, the earliest, got ${latest}` }]
      : []),
  ]
}

function repeatedOptions({ options = [] }: FormItem): { place: number; message: string }[] {
  const values = options.map(({ value }) => value)
  return values.flatMap((value, place) =>
    values.indexOf(value) < place
      ? [{ place, message: `expected another value than in the options before, got "${value}" again` }]
      : [],
  )
}

/** What is shown follows from the answers before, in one pass. */
function shownFault(entry: Entry<'Form'>, { item, index, declared }: ItemAt): string[] {
  if (item.shownWhen === undefined) return []
  const before = entry.document.spec.items.slice(0, index)
  const compiled = compileCondition(item.shownWhen, namesOfForm(before, declared))
  if (!('fault' in compiled)) return []
  const late = entry.document.spec.items.slice(index).find(({ name }) => item.shownWhen?.includes(`answers.${name}`))
  return [
    late === undefined
      ? compiled.fault
      : `the answer "${late.name}" is given at this item or later; ask for those before it`,
  ]
}

function termsFault(catalog: Catalog, entry: Entry<'Form'>, { type }: FormItem): string[] {
  const { vo = '' } = entry.document.metadata
  const found = catalog.find('VO', vo)
  if (type !== 'terms' || found === undefined || found.document.spec.terms !== undefined) return []
  return [
    `VO "${vo}" (${found.at.file}:${found.at.line}) has no terms that could be accepted; give it \`terms\` or leave the item out`,
  ]
}

/** Of some types a form has one item at most. */
function lonelyTypes(entry: Entry<'Form'>): Finding[] {
  const { items, group, for: kind } = entry.document.spec
  return items.flatMap(({ type }, index): Finding[] => {
    const path: Path = ['spec', 'items', index, 'type']
    const isSecond = ['terms', 'group'].includes(type) && items.findIndex((item) => item.type === type) < index
    if (isSecond)
      return [errorAt(entry, { code: 'duplicate', message: `a form has one item of type ${type} at most`, path })]
    if (type !== 'group' || (group === undefined && kind === 'initial')) return []
    const message = 'groups are chosen on the initial form of a VO only; leave the item out'
    return [errorAt(entry, { code: 'value-invalid', message, path })]
  })
}

function approvalFaults(entry: Entry<'Form'>, declared: DeclaredTypes): Finding[] {
  const { approval, items } = entry.document.spec
  const fault = (text: string, names: Parameters<typeof compileCondition>[1], path: Path): Finding[] => {
    const compiled = compileCondition(text, names)
    return 'fault' in compiled ? [errorAt(entry, { code: 'value-invalid', message: compiled.fault, path })] : []
  }
  return [
    ...(approval?.autoWhen === undefined
      ? []
      : fault(approval.autoWhen, namesOfForm(items, declared), ['spec', 'approval', 'autoWhen'])),
    ...(approval?.steps ?? []).flatMap(({ by }, index) =>
      typeof by === 'object' && 'where' in by
        ? fault(by.where, namesOfForm([], declared), ['spec', 'approval', 'steps', index, 'by', 'where'])
        : [],
    ),
  ]
}
