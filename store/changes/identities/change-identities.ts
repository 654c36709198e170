import type { Surroundings } from '../../../core/config/catalog.ts'
import { sourceOf } from '../../../core/config/references.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { lockPeopleOf, lockShared, lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { actOrHold, type Acting, type Done } from '../held/change-or-hold.ts'
import { withConsequences } from '../memberships/consequences.ts'
import { requireRight } from '../memberships/rights.ts'
import { settleInVos, vosOfPersons } from '../memberships/vos-of-persons.ts'
import { wakeClocks } from '../outbox.ts'
import { ensurePeople, refreshIdentities, vosOfPeople } from '../people.ts'
import type { Definition } from '../values/read-held.ts'
import { identityDefinitions, sightingFault, writeSighted, type Sighted } from '../values/sighted-values.ts'
import { beginTrail, closeTrail, recordEvents, type EventRow, type Trail } from '../trail.ts'
import { heldIdentities } from './held-identities.ts'
import { namedInGit } from './named-in-git.ts'
import { namedBy, readKnown, refusalOfIdentity, type Known, type RefusedIdentity } from './judge-identity.ts'

/** What is done to identities: joined to a person, taken from one, or seen at their source. */
export type IdentityAct = 'add' | 'remove' | 'seen'

/** What somebody says of identities. */
export interface IdentityInput extends Acting {
  readonly act: IdentityAct
  readonly requests: readonly IdentityOn[]
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  /** Checks what sources say against the schemas of attributes; without it only the types are checked. */
  readonly compileSchema?: Surroundings['compileSchema']
}

