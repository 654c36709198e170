import { compareText } from '../model/compare.ts'
import { configKinds } from '../model/config-object.ts'
import type { Change, DocumentChange, MembershipChange } from '../model/plan.ts'
import { groupBy } from '../model/group-by.ts'

/** Puts changes in the order of application: instance first, then each VO, instance removals last. */
export function orderChanges(changes: readonly Change[]): Change[] {
  const byScope = groupBy(changes, ({ scope }) => scope)
  const instance = byScope.get('instance') ?? []
  const vos = [...byScope.keys()].filter((scope) => scope !== 'instance').sort(compareText)
  return [
    ...sorted(instance.filter((change) => !comesLast(change))),
    ...vos.flatMap((scope) => sorted(byScope.get(scope) ?? [])),
    ...sorted(instance.filter(comesLast)),
  ]
}

/** Tells an instance removal that has to wait for the VOs; nothing refers to User documents, and another may take over the person. */
export function comesLast({ action, kind }: Change): boolean {
  return action === 'remove' && kind !== 'User'
}

function sorted(changes: readonly Change[]): Change[] {
  return groupsInOrder(changes).flatMap((group) => group.toSorted(compareChanges))
}

/** Documents in, rows in, rows passed on, rows out, documents out. */
function groupsInOrder(changes: readonly Change[]): Change[][] {
  const groups: [Change[], Change[], Change[], Change[], Change[]] = [[], [], [], [], []]
  for (const change of changes) {
    if (isRowChange(change)) groups[change.action === 'add' ? 1 : change.action === 'change' ? 2 : 3].push(change)
    else groups[change.action === 'remove' ? 4 : 0].push(change)
  }
  return groups
}

/** Tells a change of a membership row from one of a document. */
export function isRowChange(change: Change): change is MembershipChange {
  return change.kind === 'Member' || change.kind === 'GroupMember'
}

function compareChanges(a: Change, b: Change): number {
  if (isRowChange(a) && isRowChange(b)) {
    return compareText(b.kind, a.kind) || compareText(a.name, b.name) || compareText(a.user, b.user)
  }
  if (isRowChange(a) || isRowChange(b)) return 0
  const direction = a.action === 'remove' ? -1 : 1
  return direction * (rank(a) - rank(b) || compareText(a.name, b.name))
}

function rank({ kind }: DocumentChange): number {
  return configKinds.indexOf(kind)
}
