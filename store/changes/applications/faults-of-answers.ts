import type { Surroundings } from '../../../core/config/catalog.ts'
import { answerFaults, type AnswerFault } from '../../../core/forms/check-answers.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { readPersonValues } from './person-values.ts'
import type { ApplicationTarget } from './read-target.ts'

interface Answered {
  readonly target: ApplicationTarget
  readonly identity: IdentityRef
  readonly answers: JsonObject
  readonly compileSchema: Surroundings['compileSchema']
}

/** Lists what is wrong with somebody's answers to the form in force. */
export async function faultsOfAnswers(
  tx: Tx,
  { target, identity, answers, compileSchema }: Answered,
): Promise<AnswerFault[]> {
  const { set, form, conditions, terms } = target
  const person = await readPersonValues(tx, { identity, vo: set.voId, today: set.today })
  return answerFaults({ form, conditions, answers, person, compileSchema, termsVersion: terms?.version })
}

/** All of them in one line. */
export function faultsInWords(faults: readonly AnswerFault[]): string {
  return faults.map(({ item, message }) => `${item}: ${message}`).join('; ')
}