/** One identity; what is not given stays as it is, and `reason` goes before that of all. */
export interface IdentityOn {
  readonly identity: IdentityRef
  /** Of `add`: whose it becomes, by any identity of theirs; without it a person of its own. */
  readonly user?: IdentityRef | undefined
  readonly loa?: number | undefined
  /** When it was seen; now where it is not said. */
  readonly at?: Date | undefined
  /** What its source says of the person. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
  readonly reason?: string
}

/** What is known of the identity then, or why nothing was changed; `held` names the digest that somebody has to approve. */
export type IdentityAnswer =
  | {
      readonly identity: IdentityRef
      /** The person it belongs to, or belonged to. */
      readonly user: IdentityRef
      readonly loa: number | null
      readonly seen: Date | null
      readonly memberships: readonly { readonly vo: string; readonly status: string }[]
    }
  | { readonly identity: IdentityRef; readonly held: string }
  | { readonly identity: IdentityRef; readonly refused: RefusedIdentity }

/**
 * Changes what is known of identities, in the caller's transaction, one after the other; the memberships of their people follow
 * at once. Where that would take away too much nothing is done, and all that was not refused is held. Throws ACTOR_NOT_ELIGIBLE,
 * FULL, VO_BUSY.
 */
export async function changeIdentities(tx: Tx, input: IdentityInput): Promise<IdentityAnswer[]> {
  const { act, requests, actor } = input
  const named = requests.flatMap(namedBy)
  await lockVos(tx, await vosOfPeople(tx, named), { mode: 'shared' })
  if (actor !== undefined)
    await requireRight(tx, { actor, place: { kind: 'instance' }, users: [], isForOneself: false })
  if (act !== 'seen') await lockShared(tx, 'people')
  await lockPeopleOf(tx, named)
  const definitions = await identityDefinitions(tx)
  const declared = act === 'remove' ? await namedInGit(tx, named) : new Map()
  const known = await readKnown(tx, named, { declared })
  const first = requests.map((request) => refusalIn(input, { request, known, definitions }))
  // Where everything is refused at first, nothing is allowed later.
  if (!first.includes(undefined)) return requests.map((request, index) => answerOf(request, first[index]))
  const { changed, done } = await doOrHold(tx, input, { known, definitions })
  const answers: IdentityAnswer[] = []
  for (const { request, person, refused } of changed) {
    const { identity } = request
    if (done.kind === 'held')
      answers.push(refused === undefined ? { identity, held: done.digest } : { identity, refused })
    else answers.push(person === undefined ? answerOf(request, refused) : await answer(tx, identity, person))
  }
  return answers
}

interface Around {
  /** As it is before the change. */
  readonly known: Known
  readonly definitions: ReadonlyMap<string, Definition>
}

interface Changed {
  readonly request: IdentityOn
  /** Absent where it is refused. */
  readonly person?: number
  readonly refused?: RefusedIdentity | undefined
}

interface Doing {
  readonly changed: readonly Changed[]
  readonly done: Done<void>
}

async function doOrHold(tx: Tx, input: IdentityInput, { known, definitions }: Around): Promise<Doing> {
  const { act, requests, cause, now, approved } = input
  const persons = [...new Set([...known.identities.values()].map(({ person_id }) => person_id))]
  const changed: Changed[] = []
  const people = () => [...new Set(changed.flatMap(({ person }) => person ?? []))]
  const work = async (): Promise<void> => {
    const trail = await beginTrail(tx, cause, now)
    const vos = await vosOfPersons(tx, persons)
    await withConsequences(tx, trail, {
      bearing: { persons, vos: vos.map(({ name }) => name), guarded: { approved } },
      change: async () => {
        for (const request of requests) {
          const asItIs = changed.length === 0 ? known : await readKnown(tx, namedBy(request), known)
          changed.push(await changeOne(tx, trail, { input, request, known: asItIs, definitions }))
        }
        await settleInVos(tx, trail, { vos })
      },
      made: () => people().filter((person) => !persons.includes(person)),
    })
    // A list of sponsors may name the identity.
    await wakeClocks(tx, await vosSponsoredBy(tx, people()))
    await recordEvents(
      tx,
      trail,
      changed.flatMap((one) => eventOf(input, one)),
    )
    await closeTrail(tx, trail)
  }
  const allowed = () => changed.flatMap(({ request, refused }) => (refused === undefined ? [request] : []))
  const done = await actOrHold(tx, input, { work, act: async () => heldIdentities(act, allowed(), known) })
  return { changed, done }
}

interface Changing extends Around {
  readonly input: IdentityInput
  readonly request: IdentityOn
}

async function changeOne(tx: Tx, trail: Trail, { input, request, known, definitions }: Changing): Promise<Changed> {
  const { act } = input
  const { identity } = request
  const refused = refusalIn(input, { request, known, definitions })
  if (refused !== undefined) return { request, refused }
  const person = await personOf(tx, trail, { act, request, known })
  if (act === 'remove') await takeAway(tx, identity)
  else {
    const sighted = await note(tx, trail, { act, request })
    await writeSighted(tx, { identity, sighted, definitions })
  }
  await refreshIdentities(tx, [person])
  return { request, person }
}

function refusalIn(
  { act, now, compileSchema }: IdentityInput,
  { request, known, definitions }: Around & { readonly request: IdentityOn },
): RefusedIdentity | undefined {
  const fault = sightingFault(request.attributes ?? {}, definitions, compileSchema)
  return refusalOfIdentity(act, { request, known, now, fault })
}

function answerOf({ identity }: IdentityOn, refused: RefusedIdentity | undefined): IdentityAnswer {
  if (refused === undefined) throw new Error(`nothing became of identity ${identity}`)
  return { identity, refused }
}

function eventOf({ act, reason: usual }: IdentityInput, { request, person }: Changed): EventRow[] {
  if (person === undefined) return []
  const { identity, user, loa, at, attributes, reason = usual } = request
  const personal = { identity, user, loa, at, attributes, reason }
  return [{ action: act, kind: 'Identity', name: sourceOf(identity), personal }]
}

interface Personal {
  readonly act: IdentityAct
  readonly request: IdentityOn
  readonly known: Known
}

/** The person whose identity it is or becomes. */
async function personOf(tx: Tx, { at }: Trail, { act, request: { identity, user }, known }: Personal): Promise<number> {
  const owner = known.identities.get(act === 'add' ? (user ?? '') : identity)?.person_id
  if (owner === undefined) {
    const [made = 0] = await ensurePeople(tx, [identity], at)
    return made
  }
  if (act === 'add')
    await tx.query('insert into identity (ref, person_id, created_at) values ($1, $2, $3)', [identity, owner, at])
  return owner
}

async function takeAway(tx: Tx, identity: IdentityRef): Promise<void> {
  await tx.query(
    `with gone as (
       delete from identity where ref = $1 returning id
     ), freed as (
       delete from attribute_unique v using gone where v.attribute like 'identity.%' and v.subject = gone.id and not v.lasting
     )
     delete from attribute_value v using gone where v.attribute like 'identity.%' and v.subject = gone.id`,
    [identity],
  )
}

/**
 * Adding says nothing of having been seen, unless it comes with a level or a time. Of an older sighting than the last one only what
 * nobody has said yet is taken; returns what is.
 */
async function note(
  tx: Tx,
  { at }: Trail,
  { act, request }: { readonly act: IdentityAct; readonly request: IdentityOn },
): Promise<Sighted> {
  const isSeen = act === 'seen' || request.loa !== undefined || request.at !== undefined
  const { rows } = await tx.query<{ taken: Sighted }>(
    `update identity i
     set loa = case when was.is_newer then coalesce($2, i.loa) else i.loa end, seen_at = greatest(i.seen_at, $4),
       vouched_by = case when was.is_newer and $4 is not null then null else i.vouched_by end,
       noted_at = case when $4 is null then i.noted_at else $5 end,
       attributes = i.attributes || was.taken
     from (
       select id, is_newer, case when is_newer then said else said - array(select jsonb_object_keys(attributes)) end as taken
       from identity, cast($3 as jsonb) said, coalesce($4::timestamptz >= seen_at, true) is_newer
       where ref = $1
     ) was
     where i.id = was.id
     returning was.taken`,
    [
      request.identity,
      request.loa ?? null,
      JSON.stringify(request.attributes ?? {}),
      isSeen ? (request.at ?? at) : null,
      at,
    ],
  )
  return rows[0]?.taken ?? {}
}

async function answer(tx: Tx, identity: IdentityRef, person: number): Promise<IdentityAnswer> {
  const { rows } = await tx.query<{ user: IdentityRef; loa: number | null; seen: Date | null }>(
    `select p.identities[1] as "user", i.loa, i.seen_at as seen
     from person p left join identity i on i.person_id = p.id and i.ref = $2 where p.id = $1`,
    [person, identity],
  )
  const { rows: memberships } = await tx.query<{ vo: string; status: string }>(
    'select vo.name as vo, mb.status from member mb join vo on vo.id = mb.vo_id where mb.person_id = $1 order by 1',
    [person],
  )
  const { user = identity, loa = null, seen = null } = rows[0] ?? {}
  return { identity, user, loa, seen, memberships }
}

async function vosSponsoredBy(tx: Tx, persons: readonly number[]): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `select distinct vo.name from membership m join vo on vo.id = m.vo_id where m.origin = 'sponsor' and m.origin_name = any($1)`,
    [persons.map(String)],
  )
  return rows.map(({ name }) => name)
}
