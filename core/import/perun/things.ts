import type { Holder } from '../../attributes/holders.ts'
import type { Bean } from './beans.ts'

/** What documents give values of, by Perun's names: an attribute of any other holder is not taken. */
const things = [
  ...(['vo', 'group', 'facility', 'resource', 'group_resource'] as const),
  ...(['user', 'member', 'member_group'] as const),
] as const

/** One of these kinds. */
export type Thing = (typeof things)[number]

/** One of them, by its number; a pair by both. */
export interface Of {
  readonly thing: Thing
  readonly ids: readonly number[]
}

interface Kind {
  readonly holder: Holder
  /** What the numbers are of, in their order. */
  readonly by: readonly string[]
  /** One of them, in a note. */
  readonly label: string
}

/** What is said of each kind. */
export const kinds: Readonly<Record<Thing, Kind>> = {
  vo: { holder: 'vo', by: ['vo'], label: 'VO' },
  group: { holder: 'group', by: ['group'], label: 'group' },
  facility: { holder: 'facility', by: ['facility'], label: 'facility' },
  resource: { holder: 'resource', by: ['resource'], label: 'resource' },
  group_resource: { holder: 'group-resource', by: ['group', 'resource'], label: 'group on a resource' },
  user: { holder: 'user', by: ['user'], label: 'user' },
  member: { holder: 'member', by: ['member'], label: 'member' },
  member_group: { holder: 'member-group', by: ['member', 'group'], label: 'member of a group' },
}

/** Tells one from all others: `vo 21`, `group_resource 12 61`. */
export function keyOf({ thing, ids }: Of): string {
  return [thing, ...ids].join(' ')
}

/** Names one in a note: `VO 21`, `group 12 and resource 61`. */
export function nameOfThing({ thing, ids }: Of): string {
  return kinds[thing].by.map((by, index) => `${by === 'vo' ? 'VO' : by} ${ids[index] ?? ''}`).join(' and ')
}

/** Of what an attribute is, by the numbers that it was asked for by, or that carry it along; undefined where that is no thing. */
export function ofAttribute(bean: Bean, numbers: ReadonlyMap<string, number>): Of | undefined {
  const holder = holderOf(bean)
  const thing = things.find((one) => one === holder)
  if (thing === undefined) return undefined
  const { by } = kinds[thing]
  const ids = by.flatMap((one) => numbers.get(one) ?? [])
  return ids.length === by.length ? { thing, ids } : undefined
}

const namespaceForm = /^urn:perun:([a-z_]+):attribute-def:(core|def|opt|virt)$/

/** Of what an attribute is, as its namespace says: `vo`, `group_resource`. */
export function holderOf(bean: Bean): string | undefined {
  return partOf(bean, 1)
}

/** How Perun has an attribute, as its namespace says: `core`, `def`, `opt` or `virt`. */
export function kindOf(bean: Bean): string | undefined {
  return partOf(bean, 2)
}

function partOf({ value: { namespace } }: Bean, part: number): string | undefined {
  return typeof namespace === 'string' ? namespaceForm.exec(namespace)?.[part] : undefined
}
