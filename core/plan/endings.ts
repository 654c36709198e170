import type { Day } from '../lifecycle/calendar.ts'
import type { ConfigObject } from '../model/config-object.ts'
import type { Draft } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'
import { isOver } from './set-dates.ts'

/** VOs, groups and resources whose date has come, before and after the changes. */
export interface Endings {
  readonly have: ReadonlySet<ConfigObject>
  readonly want: ReadonlySet<ConfigObject>
}

/** Finds the objects that are over; a date that a commit leaves as it is counts by the day of the plan, one that it writes by the day for which it is judged. */
export function endingsOf(draft: Draft): Endings {
  const [have, want] = [new Set<ConfigObject>(), new Set<ConfigObject>()]
  for (const pair of draft.ofKind('VO').concat(draft.ofKind('Group'), draft.ofKind('Resource'))) {
    const [before, after] = [expiresOf(pair.have), expiresOf(pair.want)]
    if (before === undefined && after === undefined) continue
    const vo = voOf(pair)
    const now = draft.plannedOn(vo)
    if (pair.have !== undefined && isOver(before, now)) have.add(pair.have)
    if (pair.want !== undefined && isOver(after, after === before ? now : draft.today(vo))) want.add(pair.want)
  }
  return { have, want }
}

/** Tells whether a commit writes another date into a VO, group or resource than it has. */
export function hasOtherDate({ have, want }: ObjectPair): boolean {
  return want !== undefined && expiresOf(have) !== expiresOf(want)
}

/** Tells whether a commit writes a date that comes after one day, and by another. */
export function endsBetween(pair: ObjectPair, after: (vo: string) => Day, by: (vo: string) => Day): boolean {
  if (!hasOtherDate(pair)) return false
  const expires = expiresOf(pair.want)
  return !isOver(expires, after(voOf(pair))) && isOver(expires, by(voOf(pair)))
}

function expiresOf(object: ConfigObject | undefined): Day | undefined {
  switch (object?.kind) {
    case 'VO':
    case 'Group':
    case 'Resource':
      return object.spec.expires
    default:
      return undefined
  }
}

function voOf({ have, want }: ObjectPair): string {
  const object = want ?? have
  return object?.vo ?? object?.name ?? ''
}
