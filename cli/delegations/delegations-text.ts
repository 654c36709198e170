import { placeOf } from '../../api/acts/delegations.ts'
import { lastDayBefore } from '../../core/lifecycle/calendar.ts'
import { shownActor } from '../../core/model/authentication.ts'
import type { ListedDelegation } from '../../store/index.ts'
import { renderTable } from '../text/table.ts'
import { moment } from '../text/words.ts'

/** Says who stands in for whom. */
export function renderDelegations(delegations: readonly ListedDelegation[]): string {
  if (delegations.length === 0) return 'There is no such delegation.'
  const rows = delegations.map((one) => {
    const { id, delegator, delegate, from, until, reason, actor, authentication, endedAt } = one
    return [
      ...[
        String(id),
        delegator ?? 'erased',
        delegate ?? 'erased',
        placeOf(one),
        from,
        until === null ? '–' : lastDayBefore(until),
      ],
      ...[endedAt === null ? '–' : moment(endedAt.toISOString()), shownActor(actor, authentication), reason],
    ]
  })
  return renderTable(['ID', 'FOR', 'STANDS IN', 'IN', 'FROM', 'LAST DAY', 'ENDED', 'BY', 'REASON'], rows)
}
