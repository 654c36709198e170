import { parseAttribute } from '../../../core/config/references.ts'
import { shownItems } from '../../../core/forms/check-answers.ts'
import type { Specs } from '../../../core/model/config-object.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { WrittenValue } from '../values/write-values.ts'
import { readPersonValues } from './person-values.ts'
import type { ApplicationTarget } from './read-target.ts'

/** Whose answers become values. */
export interface Filling {
  readonly target: ApplicationTarget
  readonly identity: IdentityRef
  readonly answers: JsonObject
  /** Undefined while nobody is known by the identity. */
  readonly person: UserId | undefined
}

/** A value that an answer becomes. */
export interface FilledValue extends WrittenValue {
  readonly item: Specs['Form']['items'][number]
}

/** Lists what answers to shown items become; over a value that is there only where the form says so. */
export async function filledValues(
  tx: Tx,
  { target, identity, answers, person }: Filling,
): Promise<readonly FilledValue[]> {
  const { form, conditions, set } = target
  if (form.items.every(({ fills }) => fills === undefined)) return []
  const values = await readPersonValues(tx, { identity, vo: set.voId, today: set.today })
  const filling = shownItems({ form, conditions, answers, person: values }).flatMap((item): FilledValue[] => {
    const { fills, name } = item
    const value = Object.hasOwn(answers, name) ? answers[name] : undefined
    return fills === undefined || value === undefined
      ? []
      : [{ item, attribute: fills, subject: person ?? 0, object: objectOf(fills, target), value }]
  })
  const { rows } = await tx.query<{ place: string }>(
    `select v.attribute || ' ' || v.object as place from attribute_value v where v.subject = $1 and v.attribute = any($2)`,
    [person ?? 0, filling.map(({ attribute }) => attribute)],
  )
  const there = new Set(rows.map(({ place }) => place))
  return filling.filter(
    ({ item, attribute, object }) => item.overwrite === true || !there.has(`${attribute} ${object}`),
  )
}

function objectOf(attribute: string, { set }: Pick<ApplicationTarget, 'set'>): number {
  const { holder } = parseAttribute(attribute)
  if (holder === 'member') return set.voId
  return holder === 'member-group' ? (set.groupId ?? 0) : 0
}
