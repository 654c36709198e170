import { GuildhallError } from '../../../core/errors.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'

/** Who wants to act on whose membership of what. */
interface Wish {
  readonly actor: IdentityRef
  readonly vo: string
  readonly group: string | undefined
  readonly users: readonly IdentityRef[]
  /** Leaving is for oneself. */
  readonly isForOneself: boolean
}

/** Lets pass an admin of the instance, a manager of the VO or of the group, and whoever acts on nobody but themselves. */
export async function requireRight(tx: Tx, { actor, vo, group, users, isForOneself }: Wish): Promise<void> {
  const { rows } = await tx.query<{ person_id: number; is_oneself: boolean }>(
    `select i.person_id, not exists (
       select 1 from unnest($2::text[]) as u(ref) left join identity o on o.ref = u.ref where o.person_id is distinct from i.person_id
     ) as is_oneself
     from identity i where i.ref = $1`,
    [actor, users],
  )
  const [person] = rows
  if (person === undefined) {
    throw new GuildhallError(
      'IDENTITY_UNKNOWN',
      `Cannot act as "${actor}": nobody has this identity; expected one such as "idp/ada"`,
      { facts: { identity: actor } },
    )
  }
  if (isForOneself && person.is_oneself) return
  if (await manages(tx, person.person_id, { vo, group })) return
  const expected = isForOneself ? 'the member, ' : ''
  const managers = group === undefined ? 'a manager of the VO' : 'a manager of the VO or of the group'
  throw new GuildhallError(
    'ACTOR_NOT_ELIGIBLE',
    `Cannot act on members of "${group === undefined ? vo : `${vo}/${group}`}" as "${actor}": expected ${expected}${managers}, or an admin of the instance`,
    { facts: { identity: actor, vo, ...(group === undefined ? {} : { group }) } },
  )
}

async function manages(tx: Tx, person: number, { vo, group }: Pick<Wish, 'vo' | 'group'>): Promise<boolean> {
  const { rowCount } = await tx.query(
    `with named as (
       select '' as vo, jsonb_array_elements(coalesce(spec->'admins', '[]')) as manager from instance
       union all
       select name, jsonb_array_elements(coalesce(spec->'managers', '[]')) from vo where name = $2
       union all
       select vo.name, jsonb_array_elements(coalesce(g.spec->'managers', '[]'))
       from groups g join vo on vo.id = g.vo_id where vo.name = $2 and g.name = $3
     ), managing as (
       select split_part(path, '/', 1) as vo, split_part(path, '/', 2) as name
       from (select case when manager->>'group' like '%/%' then manager->>'group' else vo || '/' || (manager->>'group') end as path
             from named where manager ? 'group') x
     )
     select 1 from named join identity i on i.ref = manager->>'user' where i.person_id = $1
     union all
     select 1 from managing x
     join vo on vo.name = x.vo
     join member mb on (mb.vo_id, mb.person_id) = (vo.id, $1) and mb.status = 'VALID'
     where x.name = 'members' or exists (
       select 1 from groups g join closure c on c.above = g.id
       join membership m on m.group_id = c.below and m.person_id = $1 and m.status = 'VALID'
       where g.vo_id = vo.id and g.name = x.name)
     limit 1`,
    [person, vo, group ?? null],
  )
  return rowCount === 1
}
