import type { WhyAnswer } from '../../core/model/answers.ts'
import { compareText } from '../../core/model/compare.ts'
import type { MemberStatus } from '../../core/model/state.ts'
import { deliveryLines } from '../deliveries.ts'
import type { Db } from '../pool.ts'
import { notInForce } from './not-in-force.ts'
import { chainOf, type Way } from './explain-chain.ts'
import { bansFrom } from './explain-bans.ts'
import { findPerson } from './find-person.ts'
import type { AskedMember } from './explain-member.ts'
import { missingFacts } from './explain-missing.ts'
import { acceptedWays } from './explain-levels.ts'
import { whatIsOver } from './explain-endings.ts'
import { servicesWithout } from './explain-deliver.ts'
import { now, standingAt, type AsOf } from './standing.ts'

const originName = `case m.origin when 'sync' then 'sync:' || m.origin_name else m.origin end`

/** Who and what a question is about. */
export interface Asked extends AskedMember {
  readonly resourceId: number
  readonly resource: string
  readonly facilityId: number
  readonly facility: string
  readonly isWithinOffer: boolean
  /** The levels of assurance that the offer asks for, null where any will do. */
  readonly accepts: readonly number[] | null
  /** The offer's name, where the resource names it. */
  readonly offer: string | null
  readonly resourceFile: string
  readonly resourceLine: number
  readonly facilityFile: string
  readonly facilityLine: number
}

/** Who is asked about, and which resource. */
interface Question {
  readonly identity: string
  readonly vo: string
  readonly resource: string
  /** What is due or lapsed by now. */
  readonly askedAt: Date
  /** Without it, now. */
  readonly asOf?: AsOf
}

/** Explains by which chain of facts a person has access to a resource, or which fact is missing, the nearest first. */
export async function explain(db: Db, question: Question): Promise<WhyAnswer> {
  const asked = await findAsked(db, question)
  const all = await waysOf(db, asked)
  const unbanned = all.filter(({ bannedFrom }) => bannedFrom === null)
  const levels = await acceptedWays(db, asked, unbanned.length > 0 ? unbanned : all)
  const { ways } = levels
  const [best, ...others] = ways
  const bans = await bansOf(db, asked, ways)
  const status = best?.status ?? asked.memberStatus
  const over = await whatIsOver(db, asked, { hasWay: best !== undefined })
  const isEnded = over.some(({ code }) => code !== 'resource-expired')
  const hindrances = [...over, ...bans, ...levels.missing]
  const access = best?.status === 'VALID' && asked.isWithinOffer && hindrances.length === 0
  return {
    access,
    status,
    ...(asked.memberReason === null ? {} : { reason: asked.memberReason }),
    chain: best === undefined ? [] : await chainOf(db, asked, [best, ...others.filter((way) => way.status === status)]),
    origins: [...new Set(ways.flatMap(({ origin }) => origin ?? []))].sort(compareText),
    missing: [
      ...[...hindrances, ...levels.open, ...(await missingFacts(db, asked, { access, way: best, isEnded }))],
      ...(await servicesWithout(db, asked, { expired: status === 'EXPIRED', banned: bans.length > 0 })),
    ],
    deliveries: await deliveriesOf(db, asked),
  }
}

async function findAsked(db: Db, { identity, vo, resource, askedAt, asOf }: Question): Promise<Asked> {
  const person = await findPerson(db, identity)
  const { rows } = await db.query<Omit<Asked, 'askedAt' | 'personId' | 'standing' | 'user'>>(
    `select vo.id as "voId", vo.name as vo, r.id as "resourceId", r.name as resource, f.id as "facilityId", f.name as facility,
       r.within_offer as "isWithinOffer", r.accepts, r.spec->>'offer' as offer, r.file as "resourceFile", r.line as "resourceLine",
       f.file as "facilityFile", f.line as "facilityLine",
       m.status as "memberStatus", m.expires::text as "memberExpires",
       nullif(m.reason, '') as "memberReason"
     from resource r join vo on vo.id = r.vo_id join facility f on f.id = r.facility_id
     left join member m on (m.vo_id, m.person_id) = (vo.id, $3)
     where vo.name = $1 and r.name = $2`,
    [vo, resource, person.personId],
  )
  const found = rows[0]
  const known = { ...person, askedAt }
  if (found !== undefined && asOf === undefined) return { ...known, ...found, standing: now }
  if (found !== undefined && asOf !== undefined) {
    const standing = await standingAt(db, { asOf, askedAt, vo: found.voId })
    const then = { ...known, ...found, standing }
    return { ...then, ...(await memberThen(db, then)), ...(await offerThen(db, then)) }
  }
  throw await notInForce(db, 'explain access to', { kind: 'resource', vo, name: resource })
}

