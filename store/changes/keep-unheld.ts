import { extend } from '../../core/lifecycle/extension.ts'
import type { ConfigObject } from '../../core/model/config-object.ts'
import { isUnheld } from '../is-holding.ts'
import type { Tx } from '../pool.ts'
import type { TouchedRow } from './rows.ts'
import type { Trail } from './trail.ts'

interface Unheld {
  readonly vo_id: number
  readonly person_id: number
  readonly rules: ConfigObject<'VO'>['spec']['expiration']
  readonly loa: number
  readonly service_account: boolean
  readonly today: string
}

/**
 * Leaving a group never removes a member of the VO. Whom no row holds any more is held by a manager's row from then on, so
 * that the membership ends by the rules of the VO, counted from this day; without rules it does not end. From an exclusive VO
 * `endUnheld` takes them instead.
 */
export async function keepUnheld(tx: Tx, { at, cause }: Trail, touched: readonly TouchedRow[]): Promise<void> {
  if (touched.length === 0) return
  const { rows } = await tx.query<Unheld>(
    `with touched as (
       select distinct t.vo_id, t.person_id from unnest($1::integer[], $2::integer[]) as t(vo_id, person_id)
     )
     select mb.vo_id, mb.person_id, vo.spec->'expiration' as rules,
       loa_on(mb.person_id, day_of($3, zone_of(vo.id)), zone_of(vo.id)) as loa,
       is_service_account(mb.person_id) as service_account,
       day_of($3, zone_of(vo.id))::text as today
     from touched
     join vo on vo.id = touched.vo_id and (vo.spec->'expiration' ?| array['extendBy', 'extendUntil']) and not is_exclusive(vo)
     join member mb on (mb.vo_id, mb.person_id) = (touched.vo_id, touched.person_id) and mb.status in ('VALID', 'INVALID')
     where ${isUnheld}`,
    [touched.map(({ vo }) => vo), touched.map(({ person }) => person), at],
  )
  if (rows.length === 0) return
  const dates = rows.map(({ rules, loa, today, service_account: serviceAccount }) => {
    const joined = extend({ rules, loa, today, serviceAccount, status: undefined, current: undefined, action: 'join' })
    return joined.expires ?? null
  })
  await tx.query(
    `insert into membership (vo_id, group_id, person_id, origin, expires, since, actor)
     select vo_id, null, person_id, 'manager', expires, $4, $5
     from unnest($1::integer[], $2::integer[], $3::date[]) as x(vo_id, person_id, expires)`,
    [rows.map(({ vo_id }) => vo_id), rows.map(({ person_id }) => person_id), dates, at, cause.actor],
  )
}
