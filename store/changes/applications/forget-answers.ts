import type { Tx } from '../../pool.ts'
import { wakeClocks } from '../outbox.ts'
import { recordSelected, type Trail } from '../trail.ts'

/** How long the answers to what was rejected or withdrawn are kept. */
const answersKept = 'P90D'

/** Applications that ended without a membership, whose answers are there still. */
const endedInVain = `a.state in ('rejected', 'withdrawn') and a.forgotten_at is null`

/** When the answers of applications to a VO go, as relations of the clock have it: of nobody, rows without a person; the VO's id is $1. */
export const forgetting = `select null::integer as person_id, null::integer as group_id,
    (day_of(a.changed_at, zone_of(a.vo_id)) + interval '${answersKept}')::date as day
  from application a where a.vo_id = $1 and ${endedInVain}`

/** The first such day, by an index. */
export const firstForgetting = `select (day_of(first.changed_at, zone_of($1)) + interval '${answersKept}')::date
  from (select a.changed_at from application a where a.vo_id = $1 and ${endedInVain} order by 1 limit 1) first`

/** Forgets the answers to what was rejected or withdrawn so long before a day. */
export async function forgetOldAnswers(
  tx: Tx,
  trail: Trail,
  { vo, day }: { readonly vo: number; readonly day: string },
): Promise<void> {
  await forget(tx, trail, {
    which: `a.vo_id = $1 and ${endedInVain} and (day_of(a.changed_at, zone_of(a.vo_id)) + interval '${answersKept}')::date <= $2`,
    parameters: [vo, day],
  })
}

/** Forgets the answers by which people became members who are none any more. */
export async function forgetAnswersOfMembers(
  tx: Tx,
  trail: Trail,
  ended: readonly { readonly vo_id: number; readonly person_id: number }[],
): Promise<void> {
  if (ended.length === 0) return
  await forget(tx, trail, {
    which: `a.state = 'approved' and a.forgotten_at is null
      and (a.vo_id, a.person_id) in (select * from unnest($1::integer[], $2::integer[]))`,
    parameters: [ended.map(({ vo_id }) => vo_id), ended.map(({ person_id }) => person_id)],
  })
}

/** Forgets all answers to forms of VOs that are about to go: no clock of theirs is there to do it later. */
export async function forgetAnswersOfVos(tx: Tx, trail: Trail, vos: readonly number[]): Promise<void> {
  await forget(tx, trail, { which: 'a.vo_id = any($1) and a.forgotten_at is null', parameters: [vos] })
}

/** Tells the clock of its VO that the answers of an application are to be forgotten one day. */
export async function wakeToForget(tx: Tx, application: number): Promise<void> {
  const { rows } = await tx.query<{ vo: string }>(
    'select vo.name as vo from application a join vo on vo.id = a.vo_id where a.id = $1',
    [application],
  )
  await wakeClocks(
    tx,
    rows.map(({ vo }) => vo),
  )
}

interface Forgetting {
  /** A condition over `application a`. */
  readonly which: string
  readonly parameters: readonly unknown[]
}

async function forget(tx: Tx, trail: Trail, { which, parameters }: Forgetting): Promise<void> {
  const { rows } = await tx.query<{ id: number }>(`select a.id from application a where ${which} for update`, [
    ...parameters,
  ])
  if (rows.length === 0) return
  const ids = rows.map(({ id }) => id)
  await tx.query('update application set forgotten_at = $2 where id = any($1)', [ids, trail.at])
  await tx.query('update application_act set answers = null where application_id = any($1) and answers is not null', [
    ids,
  ])
  await tx.query('delete from application_answers where application_id = any($1)', [ids])
  await recordSelected(tx, trail, {
    select: `select 'forget' as action, 'Application' as kind, coalesce(vo.name, a.vo) as vo,
        concat_ws('/', coalesce(vo.name, a.vo), coalesce(g.name, a.group_name)) as name,
        jsonb_build_object('user', a.identity, 'application', a.id) as personal
      from application a left join vo on vo.id = a.vo_id left join groups g on g.id = a.group_id
      where a.id = any($5) order by a.id`,
    parameters: [ids],
  })
}
