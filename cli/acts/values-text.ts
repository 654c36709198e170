import type { JsonValue } from '../../core/model/json.ts'
import type { ValueAnswer } from '../../store/index.ts'
import { renderTable } from '../text/table.ts'
import { short } from '../text/words.ts'

/** Which values hold then, a line each. */
export function valuesText(answers: readonly ValueAnswer[]): string {
  const rows = answers.map((answer) => [answer.holder, answer.name, wordOf(answer)])
  return renderTable(['HOLDER', 'NAME', 'VALUE'], rows)
}

function wordOf(answer: ValueAnswer): string {
  if ('refused' in answer) return `refused, ${answer.refused.reason}: ${answer.refused.message}`
  if ('held' in answer) return `held ${short(answer.held)}`
  return answer.value === null ? 'none' : valueText(answer.value)
}

/** A value as people read it. */
export function valueText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
