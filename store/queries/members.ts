import type { ListedMember, MembersAnswer } from '../../core/model/answers.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { isHolding } from '../is-holding.ts'
import type { Db } from '../pool.ts'
import { readMemberMarks, type MemberMarks } from './marked-members.ts'
import { findSet, type FoundSet } from './find-set.ts'
import { keptBy } from './kept-by.ts'
import { lackedByInvalid } from './lacked-by-invalid.ts'
import type { AsOf, Standing } from './standing.ts'

interface Row {
  readonly identities: readonly string[]
  readonly status: ListedMember['status']
  readonly direct: boolean
  readonly origins: readonly string[]
  readonly expires: string | null
  readonly banned: boolean
  /** Why the member has this status, where a person said so. */
  readonly reason?: string | null
}

const originName = `case m.origin when 'sync' then 'sync:' || m.origin_name else m.origin end collate "C"`

/** Whose members are listed, and when. */
interface Asked {
  readonly vo: string
  readonly group?: string
  /** Without it, now. */
  readonly asOf?: AsOf
  readonly askedAt?: Date
}

/** Lists the members of a VO, or the effective members of one of its groups, as they are or as they were. */
export async function listMembers(db: Db, { vo, group, asOf, askedAt }: Asked): Promise<MembersAnswer> {
  const found = await findSet(db, { vo, group, asOf, askedAt })
  const { standing } = found
  const rows = found.group === undefined ? await ofVo(db, found.vo, standing) : await ofGroup(db, found.group, standing)
  const marks = await readMemberMarks(db, found.vo, standing)
  // Which facts were missing then is not kept.
  const isTold = askedAt !== undefined && !standing.isPast && rows.some(({ status }) => status === 'INVALID')
  const lacked = isTold ? await lackedByInvalid(db, found.vo, askedAt) : undefined
  const members = rows.map(({ identities, status, direct, origins, expires, banned, reason }) => ({
    ...{ user: identities[0] ?? '', identities, status, direct, origins },
    ...(expires === null ? {} : { expires }),
    ...(banned ? ({ banned: true } as const) : {}),
    ...(reason === null || reason === undefined || reason === '' ? {} : { reason }),
    ...lackedBy(lacked, identities[0] ?? ''),
    ...markedBy(marks, identities[0] ?? ''),
  }))
  return { members, ...(await ruleOf(db, found)), ...(await sourceOf(db, found)) }
}

/** Which source kept a group then is not kept. */
async function sourceOf(db: Db, { group, standing }: FoundSet): Promise<Pick<MembersAnswer, 'source'>> {
  if (group === undefined || standing.isPast) return {}
  const { rows } = await db.query<Required<Pick<MembersAnswer, 'source'>>>(
    `select ${keptBy} as source from groups g where g.id = $1 and ${keptBy} is not null`,
    [group],
  )
  return rows[0] ?? {}
}

/** Which rules there were is not kept. */
async function ruleOf(db: Db, { group, standing }: FoundSet): Promise<Pick<MembersAnswer, 'rule'>> {
  if (group === undefined || standing.isPast) return {}
  const { rows } = await db.query<Required<MembersAnswer>['rule']>(
    `select g.spec->>'where' as "where", r.file, r.line from rule r join groups g on g.id = r.group_id where g.id = $1`,
    [group],
  )
  const [rule] = rows
  return rule === undefined ? {} : { rule }
}

function lackedBy(
  lacked: ReadonlyMap<IdentityRef, readonly string[]> | undefined,
  user: IdentityRef,
): Pick<ListedMember, 'missing'> {
  const missing = lacked?.get(user)
  return missing === undefined ? {} : { missing }
}

function markedBy(
  { sponsors, serviceAccounts }: MemberMarks,
  user: IdentityRef,
): Pick<ListedMember, 'serviceAccount' | 'sponsors'> {
  const named = sponsors.get(user)
  return {
    ...(named === undefined ? {} : { sponsors: named }),
    ...(serviceAccounts.has(user) ? { serviceAccount: true } : {}),
  }
}

async function ofVo(db: Db, vo: number, { relations, moment }: Standing): Promise<Row[]> {
  const { member, membership, ban } = relations(2)
  const { rows } = await db.query<Row>(
    `select p.identities, mb.status, coalesce(made.direct, false) as direct, coalesce(made.origins, '{}') as origins, made.expires, mb.reason,
       exists (select from ${ban} b where b.vo_id = mb.vo_id and b.person_id = mb.person_id) as banned
     from ${member} mb
     join person p on p.id = mb.person_id
     left join (
       select m.person_id, bool_or(m.group_id is null) as direct,
         array_agg(distinct ${originName} order by ${originName}) as origins,
         case when bool_and(m.expires is not null) then max(m.expires)::text end as expires
       from ${membership} m
       where m.vo_id = $1 and ${isHolding}
       group by 1
     ) made on made.person_id = mb.person_id
     where mb.vo_id = $1
     order by p.identities[1]`,
    [vo, ...moment],
  )
  return rows
}

async function ofGroup(db: Db, group: number, standing: Standing): Promise<Row[]> {
  const { relations, moment } = standing
  const { member, membership, closureOf, ban } = relations(2)
  const isOver = await isGroupOver(db, group, standing)
  const { rows } = await db.query<Row>(
    `select p.identities, greatest(mb.status, made.status${isOver ? ", 'EXPIRED'" : ''}) as status, made.direct, made.origins, made.expires,
       exists (select from ${ban} b where b.vo_id = mb.vo_id and b.person_id = mb.person_id) as banned
     from (
       select m.vo_id, m.person_id, min(m.status) as status, bool_or(m.group_id = $1) as direct,
         array_agg(distinct ${originName} order by ${originName}) as origins,
         case when bool_and(m.expires is not null) then max(m.expires)::text end as expires
       from ${isOver ? 'group_with_below($1::integer)' : closureOf('$1::integer')} c join ${membership} m on m.group_id = c.below
       group by 1, 2
     ) made
     join ${member} mb on (mb.vo_id, mb.person_id) = (made.vo_id, made.person_id)
     join person p on p.id = made.person_id
     order by p.identities[1]`,
    [group, ...moment],
  )
  return rows
}

/** Its people stay in a group that is over, and are EXPIRED in it. */
async function isGroupOver(db: Db, group: number, { isPast, moment, relations }: Standing): Promise<boolean> {
  const over = isPast ? 'over_at($2::timestamptz)' : 'ending'
  const { group: groups } = relations(2)
  const { rows } = await db.query<{ over: boolean }>(
    `select exists (
       select from ${over} o join ${groups} g on g.id = $1
       where (o.kind = 'Group' and o.id = g.id or o.kind = 'VO' and o.id = g.vo_id)
         ${isPast ? '' : 'and o.over_since is not null'}) as over`,
    [group, ...moment],
  )
  return rows[0]?.over === true
}
