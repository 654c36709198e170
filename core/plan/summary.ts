import { compareText } from '../model/compare.ts'
import { isEqual } from '../model/equal.ts'
import { isReleased, type Change, type MembershipChange, type Plan } from '../model/plan.ts'
import { showValue } from '../model/show-value.ts'
import { isRowChange } from './order-changes.ts'

/** How many changes of each class a plan has. */
export type Summary = Readonly<Record<Change['action'], number>>

/** Counts the changes of a plan. */
export function summarize({ changes }: Pick<Plan, 'changes'>): Summary {
  const count = (action: Change['action']): number => changes.filter((change) => change.action === action).length
  return { add: count('add'), change: count('change'), move: count('move'), remove: count('remove') }
}

/** Names what a change is about: `Group astro/telescope`, or the person and the group. */
export function describeChange(change: Change): string {
  const place = change.vo === undefined || change.kind === 'Member' ? change.name : `${change.vo}/${change.name}`
  if (!isRowChange(change)) {
    const former = change.action === 'move' ? ` (was ${change.have?.name ?? ''})` : ''
    const fields = change.fields.length === 0 ? '' : ` [${change.fields.join(', ')}]`
    return `${change.kind} ${place}${former}${fields}`
  }
  return `${change.kind} ${place} ${change.user}${noteOn(change)}`
}

function noteOn(change: MembershipChange): string {
  const { action, origin, source, everyOrigin, expires, attributes } = change
  if (origin === 'rule') return ' (by rule)'
  if (origin === 'sync') return ` (synced from ${source ?? 'a source'} no more)`
  if (everyOrigin === true) return ' (exclusive)'
  if (isReleased(change)) return ' (released to the managers)'
  const notes = [dateNote(action, expires), valuesNote(attributes)].filter((note) => note !== undefined)
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`
}

function dateNote(action: Change['action'], expires: MembershipChange['expires']): string | undefined {
  if (expires === undefined) return undefined
  const { before, after } = expires
  if (action === 'add') return `until ${after ?? 'ever'}`
  return `${after === null ? 'ends no more' : `until ${after}`}, was ${before === null ? 'endless' : `until ${before}`}`
}

function valuesNote(attributes: MembershipChange['attributes']): string | undefined {
  if (attributes === undefined) return undefined
  const { before, after } = attributes
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareText)
  const differing = names.filter((name) => !isEqual(before[name], after[name]))
  return differing
    .map((name) => (after[name] === undefined ? `no ${name}` : `${name} ${showValue(after[name])}`))
    .join(', ')
}

/** Writes a place as `file:line`. */
export function describePlace(at: { readonly file: string; readonly line: number } | undefined): string {
  return at === undefined ? '' : `${at.file}:${at.line}`
}
