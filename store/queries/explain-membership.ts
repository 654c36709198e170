import type { WhyMembershipAnswer } from '../../core/model/answers.ts'
import type { MemberStatus } from '../../core/model/state.ts'
import { isHolding } from '../is-holding.ts'
import type { Db } from '../pool.ts'
import { bansFrom } from './explain-bans.ts'
import { aboutMembership, acceptanceDue, memberOf, type AskedMember } from './explain-member.ts'
import { findPerson } from './find-person.ts'
import { findSet } from './find-set.ts'
import type { AsOf } from './standing.ts'

/** Who is asked about, and in which VO. */
interface Question {
  readonly identity: string
  readonly vo: string
  /** What is due or lapsed by now. */
  readonly askedAt: Date
  /** Without it, now. */
  readonly asOf?: AsOf
}

/** Tells how a person stands in a VO, and why: the rows that lead there, and what is missing to be VALID or keeps them out. */
export async function explainMembership(
  db: Db,
  { identity, vo, askedAt, asOf }: Question,
): Promise<WhyMembershipAnswer> {
  const person = await findPerson(db, identity)
  const { vo: voId, standing } = await findSet(db, { vo, asOf, askedAt })
  const asked = { ...(await memberOf(db, { ...person, voId, vo, standing })), askedAt }
  const { memberStatus: status, memberReason: reason, memberExpires: expires } = asked
  const terms = standing.isPast ? undefined : await termsOf(db, asked)
  const values = standing.isPast ? [] : await valuesOf(db, asked)
  return {
    status,
    ...(reason === null ? {} : { reason }),
    ...(expires === null ? {} : { expires }),
    rows: await rowsOf(db, asked),
    ...(values.length === 0 ? {} : { values }),
    levels: await levelsOf(db, asked),
    ...(terms === undefined ? {} : { terms }),
    missing: [
      ...(await whetherOver(db, asked)),
      ...(await bansFrom(db, asked, { vos: [voId] })),
      ...(await aboutMembership(db, asked, [])),
      ...(status === 'VALID' && !standing.isPast ? await acceptanceDue(db, asked) : []),
    ],
  }
}

/** Rows of the VO itself first; those that hold the person in the VO before the others. */
async function rowsOf(db: Db, { voId, vo, personId, standing }: AskedMember): Promise<WhyMembershipAnswer['rows']> {
  const relations = standing.relations(3)
  const { rows } = await db.query<{
    group: string | null
    holds: boolean
    origin: string
    by: string | null
    status: MemberStatus
    expires: string | null
    file: string | null
    line: number | null
  }>(
    `select g.name as "group", ${isHolding} as holds,
       case m.origin when 'sync' then 'sync:' || m.origin_name else m.origin end as origin, by.identities[1] as by,
       m.status, m.expires::text as expires, m.file, m.line
     from ${relations.membership} m
     left join ${relations.group} g on g.id = m.group_id
     left join person by on m.origin = 'sponsor' and by.id = case when m.origin_name ~ '^[0-9]+$' then m.origin_name::integer end
     where (m.vo_id, m.person_id) = ($1, $2)
     order by m.group_id is not null, 2 desc, g.name, 3, 4`,
    [voId, personId, ...standing.moment],
  )
  return rows.map(({ group, holds, origin, by, status, expires, file, line }) => ({
    ...{ place: group === null ? vo : `${vo}/${group}`, holds, origin },
    ...(by === null ? {} : { by }),
    status,
    ...(expires === null ? {} : { expires }),
    ...(file === null || line === null ? {} : { file, line }),
  }))
}

/** What sources say of the person and the member, by name; what it is, whoever may read it is told elsewhere. */
async function valuesOf(db: Db, { voId, personId }: AskedMember): Promise<NonNullable<WhyMembershipAnswer['values']>> {
  const { rows } = await db.query<{ name: string; origin: string; before: readonly string[] | null }>(
    `select v.attribute as name, 'sync:' || v.source as origin, (
         select array_agg(o.source order by o.source) from attribute_aside o
         where (o.attribute, o.subject, o.object) = (v.attribute, v.subject, v.object)) as before
     from attribute_value v
     where v.subject = $2 and v.origin = 'sync' and v.source is not null
       and (v.attribute like 'user.%' and v.object = 0 or v.attribute like 'member.%' and v.object = $1)
     order by 1`,
    [voId, personId],
  )
  return rows.map(({ name, origin, before }) => ({ name, origin, ...(before === null ? {} : { before }) }))
}

/** Of then only where they were kept, which is while an offer asked for one. */
async function levelsOf(db: Db, { voId, personId, askedAt, standing }: AskedMember): Promise<readonly number[] | null> {
  const { rows } = await db.query<{ levels: number[] }>(
    standing.isPast
      ? 'select levels from levels_at($3) where (vo_id, person_id) = ($1, $2)'
      : `select array(select distinct loa from levels_on($2, day_of($3, zone_of($1)), zone_of($1)) order by 1) as levels`,
    [voId, personId, ...(standing.isPast ? standing.moment : [askedAt])],
  )
  return rows[0]?.levels ?? null
}

async function termsOf(db: Db, { voId, personId }: AskedMember): Promise<WhyMembershipAnswer['terms']> {
  const { rows } = await db.query<{ version: string; accepted: string | null; at: Date | null }>(
    `select vo.spec->'terms'->>'version' as version, last.version as accepted, last.at
     from vo left join lateral (
       select a.version, a.at from terms_acceptance a
       where (a.vo_id, a.person_id) = (vo.id, $2) order by a.at desc, a.id desc limit 1
     ) last on true
     where vo.id = $1 and vo.spec ? 'terms'`,
    [voId, personId],
  )
  const [found] = rows
  if (found === undefined) return undefined
  const { version, accepted, at } = found
  return {
    version,
    ...(accepted === null || at === null ? {} : { accepted: { version: accepted, at: at.toISOString() } }),
  }
}

async function whetherOver(db: Db, { voId, vo, standing }: AskedMember): Promise<WhyMembershipAnswer['missing']> {
  const over = standing.isPast
    ? 'over_at($2::timestamptz)'
    : '(select kind, id from ending where over_since is not null)'
  const { rows } = await db.query(`select from ${over} o where o.kind = 'VO' and o.id = $1`, [voId, ...standing.moment])
  const verb = standing.isPast ? 'was' : 'is'
  return rows.map(() => ({ code: 'vo-expired', message: `VO "${vo}" ${verb} over: nobody has access by it` }))
}
