import type { SponsorAnswer } from '../../store/index.ts'
import { renderTable } from '../text/table.ts'
import { short } from '../text/words.ts'

/** What came of one request, and in which VO. */
export interface SaidSponsorship {
  readonly vo: string
  readonly answer: SponsorAnswer
}

/** How guests and their sponsors stand then, a line each. */
export function sponsorshipsText(answers: readonly SaidSponsorship[]): string {
  const rows = answers.map(({ vo, answer }) => [vo, answer.user, answer.sponsor, ...wordsOf(answer)])
  return renderTable(['VO', 'GUEST', 'SPONSOR', 'SPONSORED UNTIL', 'STATUS', 'EXPIRES'], rows)
}

function wordsOf(answer: SponsorAnswer): readonly string[] {
  if ('refused' in answer) return ['refused', `${answer.refused.reason}: ${answer.refused.message}`, '']
  if ('held' in answer) return ['held', short(answer.held), '']
  const { sponsored, until, status, expires } = answer
  const how = sponsored ? (until ?? 'no end') : `leaves${until === null ? '' : ` on ${until}`}`
  return [how, status ?? 'no member', expires ?? '–']
}
