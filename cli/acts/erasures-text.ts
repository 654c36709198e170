import type { EraseAnswer } from '../../store/index.ts'
import { short } from '../text/words.ts'

/** Who is erased, a line each. */
export function erasuresText(answers: readonly EraseAnswer[]): string {
  return answers.map(lineOf).join('\n')
}

function lineOf(answer: EraseAnswer): string {
  if ('refused' in answer) return `${answer.user}: refused, ${answer.refused.message}`
  if ('held' in answer) return `${answer.user}: held ${short(answer.held)}`
  const { user, memberships } = answer
  return `${user} is erased; memberships of VOs that ended: ${memberships}`
}
