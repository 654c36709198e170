import { isDay } from '../../core/lifecycle/calendar.ts'
import { extend } from '../../core/lifecycle/extension.ts'
import { showValue } from '../../core/model/show-value.ts'
import { parseJson } from '../../core/model/parse-json.ts'
import { readExpiryQuestion } from '../../schemas/expiry-question.ts'
import type { ExpiryQuestion } from '../../schemas/generated/cli.ts'

/** What is printed for a line, or what is wrong with the line. */
export type LineAnswer =
  { readonly kind: 'answered'; readonly answer: object } | { readonly kind: 'refused'; readonly problem: string }

const shownProblems = 3

/** Answers one question of `guildhall expiry preview`. */
export function answerExpiry(text: string): LineAnswer {
  const value = parseJson(text)
  if (value === undefined) return { kind: 'refused', problem: `expected a JSON object, got ${showValue(text.trim())}` }
  const read = readExpiryQuestion(value)
  if (read.kind === 'question') return answerQuestion(read.question)
  const problems = read.faults.map(({ path, message }) => [...[path.join('.')].filter(Boolean), message].join(': '))
  return { kind: 'refused', problem: problems.slice(0, shownProblems).join('; ') }
}

function answerQuestion({ rules, loa, status, current, ...asked }: ExpiryQuestion): LineAnswer {
  const days = { current, today: asked.today }
  for (const [key, day] of Object.entries(days)) {
    if (day === null || isDay(day)) continue
    const problem = `${key}: expected a day of the calendar such as "2027-01-31", got ${showValue(day)}`
    return { kind: 'refused', problem }
  }
  const { allowed, expires, ...refusal } = extend({
    ...asked,
    rules: rules ?? undefined,
    loa: loa ?? undefined,
    status: status ?? undefined,
    current: current ?? undefined,
  })
  return { kind: 'answered', answer: { allowed, ...refusal, expires: expires ?? null } }
}
