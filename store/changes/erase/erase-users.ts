import type { IdentityRef } from '../../../core/model/state.ts'
import { dropOldSnapshots } from '../../drop-snapshots.ts'
import { lockPeopleOf, lockScope, lockShared } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { actOrHold, type Acting, type Done } from '../held/change-or-hold.ts'
import { findHoldNaming, leaveOutOfHolds } from '../held/leave-out.ts'
import { lapseChanges } from '../held/lapse-changes.ts'
import { withConsequences } from '../memberships/consequences.ts'
import { requireRight } from '../memberships/rights.ts'
import { beginTrail, closeTrail, recordEvents } from '../trail.ts'
import { findDeclarations } from './find-declarations.ts'
import { forgetPeople } from './forget-people.ts'
import { heldErasure } from './held-erasure.ts'
import { patternOf } from './text-pattern.ts'

/** Who is erased. */
export interface EraseInput extends Acting {
  /** An identity of each; the reason is kept beside the fact, and must not name them. */
  readonly users: readonly IdentityRef[]
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
}

/** That somebody is erased, with how many memberships of VOs ended by it, or why they are not; `held` names the digest that somebody has to approve. */
export type EraseAnswer =
  | { readonly user: IdentityRef; readonly erased: true; readonly memberships: number }
  | { readonly user: IdentityRef; readonly held: string }
  | { readonly user: IdentityRef; readonly refused: { readonly reason: EraseRefusal; readonly message: string } }

type EraseRefusal = 'declared' | 'held' | 'identity-unknown' | 'last-owner' | 'reason-names-them'

interface Found {
  readonly person: number
  readonly identities: readonly IdentityRef[]
  readonly vos: readonly string[]
}

/**
 * Erases people, in the caller's transaction: memberships end, and nothing is kept of them but what makes sure that nobody gets
 * what was theirs. Refused while git names them; where too much would be lost nobody is erased, and all who were not refused are
 * held. Throws ACTOR_NOT_ELIGIBLE, VO_BUSY.
 */
export async function eraseUsers(tx: Tx, input: EraseInput): Promise<EraseAnswer[]> {
  const { users, actor } = input
  if (actor !== undefined)
    await requireRight(tx, { actor, place: { kind: 'instance' }, users: [], isForOneself: false })
  // Acts may make them members of any VO, and name them anywhere.
  await lockScope(tx, 'instance')
  await lockShared(tx, 'people')
  await lapseChanges(tx, { at: input.now })
  const { judged, erasing } = await judge(tx, input)
  const done = erasing.length === 0 ? undefined : await doOrHold(tx, input, erasing)
  const answers = users.flatMap((user) => judged.get(user) ?? [])
  if (done?.kind !== 'held') return answers
  return answers.map((answer) => ('refused' in answer ? answer : { user: answer.user, held: done.digest }))
}

interface Judged {
  readonly judged: ReadonlyMap<IdentityRef, EraseAnswer>
  /** Whoever is not refused, each once. */
  readonly erasing: readonly Found[]
}

async function judge(tx: Tx, { users, reason }: EraseInput): Promise<Judged> {
  const people = await findPeople(tx, users)
  const judged = new Map<IdentityRef, EraseAnswer>()
  const erasing = new Map<number, Found>()
  for (const user of new Set(users)) {
    const found = people.get(user)
    const refused = await refusalOf(tx, found, { reason, leaving: [...erasing.keys()] })
    if (refused !== undefined) judged.set(user, { user, refused })
    else if (found !== undefined) {
      erasing.set(found.person, found)
      judged.set(user, { user, erased: true, memberships: found.vos.length })
    }
  }
  return { judged, erasing: [...erasing.values()] }
}

async function doOrHold(tx: Tx, input: EraseInput, erasing: readonly Found[]): Promise<Done<void>> {
  const { cause, now, reason, approved } = input
  const persons = erasing.map(({ person }) => person)
  const vos = [...new Set(erasing.flatMap((found) => found.vos))]
  const work = async (): Promise<void> => {
    const trail = await beginTrail(tx, cause, now)
    await withConsequences(tx, trail, {
      bearing: { persons, vos, guarded: { approved } },
      change: async () => {
        await forgetPeople(tx, persons, now)
        await leaveOutOfHolds(tx, persons, now)
        await dropOldSnapshots(tx, now)
      },
    })
    const events = persons.map((person) => ({
      ...{ action: 'erase', kind: 'Person', name: `person:${person}`, personal: { reason } },
    }))
    await recordEvents(tx, trail, events)
    await closeTrail(tx, trail)
  }
  return actOrHold(tx, input, { scope: 'instance', work, act: async () => heldErasure(persons) })
}

type Refused = Extract<EraseAnswer, { readonly refused: object }>['refused']

async function refusalOf(
  tx: Tx,
  found: Found | undefined,
  { reason, leaving }: { readonly reason: string; readonly leaving: readonly number[] },
): Promise<Refused | undefined> {
  if (found === undefined)
    return {
      reason: 'identity-unknown',
      message: 'nobody has it, or they are erased already; expected an identity that somebody has',
    }
  const pattern = patternOf(found.identities)
  const places = await findDeclarations(tx, { person: found.person, pattern })
  if (places.length > 0) {
    const message = `git still names them: take them out at ${places.join(', ')} first`
    return { reason: 'declared', message }
  }
  const { rows } = await tx.query<{ named: boolean }>('select $2::text ~ $1 as named', [pattern, reason])
  if (rows[0]?.named === true)
    return {
      reason: 'reason-names-them',
      message:
        'the reason is kept, and it names them; give one without their identities, such as the number of a request',
    }
  const digest = await findHoldNaming(tx, { person: found.person, pattern })
  if (digest !== undefined)
    return { reason: 'held', message: `a change that names them is held; approve, withdraw or reject ${digest} first` }
  const accounts = await ownedAlone(tx, found.person, leaving)
  if (accounts.length === 0) return undefined
  const message = `nobody would answer for "${accounts.join('", "')}"; add another owner first`
  return { reason: 'last-owner', message }
}

/** Lists the service accounts for which nobody answers but a person, and those who leave as well. */
async function ownedAlone(tx: Tx, person: number, leaving: readonly number[]): Promise<IdentityRef[]> {
  const { rows } = await tx.query<{ account: IdentityRef }>(
    `select p.identities[1] as account
     from service_account_owner o join person p on p.id = o.person_id
     where o.owner_id = $1 and o.person_id <> all($2) and not exists (
       select from service_account_owner other
       where other.person_id = o.person_id and other.owner_id <> $1 and other.owner_id <> all($2))
     order by 1`,
    [person, leaving],
  )
  return rows.map(({ account }) => account)
}

/** Finds them, and locks their persons, as whoever acts for service accounts does. */
async function findPeople(tx: Tx, users: readonly IdentityRef[]): Promise<ReadonlyMap<IdentityRef, Found>> {
  await lockPeopleOf(tx, users)
  const { rows } = await tx.query<Found & { readonly ref: IdentityRef }>(
    `select i.ref, p.id as person, p.identities,
       array(select vo.name from member mb join vo on vo.id = mb.vo_id where mb.person_id = p.id order by 1) as vos
     from identity i join person p on p.id = i.person_id where i.ref = any($1)`,
    [users],
  )
  return new Map(rows.map(({ ref, ...found }) => [ref, found]))
}
