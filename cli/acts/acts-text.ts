import type { ActAnswer } from '../../store/index.ts'
import { renderTable } from '../text/table.ts'
import { short } from '../text/words.ts'

/** How people stand after an act, a line each. */
export function actsText(answers: readonly ActAnswer[]): string {
  const rows = answers.map((answer): readonly [string, string, string] => {
    if ('refused' in answer) return [answer.user, 'refused', `${answer.refused.reason}: ${answer.refused.message}`]
    if ('held' in answer) return [answer.user, 'held', short(answer.held)]
    return [answer.user, answer.status ?? 'no member', answer.expires ?? '–']
  })
  return renderTable(['USER', 'STATUS', 'EXPIRES'], rows)
}
