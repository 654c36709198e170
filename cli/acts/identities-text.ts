import type { IdentityAnswer } from '../../store/index.ts'
import { renderTable } from '../text/table.ts'
import { moment, short } from '../text/words.ts'

/** What is known of identities then, a line each. */
export function identitiesText(answers: readonly IdentityAnswer[]): string {
  const rows = answers.map((answer) => {
    if ('refused' in answer) return [answer.identity, 'refused', `${answer.refused.reason}: ${answer.refused.message}`]
    if ('held' in answer) return [answer.identity, 'held', short(answer.held)]
    const { identity, user, loa, seen, memberships } = answer
    const statuses = memberships.map(({ vo, status }) => `${vo} ${status}`).join(', ')
    const at = seen === null ? '–' : moment(seen.toISOString())
    return [identity, user, String(loa ?? '–'), at, statuses]
  })
  return renderTable(['IDENTITY', 'USER', 'LOA', 'SEEN', 'MEMBERSHIPS'], rows)
}