/** What the member was, and why; dates of then are not told. */
async function memberThen(
  db: Db,
  { voId, personId, standing }: Pick<Asked, 'voId' | 'personId' | 'standing'>,
): Promise<Pick<Asked, 'memberExpires' | 'memberReason' | 'memberStatus'>> {
  const { rows } = await db.query<{ status: MemberStatus; reason: string | null }>(
    `select status, nullif(reason, '') as reason from ${standing.relations(3).member} where (vo_id, person_id) = ($1, $2)`,
    [voId, personId, ...standing.moment],
  )
  const { status = null, reason = null } = rows[0] ?? {}
  return { memberStatus: status, memberExpires: null, memberReason: reason }
}

/** What the offer asked for, and whether the resource lay within it. */
async function offerThen(
  db: Db,
  { resourceId, standing }: Pick<Asked, 'resourceId' | 'standing'>,
): Promise<Pick<Asked, 'accepts' | 'isWithinOffer' | 'offer'>> {
  const { rows } = await db.query<Pick<Asked, 'accepts' | 'isWithinOffer'>>(
    `select within_offer as "isWithinOffer", accepts from offer_at($1, $2)`,
    [resourceId, ...standing.moment],
  )
  const { isWithinOffer = true, accepts = null } = rows[0] ?? {}
  return { isWithinOffer, accepts, offer: null }
}

/** Each row that leads the person to the resource, the best status first, then by name. */
async function waysOf(db: Db, { personId, resourceId, standing }: Asked): Promise<Way[]> {
  const { member, membership, assignment, ban, closureOf } = standing.relations(3)
  const { rows } = await db.query<Way>(
    `select way.*, vo.name || '/' || own.name as "group",
       (select b.vo_id from ${ban} b where b.vo_id = top.vo_id and b.person_id = $2) as "bannedFrom"
     from (
       select rg.group_id as assigned, m.group_id as held, m.group_id as row_group, greatest(mb.status, m.status) as status,
         m.file, m.line, ${originName} as origin
       from ${assignment} rg
       cross join lateral ${closureOf('rg.group_id')} c
       join ${membership} m on m.group_id = c.below and m.person_id = $2
       join ${member} mb on (mb.vo_id, mb.person_id) = (m.vo_id, m.person_id)
       where rg.resource_id = $1
       union all
       select rg.group_id, null, m.group_id, mb.status, m.file, m.line, ${originName}
       from ${assignment} rg
       join groups g on g.id = rg.group_id and g.is_members
       cross join lateral ${closureOf('g.id')} c
       join ${member} mb on mb.vo_id = g.vo_id and mb.person_id = $2
       left join ${membership} m on m.vo_id = g.vo_id and m.person_id = $2
         and (m.group_id is null or m.origin in ('config', 'sync', 'rule'))
       where rg.resource_id = $1
     ) way
     join groups top on top.id = way.assigned
     left join groups own on own.id = way.row_group
     left join vo on vo.id = own.vo_id
     order by way.status, top.name, own.name nulls first, way.origin collate "C"`,
    [resourceId, personId, ...standing.moment],
  )
  return rows
}

/** Bans from the resource, its facility and the VOs that lead there. */
async function bansOf(db: Db, asked: Asked, ways: readonly Way[]): Promise<WhyAnswer['missing']> {
  const vos = ways.length === 0 ? [asked.voId] : ways.flatMap(({ bannedFrom }) => bannedFrom ?? [])
  return bansFrom(db, asked, { vos, resourceId: asked.resourceId, facilityId: asked.facilityId })
}

async function deliveriesOf(db: Db, { resourceId, facility, standing }: Asked): Promise<WhyAnswer['deliveries']> {
  if (standing.isPast) return []
  const { rows } = await db.query<WhyAnswer['deliveries'][number]>(
    `select facility, service, destination, state from (${deliveryLines}) line
     where facility = $2 and service in (
       select s.name from resource_service rs join service s on s.id = rs.service_id where rs.resource_id = $1)
     order by facility, service, destination`,
    [resourceId, facility],
  )
  return rows
}
