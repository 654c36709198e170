import type { ListedMember, MembersAnswer } from '../../core/model/answers.ts'
import { GuildhallError } from '../../core/errors.ts'
import { didYouMean } from '../../core/model/nearest.ts'
import type { Db } from '../pool.ts'

interface Row {
  readonly identities: readonly string[]
  readonly status: ListedMember['status']
  readonly direct: boolean
  readonly origins: readonly string[]
  readonly expires: string | null
}

const originName = `case m.origin when 'sync' then 'sync:' || m.origin_name else m.origin end collate "C"`

/** Lists the members of a VO, or the effective members of one of its groups. */
export async function listMembers(
  db: Db,
  { vo, group }: { readonly vo: string; readonly group?: string },
): Promise<MembersAnswer> {
  const rows = group === undefined || group === 'members' ? await ofVo(db, vo) : await ofGroup(db, vo, group)
  const members = rows.map(({ identities, status, direct, origins, expires }) => ({
    ...{ user: identities[0] ?? '', identities, status, direct, origins },
    ...(expires === null ? {} : { expires }),
  }))
  return { members }
}

async function ofVo(db: Db, vo: string): Promise<Row[]> {
  const { rows: found } = await db.query<{ id: number }>('select id from vo where name = $1', [vo])
  const id = found[0]?.id
  if (id === undefined) throw await unknownVo(db, vo)
  const { rows } = await db.query<Row>(
    `select p.identities, mb.status, coalesce(made.direct, false) as direct, coalesce(made.origins, '{}') as origins, made.expires
     from member mb
     join person p on p.id = mb.person_id
     left join (
       select m.person_id, bool_or(m.group_id is null) as direct,
         array_agg(distinct ${originName} order by ${originName}) as origins,
         case when bool_and(m.expires is not null) then max(m.expires)::text end as expires
       from membership m
       where m.vo_id = $1 and (m.group_id is null or m.origin in ('config', 'sync', 'rule'))
       group by 1
     ) made on made.person_id = mb.person_id
     where mb.vo_id = $1
     order by p.identities[1]`,
    [id],
  )
  return rows
}

async function ofGroup(db: Db, vo: string, group: string): Promise<Row[]> {
  const { rows: found } = await db.query<{ id: number }>(
    'select g.id from groups g join vo on vo.id = g.vo_id where vo.name = $1 and g.name = $2',
    [vo, group],
  )
  const id = found[0]?.id
  if (id === undefined) throw await unknownGroup(db, vo, group)
  const { rows } = await db.query<Row>(
    `select p.identities, greatest(mb.status, made.status) as status, made.direct, made.origins, made.expires
     from (
       select m.vo_id, m.person_id, min(m.status) as status, bool_or(m.group_id = $1) as direct,
         array_agg(distinct ${originName} order by ${originName}) as origins,
         case when bool_and(m.expires is not null) then max(m.expires)::text end as expires
       from closure c join membership m on m.group_id = c.below
       where c.above = $1
       group by 1, 2
     ) made
     join member mb on (mb.vo_id, mb.person_id) = (made.vo_id, made.person_id)
     join person p on p.id = made.person_id
     order by p.identities[1]`,
    [id],
  )
  return rows
}

async function unknownVo(db: Db, vo: string): Promise<GuildhallError> {
  const { rows } = await db.query<{ name: string }>('select name from vo order by name')
  return unknown(`VO "${vo}"`, didYouMean(vo, namesOf(rows)))
}

async function unknownGroup(db: Db, vo: string, group: string): Promise<GuildhallError> {
  const { rows: vos } = await db.query('select from vo where name = $1', [vo])
  if (vos.length === 0) return unknownVo(db, vo)
  const { rows } = await db.query<{ name: string }>(
    'select g.name from groups g join vo on vo.id = g.vo_id where vo.name = $1 order by g.name',
    [vo],
  )
  return unknown(`group "${vo}/${group}"`, didYouMean(group, namesOf(rows)))
}

function namesOf(rows: readonly { readonly name: string }[]): string[] {
  return rows.map(({ name }) => name)
}

function unknown(what: string, hint: string): GuildhallError {
  const message = `Cannot list members of ${what}: it is not in force${hint}`
  return new GuildhallError('OBJECT_UNKNOWN', message, { facts: { what } })
}
