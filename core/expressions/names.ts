import { builtInAttributes } from '../config/built-in-attributes.ts'
import { parseAttribute } from '../config/references.ts'
import type { AttributeSpec } from '../../schemas/generated/config.ts'

/** The type of an attribute's values. */
export type AttributeType = AttributeSpec['type']

/** What a name in an expression stands for: a value of an attribute, an answer to a form, or one of the lists that every person has. */
export type NameType = AttributeType | 'number' | 'numbers' | 'texts'

/** The names an expression may read, in full (`user.email`), with what they are. */
export type Names = ReadonlyMap<string, NameType>

/** Names of which it is not known which there are: whatever comes after the holder is a list of texts. */
export interface AnyField {
  readonly holder: string
}

/** Tells whether names are those of any field. */
export function isAnyField(names: Names | AnyField): names is AnyField {
  return 'holder' in names
}

/** Lists that are known of every person, beside the attributes. */
const listsOfPerson = {
  'user.identities': 'texts',
  'user.loas': 'numbers',
  'user.groups': 'texts',
} as const satisfies Readonly<Record<string, NameType>>

/** The names of these lists. */
export const namesOfLists: readonly string[] = Object.keys(listsOfPerson)

/** Tells whether a name is one of the lists that every person has; no attribute is called so. */
export function isListOfPerson(name: string): boolean {
  return Object.hasOwn(listsOfPerson, name)
}

/** The list of the groups that a person is in. */
export const groupsOfPerson = 'user.groups'

/** Writes a full name as expressions do, which would take the hyphen of a holder for a minus: `user_facility.uid`. */
export function asWritten(name: string): string {
  const { holder } = parseAttribute(name)
  return holder.replaceAll('-', '_') + name.slice(holder.length)
}

/** The full name of what an expression writes as `user_facility.uid`. */
export function asNamed(written: string): string {
  const { holder } = parseAttribute(written)
  return holder.replaceAll('_', '-') + written.slice(holder.length)
}

/** Names what expressions over these holders (`user`, `member`) may read, given the attributes that documents declare. */
export function namesFor(holders: readonly string[], declared: Iterable<readonly [string, AttributeType]>): Names {
  const builtIn = Object.entries(builtInAttributes).map(([name, { type }]) => [name, type] as const)
  const attributes = [...builtIn, ...declared]
  const lists = Object.entries(listsOfPerson)
  return new Map<string, NameType>([...attributes, ...lists].filter(([name]) => isOf(name, holders)))
}

function isOf(name: string, holders: readonly string[]): boolean {
  return holders.includes(parseAttribute(name).holder)
}
