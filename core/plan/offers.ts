import { acceptedLevels } from '../config/offer.ts'
import { compareText } from '../model/compare.ts'
import { isKind } from '../model/config-object.ts'
import type { Plan } from '../model/plan.ts'
import type { Draft } from './draft.ts'

/** Judges anew every resource that changed, or whose facility did. */
export function offersOf(draft: Draft): Plan['offers'] {
  const changed = new Set<unknown>(draft.documentChanges.map(({ want }) => want))
  if (changed.size === 0) return []
  const facilities = new Map(
    draft
      .ofKind('Facility')
      .flatMap(({ want }) => (want !== undefined && isKind(want, 'Facility') ? [[want.name, want] as const] : [])),
  )
  return draft
    .ofKind('Resource')
    .flatMap(({ want }) => {
      if (want === undefined || !isKind(want, 'Resource')) return []
      const facility = facilities.get(want.spec.facility)
      if (!changed.has(want) && !changed.has(facility)) return []
      const { vo = '', name, spec } = want
      if (facility === undefined) return [{ vo, name, isWithin: false }]
      const loa = acceptedLevels({ resource: { vo, name, spec }, facility })
      return [{ vo, name, isWithin: draft.isWithinOffer(want, facility), ...(loa === undefined ? {} : { loa }) }]
    })
    .sort((a, b) => compareText(a.vo, b.vo) || compareText(a.name, b.name))
}
