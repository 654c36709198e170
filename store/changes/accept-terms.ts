import { GuildhallError } from '../../core/errors.ts'
import type { Day } from '../../core/lifecycle/calendar.ts'
import { acceptedUntil, renewableFrom, type TermsRules } from '../../core/lifecycle/terms.ts'
import type { IdentityRef, MemberStatus } from '../../core/model/state.ts'
import { lockVos } from '../locks.ts'
import type { Tx } from '../pool.ts'
import { noteActs } from './accounts/note-acts.ts'
import { withConsequences } from './memberships/consequences.ts'
import { findSet } from './memberships/read-standing.ts'
import { unknownActor } from './memberships/rights.ts'
import { settleMembers } from './settle-members.ts'
import { settleAcceptances } from './terms.ts'
import { beginTrail, closeTrail, recordEvents, type Cause } from './trail.ts'
import { unknownIdentities, type UnknownIdentity } from './unknown-identities.ts'

/** Who accepts the terms of a VO. */
export interface AcceptInput {
  readonly vo: string
  readonly requests: readonly AcceptanceOf[]
  readonly reason: string
  /** Nobody accepts for anybody else; without it the caller has the acceptances in writing. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** One person; without a version the one in force; `reason` goes before that of all. */
export interface AcceptanceOf {
  readonly user: IdentityRef
  readonly version?: string | undefined
  readonly reason?: string
}

/** What was accepted, until when it counts and what the member is then, or why nothing was. */
export type AcceptAnswer =
  | {
      readonly user: IdentityRef
      readonly version: string
      readonly accepted: Date
      /** The first day on which it counts no more. */
      readonly until: Day | null
      readonly status: MemberStatus
      /** False where it had been accepted before, and does not have to be again yet. */
      readonly isNew: boolean
    }
  | { readonly user: IdentityRef; readonly refused: { readonly reason: AcceptRefusal; readonly message: string } }

type AcceptRefusal = UnknownIdentity['reason'] | 'no-terms' | 'not-a-member' | 'other-version'

interface Terms extends TermsRules {
  readonly version: string
  readonly sha256: string
  /** What is announced. */
  readonly next?: Pick<Terms, 'sha256' | 'version'>
}

interface Accepting {
  readonly asked: IdentityRef
  readonly person: number
  readonly user: IdentityRef
  readonly status: MemberStatus | null
  /** Of the version in force. */
  readonly accepted: { readonly at: Date; readonly day: Day } | undefined
}

/**
 * Records that people accepted the terms of a VO, in the caller's transaction; who was INVALID for the lack of it is VALID at once.
 * Throws ACTOR_NOT_ELIGIBLE, IDENTITY_UNKNOWN, OBJECT_UNKNOWN, VO_BUSY.
 */
export async function acceptTerms(tx: Tx, input: AcceptInput): Promise<AcceptAnswer[]> {
  const { vo, requests, actor, cause, now } = input
  await lockVos(tx, [vo], { mode: 'shared' })
  const { voId, today } = await findSet(tx, { vo, group: undefined, now })
  const terms = textAskedFor(await readTerms(tx, voId), requests)
  const users = requests.map(({ user }) => user)
  const people = new Map(
    (await readPeople(tx, { vo: voId, users, version: terms?.version })).map((one) => [one.asked, one]),
  )
  const owned = actor === undefined || users.length === 0 ? nobodys : await requireOneself(tx, { actor, vo, users })
  const unknown = await unknownIdentities(tx, { asked: users, known: people, vo: voId })
  const judged = requests.map((request) => judge(request, { vo, terms, people, today, unknown }))
  const accepting = unique(judged.flatMap((one) => (one.kind === 'new' ? [one.person] : [])))
  const reasonOf = reasonsOf(input, people)
  const how = (person: number): How => {
    if (actor === undefined) return 'recorded'
    return owned.accounts.has(person) ? 'owner' : 'self'
  }
  const trail = await beginTrail(tx, cause, now)
  const persons = accepting.map(({ person }) => person)
  if (terms !== undefined && accepting.length > 0) {
    await withConsequences(tx, trail, {
      bearing: { persons, vos: [vo], guarded: undefined },
      change: async () => {
        await writeAcceptances(tx, { vo: voId, persons, terms, hows: persons.map(how), cause, now })
        await settleAcceptances(tx, [vo], persons)
        await settleMembers(tx, trail, { vo: voId, persons, lifted: [] })
      },
    })
    const { version, sha256 } = terms
    const acts = persons.flatMap((person) =>
      how(person) === 'owner' ? [{ person, what: 'terms', reason: reasonOf(person) }] : [],
    )
    await noteActs(tx, { owner: owned.owner, acts, cause, now })
    await recordEvents(
      tx,
      trail,
      accepting.map(({ user, person }) => {
        const personal = { user, version, sha256, how: how(person), reason: reasonOf(person) }
        return { action: 'accept', kind: 'Terms', vo, name: vo, personal }
      }),
    )
  }
  await closeTrail(tx, trail)
  return answersOf(tx, { judged, vo: voId, terms, now, today })
}

/** Of whoever is named twice the first line counts. */
function reasonsOf(
  { requests, reason: usual }: AcceptInput,
  people: ReadonlyMap<IdentityRef, Accepting>,
): (person: number) => string {
  const reasons = new Map<number, string>()
  for (const { user, reason = usual } of requests) {
    const person = people.get(user)?.person
    if (person !== undefined && !reasons.has(person)) reasons.set(person, reason)
  }
  return (person) => reasons.get(person) ?? usual
}

type Judged =
  | { readonly kind: 'refused'; readonly answer: AcceptAnswer }
  | { readonly kind: 'new' | 'standing'; readonly person: Accepting }

interface Around {
  readonly vo: string
  readonly terms: Terms | undefined
  readonly people: ReadonlyMap<IdentityRef, Accepting>
  readonly today: Day
  readonly unknown: (user: IdentityRef) => UnknownIdentity
}

function judge({ user, version }: AcceptanceOf, { vo, terms, people, today, unknown }: Around): Judged {
  const refuse = (reason: AcceptRefusal, message: string): Judged => ({
    kind: 'refused',
    answer: { user, refused: { reason, message } },
  })
  const person = people.get(user)
  if (person === undefined) return { kind: 'refused', answer: { user, refused: unknown(user) } }
  if (terms === undefined) return refuse('no-terms', `VO "${vo}" has none, so there is nothing to accept`)
  if (version !== undefined && version !== terms.version)
    return refuse(
      'other-version',
      `version "${version}" is not in force, but "${terms.version}" is; read it with \`guildhall terms show ${vo}\``,
    )
  if (person.status === null)
    return refuse('not-a-member', `they are no member of VO "${vo}"; only members accept its terms`)
  const { accepted } = person
  const from = accepted === undefined ? today : renewableFrom(terms, accepted.day)
  return { kind: from !== undefined && from <= today ? 'new' : 'standing', person }
}

/** What is announced is accepted by its version alone, and counts once it is in force. */
function textAskedFor(terms: Terms | undefined, requests: readonly AcceptanceOf[]): Terms | undefined {
  const next = terms?.next
  if (terms === undefined || next === undefined) return terms
  return requests.some(({ version }) => version === next.version) ? { ...terms, ...next } : terms
}

function unique(people: readonly Accepting[]): Accepting[] {
  return [...new Map(people.map((one) => [one.person, one])).values()]
}

/** Who accepted: the member, the owner of an account, or somebody who has it in writing. */
type How = 'self' | 'owner' | 'recorded'

async function readTerms(tx: Tx, vo: number): Promise<Terms | undefined> {
  const { rows } = await tx.query<{ terms: Terms }>(
    `select (spec->'terms') - 'text' #- '{next,text}' as terms from vo where id = $1 and spec ? 'terms'`,
    [vo],
  )
  return rows[0]?.terms
}

interface Asked {
  readonly vo: number
  readonly users: readonly IdentityRef[]
  readonly version: string | undefined
}

async function readPeople(tx: Tx, { vo, users, version }: Asked): Promise<Accepting[]> {
  const { rows } = await tx.query<Omit<Accepting, 'accepted'> & { at: Date | null; day: Day | null }>(
    `select i.ref as asked, p.id as person, p.identities[1] as "user", mb.status, a.at, day_of(a.at, zone_of($1))::text as day
     from identity i join person p on p.id = i.person_id
     left join member mb on (mb.vo_id, mb.person_id) = ($1, p.id)
     left join lateral (
       select max(at) as at from terms_acceptance a where (a.vo_id, a.person_id, a.version) = ($1, p.id, $3)
     ) a on true
     where i.ref = any($2)`,
    [vo, users, version ?? null],
  )
  return rows.map(({ at, day, ...one }) => ({
    ...one,
    accepted: at === null || day === null ? undefined : { at, day },
  }))
}

/** Whom somebody accepts for because they own the account. */
interface Owned {
  readonly owner: number
  readonly accounts: ReadonlySet<number>
}

const nobodys: Owned = { owner: 0, accounts: new Set() }

/** Lets members accept for themselves, and owners for their service accounts; tells which these are. */
async function requireOneself(
  tx: Tx,
  { actor, vo, users }: { readonly actor: IdentityRef; readonly vo: string; readonly users: readonly IdentityRef[] },
): Promise<Owned> {
  const { rows } = await tx.query<{ owner: number; user: IdentityRef; account: number | null; is_oneself: boolean }>(
    `select i.person_id as owner, u.ref as "user", a.person_id as account, o.person_id is not distinct from i.person_id as is_oneself
     from identity i
     cross join unnest($2::text[]) with ordinality as u(ref, place)
     left join identity o on o.ref = u.ref
     left join owned_account a on a.person_id = o.person_id and i.person_id = any(a.owners)
     where i.ref = $1 order by u.place`,
    [actor, users],
  )
  const [first] = rows
  if (first === undefined) throw unknownActor(actor)
  const other = rows.find(({ account, is_oneself: isOneself }) => account === null && !isOneself)
  if (other === undefined)
    return { owner: first.owner, accounts: new Set(rows.flatMap(({ account }) => account ?? [])) }
  throw new GuildhallError(
    'ACTOR_NOT_ELIGIBLE',
    `Cannot accept the terms of VO "${vo}" for "${other.user}" as "${actor}": expected the member, or an owner of the service account; what they signed on paper is recorded without \`--as\``,
    { facts: { identity: actor, user: other.user } },
  )
}

interface Writing {
  readonly vo: number
  readonly persons: readonly number[]
  readonly terms: Terms
  /** Of each of the persons. */
  readonly hows: readonly How[]
  readonly cause: Cause
  readonly now: Date
}

async function writeAcceptances(tx: Tx, { vo, persons, terms, hows, cause, now }: Writing): Promise<void> {
  await tx.query(
    `insert into terms_acceptance (vo_id, person_id, version, sha256, at, how, actor, authentication)
     select $1, a.person_id, $3, $4, $5, a.how, $7, $8 from unnest($2::integer[], $6::text[]) as a(person_id, how)`,
    [vo, persons, terms.version, terms.sha256, now, hows, cause.actor, cause.authentication],
  )
}

interface Answering {
  readonly judged: readonly Judged[]
  readonly vo: number
  readonly terms: Terms | undefined
  readonly now: Date
  readonly today: Day
}

async function answersOf(tx: Tx, { judged, vo, terms, now, today }: Answering): Promise<AcceptAnswer[]> {
  const persons = judged.flatMap((one) => (one.kind === 'refused' ? [] : [one.person.person]))
  const { rows } = await tx.query<{ person: number; status: MemberStatus }>(
    'select person_id as person, status from member where vo_id = $1 and person_id = any($2)',
    [vo, persons],
  )
  const statuses = new Map(rows.map(({ person, status }) => [person, status]))
  return judged.map((one): AcceptAnswer => {
    if (one.kind === 'refused') return one.answer
    const { asked, user, person, accepted } = one.person
    const isNew = one.kind === 'new'
    const { at, day } = isNew || accepted === undefined ? { at: now, day: today } : accepted
    const until = terms === undefined ? undefined : acceptedUntil(terms, day)
    return {
      ...{ user: user || asked, version: terms?.version ?? '', accepted: at, until: until ?? null },
      ...{ status: statuses.get(person) ?? 'INVALID', isNew },
    }
  })
}
