import type { AnswerFault } from '../../../core/forms/check-answers.ts'
import { inLanguage } from '../../../core/forms/in-language.ts'
import type { Tx } from '../../pool.ts'
import { ownersOf } from '../values/unique-values.ts'
import { columnsOfValues } from '../values/value-columns.ts'
import { filledValues, type FilledValue, type Filling } from './filled-values.ts'
import { undecided } from '../../undecided.ts'

interface Answered extends Filling {
  readonly language: string | undefined
}

const claimed = `select x.place, q.attribute, place_of_value(x.attribute, x.subject, x.object, q.per) as within, as_claimed(x.value::jsonb) as value
  from unnest($1::text[], $2::integer[], $3::integer[], $4::text[]) with ordinality as x(attribute, subject, object, value, place)
  join unique_attribute q on q.attribute = x.attribute`

/** Lists the answers that would become a value that somebody else has, had for ever, or applies for; upper and lower case are the same. */
export async function takenAnswers(tx: Tx, { language, ...filling }: Answered): Promise<AnswerFault[]> {
  const values = await filledValues(tx, filling)
  if (values.length === 0) return []
  const [owners, reserved] = [await ownersOf(tx, values), await reservedFor(tx, values, filling)]
  return values.flatMap(({ item }, index) => {
    if (owners[index] === undefined && !reserved.has(index)) return []
    const detail =
      owners[index] === undefined
        ? 'somebody applies for it already; choose another'
        : 'somebody else has or had it; choose another'
    const words = inLanguage(item.error, language)
    return [{ item: item.name, ...(words === undefined ? { message: detail } : { message: words, detail }) }]
  })
}

async function reservedFor(
  tx: Tx,
  values: readonly FilledValue[],
  { identity, person }: Filling,
): Promise<ReadonlySet<number>> {
  const { rows } = await tx.query<{ place: string }>(
    `select c.place from (${claimed}) c
     join application_reservation r on (r.attribute, r.within, r.value) = (c.attribute, c.within, c.value)
     join application a on a.id = r.application_id
     where a.state in ${undecided} and a.identity <> $5
       and coalesce(a.person_id, (select person_id from identity where ref = a.identity)) is distinct from $6::integer`,
    [...columnsOfValues(values), identity, person ?? -1],
  )
  return new Set(rows.map(({ place }) => Number(place) - 1))
}

/** Of applications for one login at once the second sees what the first reserved. */
export async function lockLogins(tx: Tx, filling: Filling): Promise<void> {
  const logins = await loginsOf(tx, filling)
  if (logins.length === 0) return
  await tx.query(
    `select pg_advisory_xact_lock(48, key) from (
       select distinct hashtext(c.attribute || ' ' || c.within || ' ' || c.value) as key from (${claimed}) c order by 1) k`,
    [...columnsOfValues(logins)],
  )
}

/** Reserves the logins that somebody applies for until the application ends, in place of those of before. */
export async function reserveLogins(tx: Tx, application: number, filling: Filling): Promise<void> {
  const logins = await loginsOf(tx, filling)
  await tx.query('delete from application_reservation where application_id = $1', [application])
  if (logins.length === 0) return
  await tx.query(
    `insert into application_reservation (attribute, within, value, application_id)
     select distinct c.attribute, c.within, c.value, $5::integer from (${claimed}) c`,
    [...columnsOfValues(logins), application],
  )
}

async function loginsOf(tx: Tx, filling: Filling): Promise<readonly FilledValue[]> {
  if (filling.target.form.items.every(({ type }) => type !== 'login')) return []
  return (await filledValues(tx, filling)).filter(({ item }) => item.type === 'login')
}
