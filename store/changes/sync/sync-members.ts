import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { forgetRestored } from '../losses.ts'
import { forRows } from '../many-rows.ts'
import { beginTrail, closeTrail } from '../trail.ts'
import { countAbsences } from './count-absences.ts'
import { diffSubjects, type DiffMode } from './diff-subjects.ts'
import { findSyncedSet, type SyncedSet, type SyncPlace } from './find-set.ts'
import { judgeNearDates } from './judge-near-dates.ts'
import { digestOfSync, judgeSync, listLosses, noteAccess, type Before } from './judge-sync.ts'
import { leaveOutFull } from './leave-out-full.ts'
import { leaveErased, matchSubjects } from './match-subjects.ts'
import { recordRun } from './record-run.ts'
import { placesOfSynced, servicesOf, settleSynced } from './settle-synced.ts'
import { Skips } from './skips.ts'
import { stageSubjects, type Staged, type SubjectRead } from './stage-subjects.ts'
import type { RunFacts, SyncResult, WrittenRows } from './sync-result.ts'
import { addRows, changeRows, recordRows, writePeople } from './write-diff.ts'

/** One run of a sync. */
export interface SyncInput extends SyncPlace, Pick<DiffMode, 'mode'> {
  readonly subjects: SubjectRead
  /** What happens to whom the source names no more, once that was so in so many complete reads in a row. */
  readonly absent: { readonly then: DiffMode['then']; readonly runs: number }
  readonly now: Date
}

/**
 * Brings the rows of one source in a VO or group to what the source says, in the caller's transaction: no row of another origin or
 * source is touched. Only a complete read changes anything, and a run that the guard holds changes nothing. Repeating it is safe:
 * it compares with what is there. Throws OBJECT_UNKNOWN, VO_BUSY.
 */
export async function syncMembers(tx: Tx, input: SyncInput): Promise<SyncResult> {
  const skips = new Skips()
  const staged = await stageSubjects(tx, input, skips)
  await lockVos(tx, [input.vo], { mode: 'exclusive' })
  const set = await findSyncedSet(tx, input, input.now)
  const outcome = whyNothing(staged, set) ?? (await compareAndWrite(tx, set, { input, staged, skips }))
  const result = { ...outcome, subjects: staged.subjects, skipped: skips.list() }
  await recordRun(tx, set, { result, at: input.now })
  if (outcome.outcome === 'changed') await closeTrail(tx, await beginTrail(tx, causeOf(input), input.now))
  return result
}

type Outcome<T = SyncResult> = T extends unknown ? Omit<T, keyof RunFacts> : never

function whyNothing({ failure, isComplete, subjects }: Staged, { mayBeEmpty }: SyncedSet): Outcome | undefined {
  if (failure !== undefined) return { outcome: 'failed', error: failure }
  if (!isComplete) return { outcome: 'incomplete' }
  return subjects === 0 && !mayBeEmpty ? { outcome: 'empty' } : undefined
}

interface Run {
  readonly input: SyncInput
  readonly staged: Staged
  readonly skips: Skips
}

async function compareAndWrite(tx: Tx, set: SyncedSet, { input, staged, skips }: Run): Promise<Outcome> {
  await leaveErased(tx, skips)
  const tellsMore = staged.hasOthers && (await matchSubjects(tx, skips)) && input.mode === 'full'
  await tx.query('savepoint before_sync')
  await diffSubjects(tx, set, { mode: input.mode, then: input.absent.then })
  await countAbsences(tx, set, input.absent.runs)
  const differing = await countDiffering(tx)
  if (differing === 0 && !tellsMore) return { outcome: 'unchanged' }
  return forRows(tx, differing, async () => writeUnlessHeld(tx, set, { input, staged, skips, tellsMore }))
}

async function writeUnlessHeld(
  tx: Tx,
  set: SyncedSet,
  { tellsMore, ...run }: Run & { readonly tellsMore: boolean },
): Promise<Outcome> {
  const { input } = run
  const before = await noteAccess(tx, set, input.now)
  const written = await write(tx, set, run)
  if (Object.values(written).every((rows) => rows === 0) && !tellsMore) return { outcome: 'unchanged' }
  const held = await whyHeld(tx, set, { input, before })
  if (held !== undefined) {
    await tx.query('rollback to savepoint before_sync')
    return { outcome: 'held', ...held }
  }
  await forgetRestored(tx)
  return { outcome: 'changed', ...written }
}

/** By what is lost now, and by what will be within a week. */
async function whyHeld(
  tx: Tx,
  set: SyncedSet,
  { input, before }: { readonly input: SyncInput; readonly before: Before },
): Promise<Held | undefined> {
  const look = async (reasons: Held['reasons']): Promise<Held | undefined> =>
    reasons.length === 0 ? undefined : { reasons, digest: await digestOfSync(tx, set), losses: await listLosses(tx) }
  const trail = await beginTrail(tx, causeOf(input), input.now)
  return (
    (await look(await judgeSync(tx, set, { before, at: input.now }))) ??
    judgeNearDates(tx, trail, { set, before, look })
  )
}

type Held = Omit<Extract<Outcome, { readonly outcome: 'held' }>, 'outcome'>

async function countDiffering(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ count: number }>('select count(*)::integer as count from sync_diff')
  return rows[0]?.count ?? 0
}

async function write(tx: Tx, set: SyncedSet, { input, staged, skips }: Run): Promise<WrittenRows> {
  const { then } = input.absent
  const trail = await beginTrail(tx, causeOf(input), input.now)
  const before = await servicesOf(tx, set, [])
  const had = await placesOfSynced(tx)
  const { changed, removed } = await changeRows(tx, trail, then)
  await leaveOutFull(tx, set, skips)
  if (input.mode === 'full') await writePeople(tx, trail, staged)
  const added = await addRows(tx, trail, set)
  if (added + changed + removed > 0) {
    await settleSynced(tx, trail, { set, before, had, skips })
    await recordRows(tx, trail, { set, then })
  }
  return { added, changed, removed }
}

function causeOf({ source }: SyncInput): { readonly actor: string } {
  return { actor: `sync/${source}` }
}
