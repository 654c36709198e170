import {
  judgeDecision,
  type DecisionVerdict,
  type ReviewDecision,
  type ReviewRole,
} from '../../../core/reviews/decision.ts'
import { groupBy } from '../../../core/model/group-by.ts'
import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'

/** A decision about a person, by whom it is or was taken. */
export interface Deciding {
  readonly decision: ReviewDecision
  /** Who is reviewed. */
  readonly person: UserId
  /** Undefined for the system's own user. */
  readonly reviewer: UserId | undefined
  /** Of `transfer`: who takes over. */
  readonly sponsor: UserId | undefined
  readonly at: Date
}

/** What a decision comes to, and by whose right where that is somebody else's. */
export type JudgedDecision = DecisionVerdict & { readonly standsFor?: UserId }

/** By whose right somebody may decide: their own, or that of one they stand in for. */
interface Candidate extends Deciding {
  /** Of the decisions. */
  readonly place: number
  readonly holder: UserId | undefined
}

interface Fact {
  readonly is_oneself: boolean
  readonly is_owner: boolean
  readonly answers_for: boolean
  readonly is_guest: boolean
  readonly is_sponsor: boolean
}

/**
 * Judges decisions of a review by the roles and documents of now, one verdict each in their order: by the reviewer's own right, else
 * by that of somebody whom they stood in for at that moment.
 */
export async function judgeDecisions(
  tx: Tx,
  review: number,
  decisions: readonly Deciding[],
): Promise<readonly JudgedDecision[]> {
  const candidates = await readCandidates(tx, review, decisions)
  const roles = await readRoles(tx, review, candidates)
  const facts = await readFacts(tx, review, candidates)
  const judged = candidates.map((candidate, index) => {
    const { place, holder, reviewer } = candidate
    const verdict: JudgedDecision = judge(candidate, facts[index], roles.get(holder ?? 0))
    return { place, isOwn: holder === reviewer, verdict: holder === reviewer ? verdict : standingFor(verdict, holder) }
  })
  const byPlace = groupBy(judged, ({ place }) => place)
  return decisions.map((_, place) => choose(byPlace.get(place) ?? []))
}

function standingFor(verdict: JudgedDecision, holder: UserId | undefined): JudgedDecision {
  return holder === undefined ? verdict : { ...verdict, standsFor: holder }
}

interface Judged {
  readonly isOwn: boolean
  readonly verdict: JudgedDecision
}

/** The reviewer's own right goes first; nobody who stands in for whom it is about, and who could decide otherwise, decides about them. */
function choose(judged: readonly Judged[]): JudgedDecision {
  const own = judged.find(({ isOwn }) => isOwn)?.verdict ?? nobody
  if (own.allowed || own.reason !== 'not-eligible') return own
  const others = judged.filter(({ isOwn }) => !isOwn).map(({ verdict }) => verdict)
  const obstacle = others.find((verdict) => !verdict.allowed && verdict.reason !== 'not-eligible')
  return obstacle ?? others.find(({ allowed }) => allowed) ?? own
}

const nobody: DecisionVerdict = {
  ...{ allowed: false, reason: 'not-eligible', message: 'expected one of the reviewers, or an admin of the instance' },
}

const unknownFact: Fact = {
  ...{ is_oneself: false, is_owner: false, answers_for: false, is_guest: false, is_sponsor: false },
}

function judge(
  { decision, reviewer }: Candidate,
  fact: Fact = unknownFact,
  roles: readonly ReviewRole[] = [],
): DecisionVerdict {
  const { is_oneself: isOneself, is_owner: isOwner, answers_for: answersFor } = fact
  const standing = reviewer === undefined ? undefined : { roles, isOneself, isOwner, answersFor }
  return judgeDecision({ decision, reviewer: standing, isGuest: fact.is_guest, isSponsor: fact.is_sponsor })
}

async function readCandidates(tx: Tx, review: number, decisions: readonly Deciding[]): Promise<readonly Candidate[]> {
  const own = decisions.map((deciding, place) => ({ ...deciding, place, holder: deciding.reviewer }))
  const { rows } = await tx.query<{ place: number; holder: UserId }>(
    `select distinct a.place::integer - 1 as place, d.delegator_id as holder
     from review r cross join unnest($2::integer[], $3::timestamptz[]) with ordinality as a(reviewer, at, place)
     cross join lateral delegation_at(a.at) d
     where r.id = $1 and d.delegate_id = a.reviewer and d.application_id is null and (d.vo_id is null or d.vo_id = r.vo_id)
       and not exists (select from ban b where b.vo_id = r.vo_id and b.person_id = a.reviewer)
     order by 1, 2`,
    [review, decisions.map(({ reviewer }) => reviewer ?? null), decisions.map(({ at }) => at)],
  )
  const others = rows.flatMap(({ place, holder }) => {
    const deciding = decisions[place]
    return deciding === undefined ? [] : [{ ...deciding, place, holder }]
  })
  return [...own, ...others]
}

async function readRoles(
  tx: Tx,
  review: number,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<UserId, readonly ReviewRole[]>> {
  const holders = [...new Set(candidates.flatMap(({ holder }) => holder ?? []))]
  const { rows } = await tx.query<{ person: number; roles: readonly ReviewRole[] }>(
    `select p.person, json_agg(json_build_object('role', x.role, 'onlyGuests', x.only_guests)) as roles
     from review r cross join unnest($2::integer[]) as p(person) cross join lateral review_roles(r, p.person) x
     where r.id = $1 group by p.person`,
    [review, holders],
  )
  return new Map(rows.map(({ person, roles }) => [person, roles]))
}

async function readFacts(tx: Tx, review: number, candidates: readonly Candidate[]): Promise<readonly Fact[]> {
  const { rows } = await tx.query<Fact>(
    `with account as materialized (select person_id, owners from owned_account where person_id = any($2))
     select a.person in (a.reviewer, a.holder) as is_oneself,
       exists (select from account o where o.person_id = a.person and array[a.reviewer, a.holder] && o.owners) as is_owner,
       array[a.reviewer, a.holder] && g.sponsors as answers_for, g.sponsors <> '{}' as is_guest,
       a.sponsor is not null and is_sponsor(here, a.sponsor) and a.sponsor <> a.person and a.sponsor <> all(g.sponsors) as is_sponsor
     from unnest($2::integer[], $3::integer[], $4::integer[], $5::integer[]) with ordinality
       as a(person, reviewer, holder, sponsor, place)
     join review r on r.id = $1
     left join vo here on here.id = r.vo_id
     cross join lateral (
       select array(select s.sponsor_id from sponsorship s where (s.vo_id, s.person_id) = (r.vo_id, a.person)) as sponsors) g
     order by a.place`,
    [
      review,
      candidates.map(({ person }) => person),
      candidates.map(({ reviewer }) => reviewer ?? null),
      candidates.map(({ holder }) => holder ?? null),
      candidates.map(({ sponsor }) => sponsor ?? null),
    ],
  )
  return rows
}
