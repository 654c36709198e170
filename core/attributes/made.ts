import type { AttributeSpec } from '../../schemas/generated/config.ts'
import { isOfKind } from '../expressions/derived.ts'
import { attributesMentioned } from '../expressions/mentioned.ts'

/**
 * Lists the attributes whose values make themselves, those that are derived from such, and those that are derived of a person and
 * something else: they come once somebody reaches it, so nobody can be asked to have them before.
 */
export function madeAttributes(
  definitions: Iterable<readonly [string, Pick<AttributeSpec, 'derive' | 'generate'>]>,
): Set<string> {
  const all = [...definitions]
  const made = new Set(all.flatMap(([name, spec]) => (comesByItself(name, spec) ? [name] : [])))
  const derived = all.flatMap(([name, { derive }]) =>
    derive === undefined ? [] : [{ name, reads: attributesMentioned(derive) }],
  )
  for (let before = -1; before !== made.size;) {
    before = made.size
    for (const { name, reads } of derived) if (reads.some((read) => made.has(read))) made.add(name)
  }
  return made
}

function comesByItself(name: string, { derive, generate }: Pick<AttributeSpec, 'derive' | 'generate'>): boolean {
  return generate !== undefined || (derive !== undefined && isOfKind(name, 'pairs'))
}
