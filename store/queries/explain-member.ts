import type { WhyAnswer } from '../../core/model/answers.ts'
import type { MemberStatus } from '../../core/model/state.ts'
import { hasValue } from '../changes/settle-members.ts'
import type { Db } from '../pool.ts'
import { whyNotDerived } from './explain-derived.ts'
import type { Standing } from './standing.ts'

type Fact = WhyAnswer['missing'][number]

/** A person in a VO, about whom is asked. */
export interface AskedMember {
  readonly personId: number
  readonly user: string
  readonly voId: number
  readonly vo: string
  /** Null where the person is no member of the VO. */
  readonly memberStatus: MemberStatus | null
  /** The first day on which the membership of the VO is over, where it has one. */
  readonly memberExpires: string | null
  /** Why the membership has its status, where somebody or something said so. */
  readonly memberReason: string | null
  /** Of a question about a resource. */
  readonly resourceId?: number
  readonly facilityId?: number
  /** What is due or lapsed by now. */
  readonly askedAt: Date
  readonly standing: Standing
}

/** Reads how a person stands in a VO; dates of then are told by the rows alone. */
export async function memberOf(
  db: Db,
  asked: Pick<AskedMember, 'personId' | 'standing' | 'user' | 'vo' | 'voId'>,
): Promise<Omit<AskedMember, 'askedAt'>> {
  const { voId, personId, standing } = asked
  const { rows } = await db.query<{ status: MemberStatus; expires: string | null; reason: string | null }>(
    `select status, ${standing.isPast ? 'null' : 'expires::text'} as expires, nullif(reason, '') as reason
     from ${standing.relations(3).member} mb where (vo_id, person_id) = ($1, $2)`,
    [voId, personId, ...standing.moment],
  )
  const { status = null, expires = null, reason = null } = rows[0] ?? {}
  return { ...asked, memberStatus: status, memberExpires: expires, memberReason: reason }
}

/** Tells why the membership in the VO itself gives no access; nothing where it is VALID. */
export async function aboutMembership(db: Db, asked: AskedMember, left: readonly Fact[]): Promise<readonly Fact[]> {
  const { user, vo, memberStatus } = asked
  if (memberStatus === null) {
    const message = `"${user}" is not a member of VO "${vo}"${await whoMayBe(db, asked)}`
    return [{ code: 'not-a-member', message }]
  }
  if (memberStatus === 'VALID') return []
  if (memberStatus === 'INVALID' && !asked.standing.isPast) {
    return [
      ...[...(await levelLacked(db, asked)), ...(await acceptanceDue(db, asked)), ...(await lackedByVo(db, asked))],
      ...[...left, ...(await lackedElsewhere(db, asked))],
    ]
  }
  const message = `the membership of "${user}" in VO "${vo}" is ${memberStatus}${ending(asked)}`
  return [{ code: 'member-not-valid', message }]
}

/** What an exclusive VO says of its members; of then only who was one is known. */
async function whoMayBe(db: Db, { voId, standing }: AskedMember): Promise<string> {
  if (standing.isPast) return ''
  const { rows } = await db.query<{ file: string; line: number }>(
    `select file, line_of(key_lines, 'exclusive', line) as line from vo where id = $1 and is_exclusive(vo)`,
    [voId],
  )
  const [found] = rows
  if (found === undefined) return ''
  return `, which has only those whom ${found.file}:${found.line} names and who are in its groups by git, a source or a rule`
}

async function levelLacked(db: Db, { user, vo, voId, personId, askedAt }: AskedMember): Promise<Fact[]> {
  const { rows } = await db.query<{ accepted: readonly number[]; levels: readonly number[] }>(
    `select vo.spec->'requires'->'loa' as accepted,
       array(select distinct loa from levels_on($2, day.today, zone_of($1)) order by 1) as levels
     from vo cross join lateral (select day_of($3, zone_of($1)) as today) day
     where vo.id = $1 and lacks_level(vo, $2, day.today)`,
    [voId, personId, askedAt],
  )
  return rows.map(({ accepted, levels }) => {
    const has = levels.length === 0 ? 'none is known' : `theirs is ${levels.join(', ')}`
    const message = `"${user}" has no identity of LoA ${accepted.join(' or ')}, which VO "${vo}" requires: ${has}`
    return { code: 'loa-missing', message }
  })
}

