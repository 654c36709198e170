import type { AttributeSpec, FormItem } from '../../../schemas/generated/config.ts'
import { fillableTypes } from '../../forms/items.ts'
import type { Finding } from '../../model/finding.ts'
import { builtInAttributes } from '../built-in-attributes.ts'
import { errorAt, unknownAt, type Catalog, type Entry } from '../catalog.ts'
import type { Path } from '../document.ts'
import { parseAttribute } from '../references.ts'

const filled = ['user', 'member']

interface ItemAt {
  readonly item: FormItem
  readonly index: number
}

/** Attributes that an item of a form names: declared, of somebody the form is about, of a type that answers have, for the person to write and read. */
export function attributeFaults(catalog: Catalog, entry: Entry<'Form'>, { item, index }: ItemAt): Finding[] {
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
      (key === 'fills' ? writeFault({ name, spec, type }) : readFault({ name, spec }))
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

/** What is offered as an answer is shown to the person. */
function readFault({ name, spec: { read } }: Pick<Fill, 'name' | 'spec'>): string | undefined {
  if (read === undefined || read.includes('self') || read.includes('everyone')) return undefined
  return `expected an attribute that people may read of themselves (read: [self]), got "${name}"`
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
