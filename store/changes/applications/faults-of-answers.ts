import type { Surroundings } from '../../../core/config/catalog.ts'
import type { Values } from '../../../core/expressions/compile.ts'
import { answerFaults, type AnswerFault } from '../../../core/forms/check-answers.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { readPersonValues } from './person-values.ts'
import type { ApplicationTarget } from './read-target.ts'
import { takenAnswers } from './reserve-logins.ts'

interface Answered {
  readonly target: ApplicationTarget
  readonly identity: IdentityRef
  readonly answers: JsonObject
  /** That they read; without it the one that is known of them. */
  readonly language?: string | undefined
  readonly compileSchema: Surroundings['compileSchema']
}

/** Lists what is wrong with somebody's answers to the form in force. */
export async function faultsOfAnswers(
  tx: Tx,
  { target, identity, answers, language, compileSchema }: Answered,
): Promise<AnswerFault[]> {
  const { set, form, conditions, filled, terms } = target
  const person = await readPersonValues(tx, { identity, vo: set.voId, today: set.today })
  const read = language ?? languageOf(person)
  const context = { filled, compileSchema, termsVersion: terms?.version, language: read }
  const faults = answerFaults({ form, conditions, answers, person, ...context })
  const wrong = new Set(faults.map(({ item }) => item))
  const given = Object.fromEntries(Object.entries(answers).filter(([name]) => !wrong.has(name)))
  const known = await personOf(tx, identity)
  return [...faults, ...(await takenAnswers(tx, { target, identity, answers: given, person: known, language: read }))]
}

async function personOf(tx: Tx, identity: IdentityRef): Promise<UserId | undefined> {
  const { rows } = await tx.query<{ id: UserId }>('select person_id as id from identity where ref = $1', [identity])
  return rows[0]?.id
}

/** The language that somebody reads, where they have said so. */
export function languageOf(person: Values): string | undefined {
  const language = person['user.preferredLanguage']
  return typeof language === 'string' ? language : undefined
}

/** All of them in one line. */
export function faultsInWords(faults: readonly AnswerFault[]): string {
  return faults
    .map(({ item, message, detail }) => `${item}: ${message}${detail === undefined ? '' : ` (${detail})`}`)
    .join('; ')
}
