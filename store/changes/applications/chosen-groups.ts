import type { JsonObject } from '../../../core/model/json.ts'
import type { ApplicationTarget } from './read-target.ts'

/** Lists the groups that answers choose to apply for too. */
export function chosenGroups({ form }: Pick<ApplicationTarget, 'form'>, answers: JsonObject): readonly string[] {
  const item = form.items.find(({ type }) => type === 'group')
  const answer = item === undefined || !Object.hasOwn(answers, item.name) ? undefined : answers[item.name]
  return Array.isArray(answer) ? answer.filter((one) => typeof one === 'string') : []
}
