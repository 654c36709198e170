import type { Step } from '../../ldap/entry-change.ts'
import type { Values } from '../../ldap/read-ldif.ts'
import { comparable } from './scope.ts'
import type { Comparable, Scope } from './scope.ts'

/** In values: an attribute with more is changed by those that differ, as the members of a group are. */
const mostReplaced = 16

/** What makes the values of an entry those that are wanted, as far as they are ours: the least that does. */
export function stepsBetween(there: Values, wanted: Values, scope: Scope): readonly Step[] {
  const [have, want] = [comparable(there, scope), comparable(wanted, scope)]
  const names = [...new Set([...have.keys(), ...want.keys()])].sort()
  return names.flatMap((name) => stepsFor(name, { have, want, scope }))
}

interface Both {
  readonly have: Comparable
  readonly want: Comparable
  readonly scope: Scope
}

function stepsFor(name: string, { have, want, scope }: Both): readonly Step[] {
  const [before, after] = [have.get(name) ?? none, want.get(name) ?? none]
  const removed = [...before].flatMap(([key, value]) => (after.has(key) ? [] : [value]))
  const added = [...after].flatMap(([key, value]) => (before.has(key) ? [] : [value]))
  if (removed.length === 0 && added.length === 0) return []
  if (isWhollyOurs(name, scope) && before.size + after.size <= mostReplaced)
    return [{ operation: 'replace', name, values: [...after.values()] }]
  // Values that a directory takes for one, such as two that differ by case, are exchanged in this order alone.
  return [
    ...(removed.length > 0 ? [{ operation: 'delete', name, values: removed } as const] : []),
    ...(added.length > 0 ? [{ operation: 'add', name, values: added } as const] : []),
  ]
}

/** Of two attributes an entry may have values of others beside ours: the mark is one, and an object class that goes with attributes of theirs. */
function isWhollyOurs(name: string, { mark }: Scope): boolean {
  return name !== 'objectclass' && name !== mark.attribute
}

const none: ReadonlyMap<string, string> = new Map()
