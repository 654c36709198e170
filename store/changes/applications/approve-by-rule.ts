import type { Surroundings } from '../../../core/config/catalog.ts'
import { shownItems } from '../../../core/forms/check-answers.ts'
import type { Values } from '../../../core/expressions/compile.ts'
import type { Tx } from '../../pool.ts'
import type { Trail } from '../trail.ts'
import { findApplication, type FoundApplication } from './found-application.ts'
import { readPersonValues } from './person-values.ts'
import { provision, type Provisioned } from './provision.ts'
import type { ApplicationTarget } from './read-target.ts'

interface ByRule {
  readonly id: number
  readonly target: ApplicationTarget
  readonly compileSchema: Surroundings['compileSchema']
}

/**
 * Approves an application that nobody has decided about where the form's rule holds; undefined where it does not hold or cannot be
 * computed, or where somebody put the person out: then the steps decide.
 */
export async function approveByRule(
  tx: Tx,
  trail: Trail,
  { id, target, compileSchema }: ByRule,
): Promise<Provisioned | undefined> {
  const { autoWhen } = target.conditions
  if (autoWhen === undefined) return undefined
  const application = await findApplication(tx, id)
  const { set } = target
  const person = await readPersonValues(tx, { identity: application.identity, vo: set.voId, today: set.today })
  const outcome = autoWhen.evaluate(valuesOf(target, application, person))
  if (outcome.kind !== 'value' || outcome.value !== true) return undefined
  if (await wasPutOut(tx, set.voId, application.person)) return undefined
  return provision(tx, trail, { application, target, by: 'rule', compileSchema })
}

function valuesOf(target: ApplicationTarget, { answers }: FoundApplication, person: Values): Values {
  const { form, conditions } = target
  const shown = shownItems({ form, conditions, answers, person })
  return {
    ...person,
    ...Object.fromEntries(shown.map(({ name }) => [`answers.${name}`, answers[name]] as const)),
  }
}

/** Tells whether another person put somebody out, which neither a rule nor an invitation undoes. */
export async function wasPutOut(tx: Tx, vo: number, person: number | undefined): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from member where (vo_id, person_id) = ($1, $2) and status = 'DISABLED' and ended_by = 'person'`,
    [vo, person ?? null],
  )
  return rowCount === 1
}
