import { groupBy } from '../../../core/model/group-by.ts'
import type { Loss } from '../../../core/model/plan.ts'
import { digestOfContent } from '../../../core/plan/digest.ts'
import { subjectOf } from '../../../core/plan/judge-set.ts'
import type { PlanOptions } from '../../../core/plan/plan-changes.ts'
import { diffStructure, type StructureChange } from '../../../core/structure/diff-structure.ts'
import { judgeStructure } from '../../../core/structure/judge-structure.ts'
import { longestPath } from '../../../core/structure/longest-path.ts'
import { placeGroups } from '../../../core/structure/place-groups.ts'
import type { GroupRecord, SourcedGroup, StructureNote } from '../../../core/structure/sourced-group.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { applyChanges } from '../apply-plan.ts'
import { findSyncedSet, type SyncedSet } from '../sync/find-set.ts'
import { endHold, findApproval, holdRun, useApproval } from '../sync/hold-run.ts'
import type { RunExcess, SetLosses } from '../sync/judge-sync.ts'
import { recordRun } from '../sync/record-run.ts'
import { beginTrail, closeTrail } from '../trail.ts'
import { countSourcedAbsences, type StructureAbsence } from './count-absences.ts'
import { planStructure, type StructurePlan } from './plan-structure.ts'
import { readGroupsBelow, type Base } from './read-groups.ts'

/** What a source says of the groups below a base. */
export interface StructureRead {
  /** How many records it gave. */
  readonly count: number
  readonly isComplete: boolean
  readonly records: readonly GroupRecord[]
  /** Keys of groups whose records cannot be used. */
  readonly unusable: ReadonlySet<string>
  readonly notes: readonly StructureNote[]
  readonly failure?: Error | undefined
}

/** One run of a structure. */
export interface StructureInput {
  readonly source: string
  readonly vo: string
  /** The base. */
  readonly group: string
  readonly layout: 'nested' | 'flat'
  readonly absent: StructureAbsence
  readonly read: StructureRead
  readonly compileSchema: PlanOptions['compileSchema']
  readonly now: Date
}

/** What a run came to. */
export type StructureResult = {
  /** How many records the source gave. */
  readonly subjects: number
  readonly notes: readonly StructureNote[]
} & StructureOutcome

type StructureOutcome =
  | {
      readonly outcome: 'changed'
      readonly added: number
      readonly changed: number
      readonly removed: number
      readonly changes: readonly StructureChange[]
    }
  | { readonly outcome: 'unchanged' | 'incomplete' }
  | ({ readonly outcome: 'held'; readonly digest: string; readonly changes: readonly StructureChange[] } & RunExcess)
  | { readonly outcome: 'failed'; readonly error: Error }

/**
 * Brings the groups below a base to what a source says of them, in the caller's transaction: makes, renames, moves and removes them
 * and nothing else. Only a complete read changes anything, and a run that the guard holds changes nothing. Repeating it is safe: it
 * compares with what is there. Throws OBJECT_UNKNOWN, VO_BUSY.
 */
export async function syncStructure(tx: Tx, input: StructureInput): Promise<StructureResult> {
  const { source, vo, group, read, now } = input
  await lockVos(tx, [vo], { mode: 'exclusive' })
  const set = await findSyncedSet(tx, { source, vo, group, kind: 'structure', authoritative: false }, now)
  const none = whyNothing(read)
  const compared = none === undefined ? await compare(tx, set, input) : { done: none, notes: [] }
  const facts = { subjects: read.count, notes: [...read.notes, ...compared.notes] }
  const result: StructureResult = { ...facts, ...compared.done }
  await recordRun(tx, set, { result: { ...result, skipped: countNotes(facts.notes) }, at: now })
  if (result.outcome === 'changed' || result.outcome === 'unchanged') await endHold(tx, set, now)
  if (compared.write !== undefined) await compared.write()
  if (result.outcome === 'held') await closeTrail(tx, await beginTrail(tx, causeOf(set), now))
  return result
}

function whyNothing({ failure, isComplete }: StructureRead): StructureOutcome | undefined {
  if (failure !== undefined) return { outcome: 'failed', error: failure }
  return isComplete ? undefined : { outcome: 'incomplete' }
}

function causeOf({ source }: SyncedSet): { readonly actor: string } {
  return { actor: `sync/${source}` }
}

interface Compared {
  readonly done: StructureOutcome
  readonly notes: readonly StructureNote[]
  /** Ends the transaction's events, so it comes last. */
  readonly write?: () => Promise<void>
}

