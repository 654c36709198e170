import type { Values } from '../../../core/expressions/compile.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Db } from '../../pool.ts'

/** Somebody by an identity, on a day of a VO. */
export interface Somebody {
  readonly identity: IdentityRef
  readonly vo: number
  readonly today: string
}

interface PersonRow {
  readonly identities: readonly string[] | null
  readonly loas: readonly number[]
  readonly groups: readonly string[]
  readonly values: Readonly<Record<string, JsonValue>>
}

/**
 * Reads what expressions of forms and steps see of a person: attributes of `user` and the lists that every person has. Of who is
 * not known yet that is the identity alone, with the level of its source.
 */
export async function readPersonValues(db: Db, { identity, vo, today }: Somebody): Promise<Values> {
  const { rows } = await db.query<PersonRow>(
    `with asked as (select i.person_id from identity i where i.ref = $1)
     select (select p.identities from person p join asked on p.id = asked.person_id) as identities,
       coalesce(
         (select array_agg(distinct l.loa order by l.loa) from asked cross join lateral levels_on(asked.person_id, $2::date, zone_of($3)) l),
         case when not exists (select from asked) then
           (select array[(s.spec->>'loa')::integer] from source s where s.name = split_part($1, '/', 1) and s.spec ? 'loa') end,
         '{}') as loas,
       array(
         select distinct vo.name || '/' || g.name from asked
         join membership m on m.person_id = asked.person_id and m.status = 'VALID' and m.group_id is not null
         join member mb on (mb.vo_id, mb.person_id) = (m.vo_id, m.person_id) and mb.status = 'VALID'
         join closure c on c.below = m.group_id
         join groups g on g.id = c.above and not g.is_members
         join vo on vo.id = g.vo_id order by 1) as groups,
       coalesce((
         select jsonb_object_agg(d.name, coalesce(v.value, d.spec->'default'))
         from (
           select name, spec from attribute_definition where name like 'user.%'
           union all
           select name, '{}'::jsonb from (values ('user.login'), ('user.displayName'), ('user.email'), ('user.sshKeys')) b(name)
           where not exists (select from attribute_definition a where a.name = b.name)
         ) d
         left join asked on true
         left join attribute_value v on (v.attribute, v.subject, v.object) = (d.name, asked.person_id, 0)
         where coalesce(v.value, d.spec->'default') is not null), '{}') as values`,
    [identity, today, vo],
  )
  const [found] = rows
  return {
    ...found?.values,
    'user.identities': [...(found?.identities ?? [identity])].sort(),
    'user.loas': [...(found?.loas ?? [])],
    'user.groups': [...(found?.groups ?? [])],
  }
}
