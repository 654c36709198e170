import type { Desired, State } from '../../../core/model/state.ts'
import { requiredAttributes } from '../../../core/plan/required-attributes.ts'
import { planCommit, type CommitPlan } from '../../../core/plan/plan-commit.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import { applyChanges, inTransaction, loadState, takeEpoch, type Pool } from '../../../store/index.ts'

const beginning = Date.parse('2026-01-05T10:00:00Z')
const commit = 'c0ffee'.padEnd(40, '0')

/** What the rules of random configurations read. */
const reads = ['user.email', 'user.login', 'user.number', 'user.phone', 'member.badge']

/** The moment of a minute of these worlds. */
export function momentOf(minute: number): Date {
  return new Date(beginning + minute * 60_000)
}

export async function stateOf(pool: Pool, required: readonly string[] = []): Promise<State> {
  return loadState(pool, { lossesSince: new Date(0), reads, required })
}

/** Plans with everything the guard holds back approved, as somebody would who wants it all to happen. */
export function planApproved(state: State, desired: Desired, asOf = new Date(beginning)): CommitPlan {
  const input = { state, desired, compileSchema: compileCheck, frozen: [], asOf }
  const { plan } = planCommit({ ...input, approvals: [] })
  const approvals = plan.guard.scopes.map(({ scope, digest, reasons, losses }, index) => ({
    ...{ id: index + 1, scope, digest, reasons, losses, at: asOf },
  }))
  return planCommit({ ...input, approvals })
}

/**
 * Brings the database to a commit with the real store, one transaction a step. At even minutes it plans anew before each,
 * so that the run is also one that was broken off after each of its steps; at odd ones only before the removals, as the
 * daemon does while nobody else writes. `minute` is the time it happens.
 */
export async function reach(pool: Pool, desired: Desired, minute: number): Promise<void> {
  const asOf = momentOf(minute)
  const cause = { commit, actor: `commit/${commit}` }
  const { apply: first, offers: firstOffers } = planApproved(
    await stateOf(pool, requiredAttributes(desired)),
    desired,
    asOf,
  )
  for (const [index, { phase }] of first.entries()) {
    const isKept = index === 0 || (minute % 2 === 1 && phase === 'main')
    const { apply, offers } = isKept
      ? { apply: first.slice(index), offers: firstOffers }
      : planApproved(await stateOf(pool, requiredAttributes(desired)), desired, asOf)
    const [step] = apply
    if (step === undefined) return
    const epoch = await takeEpoch(pool, [step.scope])
    const losses = step.approval === undefined ? step.losses : []
    await inTransaction(pool, (tx) => applyChanges(tx, { ...step, losses, epoch, cause, asOf, offers }))
  }
}

/** A person's access to a resource, as the database has it. */
export interface DatabaseAccess {
  readonly person: number
  readonly vo: string
  readonly resource: string
  readonly facility: string
}

/** Lists who has access (VALID, not banned) as the database itself says, by ids of person, resource and facility. */
export async function accessIn(pool: Pool): Promise<ReadonlyMap<string, DatabaseAccess>> {
  const { rows } = await pool.query<DatabaseAccess & { readonly key: string }>(
    `select distinct a.person_id || ' ' || a.resource_id || ' ' || a.facility_id as key, a.person_id as person,
       vo.name as vo, r.name as resource, f.name as facility
     from access a
     join resource r on r.id = a.resource_id
     join vo on vo.id = r.vo_id
     join facility f on f.id = a.facility_id
     where a.status = 'VALID' and not a.is_banned`,
  )
  return new Map(rows.map(({ key, ...pair }) => [key, pair]))
}

/** Says a state without ids, so that two can be compared: documents, people, statuses and rows. */
export function sayState({ objects, people, rows, members }: State): object {
  const names = new Map(people.map(({ id, identities }) => [id, identities[0] ?? '']))
  return {
    documents: objects.map(({ kind, vo, name, spec }) => `${kind} ${vo ?? ''}/${name} ${stable(spec)}`).sort(),
    members: members.map(({ vo, user, status }) => `${vo} ${names.get(user) ?? ''} ${status}`).sort(),
    rows: rows
      .map(({ vo, group = '', user, origin, status, expires = '' }) =>
        `${vo}/${group} ${names.get(user) ?? ''} ${origin} ${status} ${expires}`.trimEnd(),
      )
      .sort(),
  }
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
