import type { SponsorAnswer, TransferAnswer } from '../../store/index.ts'
import { renderTable } from '../text/table.ts'
import { short } from '../text/words.ts'

/** How guests and their sponsors stand then, a line each; whoever has no guest has no line. */
export function sponsorshipsText(answers: readonly TransferAnswer[]): string {
  const rows = answers.flatMap((answer) =>
    answer.user === null ? [] : [[answer.vo ?? '–', answer.user, answer.sponsor, ...wordsOf(answer)]],
  )
  if (rows.length === 0) return 'There is no such guest.'
  return renderTable(['VO', 'GUEST', 'SPONSOR', 'SPONSORED UNTIL', 'STATUS', 'EXPIRES'], rows)
}

function wordsOf(answer: SponsorAnswer): readonly string[] {
  if ('refused' in answer) return ['refused', `${answer.refused.reason}: ${answer.refused.message}`, '']
  if ('held' in answer) return ['held', short(answer.held), '']
  const { sponsored, until, status, expires } = answer
  const how = sponsored ? (until ?? 'no end') : `leaves${until === null ? '' : ` on ${until}`}`
  return [how, status ?? 'no member', expires ?? '–']
}
