import type { Surroundings } from '../../core/config/catalog.ts'
import { sourceOf } from '../../core/config/references.ts'
import type { Position } from '../../core/model/finding.ts'
import { didYouMean } from '../../core/model/nearest.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { lockPeople, lockShared, lockVos } from '../locks.ts'
import type { Tx } from '../pool.ts'
import { withConsequences } from './memberships/consequences.ts'
import { requireRight } from './memberships/rights.ts'
import { wakeClocks } from './outbox.ts'
import { ensurePeople, erasedAmong, refreshIdentities, vosOfPeople } from './people.ts'
import { settleMembers } from './settle-members.ts'
import type { Definition } from './values/read-held.ts'
import { identityDefinitions, sightingFault, writeSighted } from './values/sighted-values.ts'
import { beginTrail, closeTrail, recordEvents, type Cause, type Trail } from './trail.ts'

/** What is done to identities: joined to a person, taken from one, or seen at their source. */
export type IdentityAct = 'add' | 'remove' | 'seen'

/** What somebody says of identities. */
export interface IdentityInput {
  readonly act: IdentityAct
  readonly requests: readonly IdentityOn[]
  readonly reason: string
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
  /** Checks what sources say against the schemas of attributes; without it only the types are checked. */
  readonly compileSchema?: Surroundings['compileSchema']
}

/** One identity; what is not given stays as it is. */
export interface IdentityOn {
  readonly identity: IdentityRef
  /** Of `add`: whose it becomes, by any identity of theirs; without it a person of its own. */
  readonly user?: IdentityRef | undefined
  readonly loa?: number | undefined
  /** When it was seen; now where it is not said. */
  readonly at?: Date | undefined
  /** What its source says of the person. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
}

/** What is known of the identity then, or why nothing was changed. */
export type IdentityAnswer =
  | {
      readonly identity: IdentityRef
      /** The person it belongs to, or belonged to. */
      readonly user: IdentityRef
      readonly loa: number | null
      readonly seen: Date | null
      readonly memberships: readonly { readonly vo: string; readonly status: string }[]
    }
  | { readonly identity: IdentityRef; readonly refused: { readonly reason: IdentityRefusal; readonly message: string } }

type IdentityRefusal =
  | 'declared'
  | 'identity-erased'
  | 'identity-taken'
  | 'identity-unknown'
  | 'in-the-future'
  | 'last-identity'
  | 'source-unknown'
  | 'user-unknown'
  | 'value-invalid'

interface KnownIdentity {
  readonly ref: IdentityRef
  readonly person_id: number
  readonly user: IdentityRef
  readonly others: number
  /** Where a User document names it. */
  readonly declared: Pick<Position, 'file' | 'line'> | null
}

interface Known {
  readonly identities: ReadonlyMap<IdentityRef, KnownIdentity>
  readonly sources: readonly string[]
  /** Those of people who were erased. */
  readonly erased: readonly IdentityRef[]
}

/** Clocks of others may be a little ahead. */
const toleranceMs = 5 * 60_000

/**
 * Changes what is known of identities, in the caller's transaction, one after the other; the memberships of their people follow
 * at once. Throws ACTOR_NOT_ELIGIBLE, GUARD_LIMIT, FULL, VO_BUSY.
 */
export async function changeIdentities(tx: Tx, input: IdentityInput): Promise<IdentityAnswer[]> {
  const { act, requests, actor, cause, now, reason } = input
  await lockVos(tx, await vosOfPeople(tx, requests.flatMap(namedBy)), { mode: 'shared' })
  if (actor !== undefined)
    await requireRight(tx, { actor, place: { kind: 'instance' }, users: [], isForOneself: false })
  if (act !== 'seen') await lockShared(tx, 'people')
  const answers: IdentityAnswer[] = []
  const definitions = await identityDefinitions(tx)
  const trail = await beginTrail(tx, cause, now)
  for (const request of requests) {
    const known = await readKnown(tx, namedBy(request))
    const fault = sightingFault(request.attributes ?? {}, definitions, input.compileSchema)
    const refused = refusalOf(act, { request, known, now }) ?? refusalOfSighting(fault)
    if (refused !== undefined) answers.push({ identity: request.identity, refused })
    else answers.push(await changeOne(tx, trail, { act, request, known, reason, definitions }))
  }
  await closeTrail(tx, trail)
  return answers
}

interface Judging {
  readonly request: IdentityOn
  readonly known: Known
  readonly now: Date
}

type Refused = Extract<IdentityAnswer, { readonly refused: object }>['refused']

function refusalOf(act: IdentityAct, { request, known, now }: Judging): Refused | undefined {
  const { identity, at } = request
  if (at !== undefined && at.getTime() > now.getTime() + toleranceMs)
    return { reason: 'in-the-future', message: `${at.toISOString()} has not come yet` }
  const found = known.identities.get(identity)
  if (act === 'add') return refusalOfAdding(request, known)
  if (found === undefined)
    return { reason: 'identity-unknown', message: 'nobody has it; `guildhall identity add` makes it somebody’s' }
  return act === 'remove' ? refusalOfRemoving(found) : undefined
}

function refusalOfSighting(message: string | undefined): Refused | undefined {
  return message === undefined ? undefined : { reason: 'value-invalid', message }
}

function refusalOfAdding({ identity, user }: IdentityOn, { identities, sources, erased }: Known): Refused | undefined {
  const found = identities.get(identity)
  if (erased.includes(identity))
    return { reason: 'identity-erased', message: 'it was erased, and nobody is made of it again; choose another' }
  if (found !== undefined) return { reason: 'identity-taken', message: `it is an identity of "${found.user}" already` }
  const source = sourceOf(identity)
  if (!sources.includes(source))
    return { reason: 'source-unknown', message: `there is no source "${source}"${didYouMean(source, sources)}` }
  if (user !== undefined && !identities.has(user))
    return { reason: 'user-unknown', message: `nobody has the identity "${user}" that it is to join` }
  return undefined
}

function refusalOfRemoving({ declared, others, user }: KnownIdentity): Refused | undefined {
  if (declared !== null) {
    const message = `${declared.file}:${declared.line} says that it is theirs; change it there`
    return { reason: 'declared', message }
  }
  return others > 0 ? undefined : { reason: 'last-identity', message: `it is the only identity of "${user}"` }
}

interface Changing {
  readonly act: IdentityAct
  readonly request: IdentityOn
  readonly known: Known
  readonly reason: string
  readonly definitions: ReadonlyMap<string, Definition>
}

async function changeOne(
  tx: Tx,
  trail: Trail,
  { act, request, known, reason, definitions }: Changing,
): Promise<IdentityAnswer> {
  const { identity, user, loa, at, attributes } = request
  const person = await personOf(tx, trail, { act, request, known })
  await lockPeople(tx, [person])
  const { rows } = await tx.query<{ id: number; name: string }>(
    'select vo.id, vo.name from member mb join vo on vo.id = mb.vo_id where mb.person_id = $1 order by vo.name',
    [person],
  )
  await withConsequences(tx, trail, {
    bearing: { persons: [person], vos: rows.map(({ name }) => name), guarded: { what: `identities of "${identity}"` } },
    change: async () => {
      if (act === 'remove') await takeAway(tx, identity)
      else {
        await note(tx, trail, { act, request })
        await writeSighted(tx, { identity, sighted: attributes ?? {}, definitions })
      }
      await refreshIdentities(tx, [person])
      for (const { id } of rows) await settleMembers(tx, trail, { vo: id, persons: [person], lifted: [] })
    },
  })
  // A list of sponsors may name the identity.
  await wakeClocks(tx, await vosSponsoredBy(tx, person))
  const personal = { identity, user, loa, at, attributes, reason }
  await recordEvents(tx, trail, [{ action: act, kind: 'Identity', name: sourceOf(identity), personal }])
  return answer(tx, identity, person)
}

/** The person whose identity it is or becomes. */
async function personOf(
  tx: Tx,
  { at }: Trail,
  { act, request: { identity, user }, known }: Omit<Changing, 'definitions' | 'reason'>,
): Promise<number> {
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
    `with gone as (delete from identity where ref = $1 returning id)
     delete from attribute_value v using gone where v.attribute like 'identity.%' and v.subject = gone.id`,
    [identity],
  )
}

