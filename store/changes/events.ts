import type { Change, DocumentChange, MembershipChange } from '../../core/model/plan.ts'
import type { ConfigObject } from '../../core/model/config-object.ts'
import type { Tx } from '../pool.ts'
import { columnsOf, rowsFrom } from './row-columns.ts'
import { recordEvents, recordSelected, type EventRow, type Trail } from './trail.ts'

export function isDocumentChange(change: Change): change is DocumentChange {
  return 'fields' in change
}

export function isMembershipChange(change: Change): change is MembershipChange {
  return !isDocumentChange(change)
}

/** Records one event per change of a plan: what a document was and is, or whose row it is. */
export async function recordChanges(tx: Tx, trail: Trail, changes: readonly Change[]): Promise<void> {
  await recordEvents(tx, trail, changes.filter(isDocumentChange).map(eventOf))
  const all = changes.filter(isMembershipChange)
  await recordEvents(tx, trail, all.flatMap(eventOfValues))
  const rows = all.filter(({ attributes }) => attributes === undefined)
  if (rows.length === 0) return
  await recordSelected(tx, trail, {
    select: `select x.action, x.kind, x.vo, x.name,
        case when x.redated or x.expires is not null then jsonb_build_object('user', x."user", 'expires', x.expires)
          when x.action = 'change' then jsonb_build_object('user', x."user", 'released', true)
          else jsonb_build_object('user', x."user") end as personal
      from ${rowsFrom(5)}`,
    parameters: columnsOf(rows),
  })
}

function eventOf({ action, kind, vo, name, have, want }: DocumentChange): EventRow {
  const key = want?.sourced?.key ?? have?.sourced?.key
  const content = { before: contentOf(have), after: contentOf(want) }
  return { action, kind, vo, name, personal: key === undefined ? content : { ...content, key } }
}

function eventOfValues({ action, kind, vo, name, user, expires, attributes }: MembershipChange): EventRow[] {
  if (attributes === undefined) return []
  const date = expires === undefined ? {} : { expires: expires.after }
  return [{ action, kind, vo, name, personal: { user, ...date, attributes } }]
}

function contentOf(object: ConfigObject | undefined): object | undefined {
  if (object === undefined) return undefined
  const { vo, name, title, description, spec } = object
  return { vo, name, title, description, spec }
}