async function compare(tx: Tx, set: SyncedSet, input: StructureInput): Promise<Compared> {
  const base = baseOf(set)
  await tx.query('savepoint before_structure')
  const { have, want, notes } = await place(tx, base, input)
  const changes = diffStructure(have, want)
  const { vo, source, compileSchema, now } = input
  const numbers = { source, place: `${vo}/${base.name}`, named: input.read.count, have: have.length }
  const wrong = judgeStructure(numbers, changes)
  if (changes.length === 0 && wrong.length === 0) return { done: { outcome: 'unchanged' }, notes }
  const planned = await planStructure(tx, { vo, base, groups: want, compileSchema, now })
  const { reasons = [], losses = [] } = planned.verdict ?? {}
  const excess = { reasons: [...wrong, ...reasons], losses: bySet(losses) }
  const isHeld = excess.reasons.length > 0
  const digest = isHeld ? await holdUnlessApproved(tx, set, { planned, excess, now }) : undefined
  if (digest !== undefined) return { done: { outcome: 'held', digest, ...excess, changes }, notes }
  if (changes.length === 0) return { done: { outcome: 'unchanged' }, notes }
  return {
    done: { outcome: 'changed', ...countChanges(changes), changes },
    notes,
    write: async () => write(tx, set, { planned, losses: isHeld ? [] : losses, now }),
  }
}

function bySet(losses: readonly Loss[]): SetLosses[] {
  return [...groupBy(losses, ({ set }) => subjectOf(set)).values()].flatMap((found) => {
    const [first] = found
    return first === undefined ? [] : { set: first.set, users: found.map(({ user }) => user) }
  })
}

interface Judged {
  readonly planned: StructurePlan
  readonly excess: RunExcess
  readonly now: Date
}

/** Undefined where somebody has approved it. */
async function holdUnlessApproved(
  tx: Tx,
  set: SyncedSet,
  { planned, excess, now }: Judged,
): Promise<string | undefined> {
  const trail = await beginTrail(tx, causeOf(set), now)
  const hash = digestOfContent({ sync: set.sync, digest: planned.verdict?.digest })
  const people = new Set(excess.losses.flatMap(({ users }) => users)).size
  const approval = await findApproval(tx, set, now)
  const holding = { set, content: { hash, people }, excess }
  if (approval !== undefined && (await useApproval(tx, trail, { ...holding, approval }))) return undefined
  // What may be wrong counts nobody as absent.
  await tx.query('rollback to savepoint before_structure')
  return holdRun(tx, trail, holding)
}

function baseOf({ group }: SyncedSet): Base {
  if (group === undefined) throw new Error('a structure lies below a group')
  return group
}

async function place(
  tx: Tx,
  base: Base,
  { read, layout, absent, now }: StructureInput,
): Promise<{
  readonly have: readonly SourcedGroup[]
  readonly want: readonly SourcedGroup[]
  readonly notes: readonly StructureNote[]
}> {
  const { groups: have, taken } = await readGroupsBelow(tx, base)
  const named = new Set([...read.records.map(({ key }) => key), ...read.unusable])
  const missing = have.map(({ key }) => key).filter((key) => !named.has(key))
  // A record without a key may be that of any of them.
  const isOneUntold = read.notes.some(({ reason }) => reason === 'no-key')
  const lasting = isOneUntold
    ? new Set(missing)
    : await countSourcedAbsences(tx, { base: base.id, missing, absent, now })
  const { records, unusable } = read
  const longest = longestPath - base.name.length - 1
  const { groups: want, notes } = placeGroups({ records, unusable, have, layout, taken, lasting, longest })
  return { have, want, notes }
}

interface Writing {
  readonly planned: StructurePlan
  readonly losses: readonly Loss[]
  readonly now: Date
}

async function write(tx: Tx, set: SyncedSet, { planned: { plan }, losses, now }: Writing): Promise<void> {
  const scope = `vo:${set.vo.name}` as const
  await applyChanges(tx, {
    ...{ scope, phase: 'main', cause: causeOf(set), asOf: now },
    ...{ changes: plan.changes.filter((change) => change.scope === scope), losses },
    ...{ statuses: plan.statuses, waiting: plan.waiting, offers: plan.offers },
  })
}

function countChanges(changes: readonly StructureChange[]): { added: number; changed: number; removed: number } {
  const count = (kind: StructureChange['kind']): number => changes.filter((change) => change.kind === kind).length
  return { added: count('add'), changed: count('change'), removed: count('remove') }
}

function countNotes(notes: readonly StructureNote[]): { readonly reason: string; readonly count: number }[] {
  const counts = new Map<string, number>()
  for (const { reason } of notes) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => ({ reason, count }))
}