/** Adding says nothing of having been seen, unless it comes with a level or a time. */
async function note(
  tx: Tx,
  { at }: Trail,
  { act, request }: { readonly act: IdentityAct; readonly request: IdentityOn },
): Promise<void> {
  const isSeen = act === 'seen' || request.loa !== undefined || request.at !== undefined
  await tx.query(
    `update identity
     set loa = case when $4::timestamptz >= coalesce(seen_at, '-infinity') then coalesce($2, loa) else loa end,
       seen_at = greatest(seen_at, $4), attributes = attributes || $3::jsonb
     where ref = $1`,
    [
      request.identity,
      request.loa ?? null,
      JSON.stringify(request.attributes ?? {}),
      isSeen ? (request.at ?? at) : null,
    ],
  )
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

async function vosSponsoredBy(tx: Tx, person: number): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `select distinct vo.name from membership m join vo on vo.id = m.vo_id where m.origin = 'sponsor' and m.origin_name = $1::text`,
    [person],
  )
  return rows.map(({ name }) => name)
}

async function readKnown(tx: Tx, identities: readonly IdentityRef[]): Promise<Known> {
  const { rows } = await tx.query<KnownIdentity>(
    `select i.ref, i.person_id, p.identities[1] as "user", cardinality(p.identities) - 1 as others,
       (select json_build_object('file', d.file, 'line', d.line) from user_document d
        where d.person_id = p.id and d.spec->'identities' ? i.ref limit 1) as declared
     from identity i join person p on p.id = i.person_id where i.ref = any($1)`,
    [identities],
  )
  const { rows: sources } = await tx.query<{ name: string }>('select name from source order by 1')
  return {
    erased: await erasedAmong(tx, identities),
    identities: new Map(rows.map((row) => [row.ref, row])),
    sources: sources.map(({ name }) => name),
  }
}

function namedBy({ identity, user }: IdentityOn): IdentityRef[] {
  return user === undefined ? [identity] : [identity, user]
}
