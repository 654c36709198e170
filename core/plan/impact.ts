import { compareText } from '../model/compare.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { AccessDelta, Impact } from '../model/plan.ts'
import type { Draft } from './draft.ts'
import type { SetDelta } from './set-delta.ts'

/** Lists who gains and who loses access to which resource; a resource that moves to another facility takes all from one and gives all on the other. */
export function impactOf(draft: Draft, deltas: readonly SetDelta[]): Impact {
  const gained: AccessDelta[] = []
  const lost: AccessDelta[] = []
  for (const delta of deltas) {
    const old = resourceIn(delta.pair.have)
    const now = resourceIn(delta.pair.want)
    const moves = old !== undefined && now !== undefined && !isSameFacility(draft, old, now)
    append(gained, accessOf(draft, now, moves ? delta.after : delta.gained))
    append(lost, accessOf(draft, moves ? old : (now ?? old), moves ? delta.before : delta.lost))
  }
  return { gained: gained.sort(compareAccess), lost: lost.sort(compareAccess) }
}

function resourceIn(object: ConfigObject | undefined): ConfigObject<'Resource'> | undefined {
  return object !== undefined && isKind(object, 'Resource') ? object : undefined
}

/** Spreading a list of a hundred thousand into `push` would overflow the stack. */
function append<T>(list: T[], items: readonly T[]): void {
  for (const item of items) list.push(item)
}

/** Tells whether a resource stays on its facility, which may have another name now. */
function isSameFacility(draft: Draft, have: ConfigObject<'Resource'>, want: ConfigObject<'Resource'>): boolean {
  if (have.spec.facility === want.spec.facility) return true
  return draft.documentChanges.some(
    (change) =>
      change.kind === 'Facility' &&
      change.have?.name === have.spec.facility &&
      change.want?.name === want.spec.facility,
  )
}

function accessOf(
  draft: Draft,
  resource: ConfigObject<'Resource'> | undefined,
  people: readonly number[],
): AccessDelta[] {
  if (resource === undefined) return []
  const { vo = '', name, spec } = resource
  return people.map((person) => ({
    user: draft.people.names[person] ?? '',
    vo,
    resource: name,
    facility: spec.facility,
  }))
}

function compareAccess(a: AccessDelta, b: AccessDelta): number {
  return (
    compareText(a.user, b.user) ||
    compareText(a.vo, b.vo) ||
    compareText(a.resource, b.resource) ||
    compareText(a.facility, b.facility)
  )
}
