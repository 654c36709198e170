import type { Change, DocumentChange, MembershipChange } from '../../core/model/plan.ts'
import type { ConfigObject } from '../../core/model/config-object.ts'
import type { Tx } from '../pool.ts'
import { recordEvents, type EventRow, type Trail } from './trail.ts'

export function isDocumentChange(change: Change): change is DocumentChange {
  return 'fields' in change
}

export function isMembershipChange(change: Change): change is MembershipChange {
  return !isDocumentChange(change)
}

/** Records one event per change of a plan: what it was and what it is, or whose row it is. */
export async function recordChanges(tx: Tx, trail: Trail, changes: readonly Change[]): Promise<void> {
  await recordEvents(tx, trail, changes.map(eventOf))
}

function eventOf(change: Change): EventRow {
  const { action, kind, vo, name } = change
  if (isMembershipChange(change)) {
    const released = action === 'change' ? { released: true } : {}
    return { action, kind, vo, name, personal: { user: change.user, ...released } }
  }
  return { action, kind, vo, name, personal: { before: contentOf(change.have), after: contentOf(change.want) } }
}

function contentOf(object: ConfigObject | undefined): object | undefined {
  if (object === undefined) return undefined
  const { vo, name, title, description, spec } = object
  return { vo, name, title, description, spec }
}
