import type { ListedMember, MembersAnswer } from '../../core/model/answers.ts'
import type { Db } from '../pool.ts'
import { endedPlaces } from './explain-endings.ts'
import { findResource, type FoundResource } from './find-resource.ts'
import type { AsOf } from './standing.ts'
import { waysTo } from './ways.ts'

/** Whose access is listed: everybody's to this resource. */
interface Asked {
  readonly vo: string
  readonly resource: string
  readonly askedAt: Date
  /** Without it, now. */
  readonly asOf?: AsOf
}

/** Lists whom rows lead to a resource, with access or without, and by which groups; of each what `explain` says. */
export async function listAccess(db: Db, asked: Asked): Promise<MembersAnswer> {
  const place = await findResource(db, asked)
  const ended = await endedPlaces(db, place)
  const isOpen = place.isWithinOffer && ended.length === 0
  const rows = await peopleOf(db, place)
  const members = rows.map(({ identities, status, direct, origins, banned, lacksLevel, through }) => ({
    ...{ user: identities[0] ?? '', identities, status, direct, origins },
    ...(banned ? ({ banned: true } as const) : {}),
    access: isOpen && status === 'VALID' && !banned && !lacksLevel,
    through,
  }))
  return { members }
}

interface Row extends Pick<ListedMember, 'direct' | 'identities' | 'origins' | 'status'> {
  readonly banned: boolean
  readonly lacksLevel: boolean
  readonly through: readonly { readonly group: string; readonly row: string; readonly origin?: string }[]
}

/**
 * Of the ways of a person those count whose VO does not ban them, then those whose VO knows them with a level that the offer takes;
 * where none is left, all of them, and that is what is missing. Where levels of then are not kept, it is left open.
 */
async function peopleOf(db: Db, { resourceId, facilityId, accepts, standing }: FoundResource): Promise<readonly Row[]> {
  const { vo, group, ban } = standing.relations(4)
  const levels = standing.isPast ? 'levels_at($4)' : 'member'
  const { rows } = await db.query<Row>(
    `with way as materialized (
       select w.*, top.name as top_name, top.vo_id,
         exists (select from ${ban} b where b.vo_id = top.vo_id and b.person_id = w.person_id) as is_banned,
         ${accepts === null ? 'true' : 'coalesce(l.levels && $3::smallint[], false)'} as is_accepted,
         ${accepts === null || !standing.isPast ? 'false' : 'l.levels is null'} as is_open
       from (${waysTo(standing, 4, () => 'true')}) w
       join ${group} top on top.id = w.assigned
       ${accepts === null ? '' : `left join ${levels} l on (l.vo_id, l.person_id) = (top.vo_id, w.person_id)`}
     ), unbanned as (
       select * from (select way.*, bool_and(is_banned) over (partition by person_id) as all_banned from way) w
       where all_banned or not is_banned
     ), judged as (
       select u.*, bool_or(is_accepted) over person as some_accepted, bool_or(is_open) over person as some_open
       from unbanned u window person as (partition by person_id)
     ), counted as (
       select * from judged where case when some_accepted then is_accepted when some_open then is_open else true end
     )
     select p.identities, min(c.status) as status, bool_or(c.row_group = c.assigned) is true as direct,
       coalesce(array_agg(distinct c.origin collate "C" order by c.origin collate "C") filter (where c.origin is not null), '{}') as origins,
       bool_or(c.all_banned) or exists (
         select from ${ban} b where b.person_id = p.id and (b.resource_id = $1 or b.facility_id = $2)) as banned,
       bool_and(not c.some_accepted and not c.some_open) and $3::smallint[] is not null as "lacksLevel",
       jsonb_agg(distinct jsonb_strip_nulls(jsonb_build_object(
         'group', tv.name || '/' || c.top_name, 'row', coalesce(ov.name || '/' || own.name, tv.name), 'origin', c.origin))) as through
     from counted c join person p on p.id = c.person_id
     join ${vo} tv on tv.id = c.vo_id
     left join ${group} own on own.id = c.row_group left join ${vo} ov on ov.id = own.vo_id
     group by p.id, p.identities
     order by p.identities[1]`,
    [resourceId, facilityId, accepts, ...standing.moment],
  )
  return rows
}
