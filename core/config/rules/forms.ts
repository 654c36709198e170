import type { AttributeSpec, FormItem } from '../../../schemas/generated/config.ts'
import { compileCondition, namesOfForm, type DeclaredTypes } from '../../forms/expressions.ts'
import { asksFor, fillableTypes, strayKeys, typesWith } from '../../forms/items.ts'
import { compilePattern } from '../../expressions/functions.ts'
import type { Finding } from '../../model/finding.ts'
import { builtInAttributes } from '../built-in-attributes.ts'
import { errorAt, unknownAt, type Catalog, type Entry } from '../catalog.ts'
import type { Path } from '../document.ts'
import { parseAttribute } from '../references.ts'

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
      ...spec.items.flatMap((item, index) => itemFaults(catalog, entry, { item, index, declared })),
      ...lonelyTypes(entry),
      ...approvalFaults(entry, declared),
      ...ofLaterVersions(entry),
    ]
  })
}

const laterTypes: readonly string[] = ['verified-email', 'group']

/** What the format knows and this version does not do yet is refused, not ignored. */
function ofLaterVersions(entry: Entry<'Form'>): Finding[] {
  const { items, approval } = entry.document.spec
  const notYet = (message: string, path: Path, on: 'key' | 'value') =>
    errorAt(entry, { code: 'key-not-supported-yet', message, path, on })
  return [
    ...items.flatMap(({ type }, index) =>
      laterTypes.includes(type)
        ? [notYet(`"${type}" is not supported yet; leave the item out`, ['spec', 'items', index, 'type'], 'value')]
        : [],
    ),
    ...(approval?.remindAfter === undefined
      ? []
      : [
          notYet(
            'the key "remindAfter" is not supported yet; leave it out',
            ['spec', 'approval', 'remindAfter'],
            'key',
          ),
        ]),
  ]
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
    .filter(({ group }) => !catalog.has({ kind: 'Group', vo, name: group }))
    .map(({ group, path }) =>
      unknownAt(entry, { path, what: 'group', name: group, known: catalog.names('Group', vo), within: `VO "${vo}"` }),
    )
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

function missingKey({ type, options, groups, label }: FormItem): string[] {
  if ((type === 'choice' || type === 'multi-choice') && options === undefined)
    return [`expected the key "options" here: a ${type} is one of them`]
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

const filled = ['user', 'member']

function attributeFaults(catalog: Catalog, entry: Entry<'Form'>, { item, index }: Omit<ItemAt, 'declared'>): Finding[] {
  const { fills, prefill, type } = item
  const { group } = entry.document.spec
  const at = (key: string): Path => ['spec', 'items', index, key]
  const check = (name: string, key: string, holders: readonly string[]) => {
    const spec = specOf(catalog, name)
    if (spec === 'bad') return []
    if (spec === undefined) {
      const known = [...Object.keys(builtInAttributes), ...catalog.names('Attribute')]
      return [unknownAt(entry, { path: at(key), what: 'attribute', name, known })]
    }
    const message =
      holderFault(name, holders) ??
      typeFault({ name, spec, type }) ??
      (key === 'fills' ? writeFault({ name, spec, type }) : undefined)
    return message === undefined ? [] : [errorAt(entry, { code: 'attribute-mismatch', message, path: at(key) })]
  }
  return [
    ...(fills === undefined ? [] : check(fills, 'fills', group === undefined ? filled : [...filled, 'member-group'])),
    ...(prefill === undefined ? [] : check(prefill, 'prefill', [...filled, 'identity'])),
  ]
}

function specOf(catalog: Catalog, name: string): AttributeSpec | 'bad' | undefined {
  const declared = catalog.find('Attribute', name)?.document.spec ?? builtInAttributes[name]
  return declared ?? (catalog.has({ kind: 'Attribute', name }) ? 'bad' : undefined)
}

function holderFault(name: string, holders: readonly string[]): string | undefined {
  if (holders.includes(parseAttribute(name).holder)) return undefined
  return `expected an attribute of ${holders.join(' or ')}, got "${name}"`
}

interface Fill {
  readonly name: string
  readonly spec: AttributeSpec
  readonly type: FormItem['type']
}

function typeFault({ name, spec, type }: Fill): string | undefined {
  const types = fillableTypes(type)
  if (types.includes(spec.type)) return undefined
  return `expected an attribute of type ${types.join(' or ')} for an item of type ${type}, got "${name}" of type ${spec.type}`
}

/** A login is given once, by whoever approves: nobody may write it, and the item of that type may fill it. */
function writeFault({ name, spec, type }: Fill): string | undefined {
  if (spec.derive !== undefined) return `"${name}" is derived; no answer becomes its value`
  if (type === 'login')
    return spec.unique === undefined || spec.unique === false
      ? `expected a unique attribute such as "user.login", got "${name}"`
      : undefined
  if (spec.write?.includes('self') === true) return undefined
  return `expected an attribute that people may write themselves (write: [self]), got "${name}"`
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