/** Terms that wait to be accepted, whether the time for it is over or not. */
export async function acceptanceDue(db: Db, { user, vo, voId, personId, askedAt }: AskedMember): Promise<Fact[]> {
  const { rows } = await db.query<{ version: string; since: string; by: string; is_over: boolean }>(
    `select v.version, day_of(v.since, day.zone)::text as since, mb.accept_by::text as by, mb.accept_by <= day.today as is_over
     from vo join member mb on (mb.vo_id, mb.person_id) = (vo.id, $2)
     cross join lateral (select zone_of(vo.id) as zone, day_of($3, zone_of(vo.id)) as today) day
     cross join lateral (
       select * from terms_version v where v.vo_id = vo.id and not v.closed order by v.id desc limit 1) v
     where vo.id = $1 and mb.accept_by is not null and owes_acceptance(vo, $2, day.today, day.zone)`,
    [voId, personId, askedAt],
  )
  return rows.map(({ version, since, by, is_over: isOver }) => {
    const terms = `version "${version}" of the terms of VO "${vo}", in force since ${since}`
    return isOver
      ? { code: 'terms-missing', message: `"${user}" has not accepted ${terms}; the time for it was over on ${by}` }
      : { code: 'terms-due', message: `"${user}" has to accept ${terms}, before ${by}` }
  })
}

async function lackedByVo(db: Db, asked: AskedMember): Promise<Fact[]> {
  const { user, vo, voId, personId } = asked
  const { rows } = await db.query<{ attribute: string }>(
    `select q.attribute from vo_requirement q
     where q.vo_id = $1 and not ${hasValue(`when 'member' then $1`, '$2')}
     order by 1`,
    [voId, personId],
  )
  return explained(
    db,
    asked,
    rows.map(({ attribute }) => ({
      attribute,
      message: `"${user}" has no ${attribute}, which VO "${vo}" requires`,
    })),
  )
}

/** Of what somebody has no value, and by which group they would have one. */
interface Lacked {
  readonly attribute: string
  readonly message: string
  readonly groupId?: number | null
  readonly voId?: number | null
}

/** Adds, of derived values, why there is none. */
export async function explained(db: Db, asked: AskedMember, lacked: readonly Lacked[]): Promise<Fact[]> {
  const facts: Fact[] = []
  for (const { attribute, message, groupId = null, voId } of lacked) {
    const reasons = await whyNotDerived(db, [attribute], { ...asked, groupId, voId: voId ?? asked.voId })
    const reason = reasons.get(attribute)
    facts.push({ code: 'attribute-missing', message: reason === undefined ? message : `${message}: ${reason}` })
  }
  return facts
}

function ending({ memberStatus, memberExpires }: AskedMember): string {
  return memberStatus === 'EXPIRED' && memberExpires !== null ? `: it ended on ${memberExpires}` : ''
}

/** Whether a way `w` of person $2 lacks what `q` asks for; where there is no way, what $3, the VO, has. */
export const isLacked = `not exists (
  select 1 from attribute_value v
  where v.attribute = q.attribute and v.subject = $2
    and v.object = case q.holder when 'member' then coalesce(w.vo_id, $3) when 'user-facility' then q.facility_id
      when 'member-resource' then q.resource_id when 'member-group' then w.group_id else 0 end)`

export interface LackedRow {
  readonly attribute: string
  readonly service: string
  readonly groupId: number | null
  readonly voId: number | null
}

/** The group by whose way a value is missing, and its VO, where the value is of a member of the group. */
export const byGroup = `case when q.holder = 'member-group' then w.group_id end as "groupId",
  case when q.holder = 'member-group' then w.vo_id end as "voId"`

/** What keeps a new member INVALID may lie on another resource that the person reaches. */
async function lackedElsewhere(db: Db, asked: AskedMember): Promise<Fact[]> {
  const { user, resourceId, personId, voId } = asked
  const { rows } = await db.query<{ attribute: string; service: string; resource: string }>(
    `select distinct q.attribute, s.name as service, rv.name || '/' || r.name as resource
     from reach w join service_requirement q on q.resource_id = w.resource_id
     join service s on s.id = q.service_id join resource r on r.id = q.resource_id join vo rv on rv.id = r.vo_id
     where w.person_id = $2 and w.vo_id = $3 and q.resource_id is distinct from $1 and ${isLacked}
     order by 3, 2, 1`,
    [resourceId ?? null, personId, voId],
  )
  return explained(
    db,
    asked,
    rows.map(({ attribute, service, resource }) => ({
      attribute,
      message: `"${user}" has no ${attribute}, which service "${service}" on resource "${resource}" requires of a new member`,
    })),
  )
}
