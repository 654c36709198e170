import type { Approval } from '../../../core/model/approval.ts'
import type { GuardReason } from '../../../core/model/plan.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { forgetRestored } from '../losses.ts'
import { countAnew, forRows } from '../many-rows.ts'
import { beginTrail, closeTrail, type Trail } from '../trail.ts'
import { countAbsences, type AbsenceTerm } from './count-absences.ts'
import { diffSubjects, type DiffMode } from './diff-subjects.ts'
import { diffValues } from './diff-values.ts'
import { findPlaces, skipUnknownGroups } from './find-places.ts'
import { findSyncedSet, type SyncedSet, type SyncPlace } from './find-set.ts'
import { endHold, findApproval, holdRun, useApproval } from './hold-run.ts'
import { judgeNearDates } from './judge-near-dates.ts'
import { judgeReading } from './judge-reading.ts'
import {
  contentOfRun,
  judgeSync,
  listLosses,
  noteAccess,
  type Before,
  type RunContent,
  type RunExcess,
} from './judge-sync.ts'
import { leaveOutFull } from './leave-out-full.ts'
import { leaveErased, matchSubjects } from './match-subjects.ts'
import { recordRun } from './record-run.ts'
import { placesOfSynced, servicesOf, settleSynced } from './settle-synced.ts'
import { Skips } from './skips.ts'
import { stageSubjects, type Staged, type SubjectRead } from './stage-subjects.ts'
import type { RunFacts, SyncResult, WrittenRows } from './sync-result.ts'
import { readSaidAttributes, type SaidAttributes } from './said-attributes.ts'
import { addRows, changeRows, countByGroup, recordRows, writePeople } from './write-diff.ts'
import { diffLevels, writeLevels } from './write-levels.ts'
import { writeSaid } from './write-said.ts'

/** One run of a sync. */
export interface SyncInput extends SyncPlace, Pick<DiffMode, 'mode'> {
  readonly subjects: SubjectRead
  /** What happens to whom the source names no more, and when. */
  readonly absent: AbsenceTerm & Pick<DiffMode, 'then'>
  readonly now: Date
  /** Asked once everything is read and nobody else can write to the VO: what it throws ends the run. */
  readonly confirm?: (tx: Tx) => Promise<void>
  /** Told of each step that the run comes to. */
  readonly reached?: (step: SyncStep) => void
}

/** What a run has done. */
type SyncStep = 'staged' | 'locked' | 'compared' | 'written'

/**
 * Brings the rows of one source in a VO or group to what the source says, in the caller's transaction: no row of another origin or
 * source is touched. Only a complete read changes anything, and a run that the guard holds changes nothing. Repeating it is safe:
 * it compares with what is there. Throws OBJECT_UNKNOWN, VO_BUSY.
 */
export async function syncMembers(tx: Tx, input: SyncInput): Promise<SyncResult> {
  const skips = new Skips()
  const staged = await stageSubjects(tx, input, skips)
  input.reached?.('staged')
  await lockVos(tx, [input.vo], { mode: 'exclusive' })
  input.reached?.('locked')
  await input.confirm?.(tx)
  const set = await findSyncedSet(tx, input, input.now)
  const outcome = whyNothing(staged) ?? (await compareAndWrite(tx, set, { input, staged, skips }))
  const result = { ...outcome, subjects: staged.subjects, skipped: skips.list() }
  await recordRun(tx, set, { result, at: input.now })
  if (outcome.outcome === 'changed' || outcome.outcome === 'unchanged') await endHold(tx, set, input.now)
  if (outcome.outcome === 'changed') await countAnew(tx)
  if (outcome.outcome === 'changed' || outcome.outcome === 'held')
    await closeTrail(tx, await beginTrail(tx, causeOf(input), input.now))
  return result
}

type Outcome<T = SyncResult> = T extends unknown ? Omit<T, keyof RunFacts> : never

function whyNothing({ failure, isComplete }: Staged): Outcome | undefined {
  if (failure !== undefined) return { outcome: 'failed', error: failure }
  return isComplete ? undefined : { outcome: 'incomplete' }
}

interface Run {
  readonly input: SyncInput
  readonly staged: Staged
  readonly skips: Skips
}

async function compareAndWrite(tx: Tx, set: SyncedSet, { input, staged, skips }: Run): Promise<Outcome> {
  await leaveErased(tx, skips)
  await findPlaces(tx, set)
  await skipUnknownGroups(tx, set, skips)
  const tellsMore = staged.hasOthers && (await matchSubjects(tx, skips)) && input.mode === 'full'
  await diffSubjects(tx, set, { mode: input.mode, then: input.absent.then })
  const said = await readSaidAttributes(tx, set, staged)
  const levels = await diffLevels(tx, set, staged)
  const differing = (await countDiffering(tx)) + (await diffValues(tx, set, said)) + levels
  input.reached?.('compared')
  const wrong = differing === 0 ? [] : await judgeReading(tx, set, { staged, said })
  const approval = differing === 0 ? undefined : await findApproval(tx, set, input.now)
  const approved = approval && { approval, content: await contentOfRun(tx, set) }
  await tx.query('savepoint before_sync')
  await countAbsences(tx, input)
  if (wrong.length === 0 && !tellsMore && !(await isAnyDiffering(tx))) return { outcome: 'unchanged' }
  return forRows(tx, differing, async () =>
    writeUnlessHeld(tx, set, { input, staged, skips, said, tellsMore, wrong, approved }),
  )
}

interface Writing extends Run {
  readonly said: SaidAttributes
  /** Whether somebody known has an identity more by this. */
  readonly tellsMore: boolean
  /** What is wrong with the read itself. */
  readonly wrong: readonly GuardReason[]
  readonly approved: { readonly approval: Approval; readonly content: RunContent } | undefined
}

async function writeUnlessHeld(tx: Tx, set: SyncedSet, run: Writing): Promise<Outcome> {
  const { input, tellsMore, wrong, approved } = run
  const trail = await beginTrail(tx, causeOf(input), input.now)
  const before = await noteAccess(tx, set, input.now)
  const written = await write(tx, set, run)
  input.reached?.('written')
  const isIdle = countOf(written) === 0
  if (isIdle && !tellsMore && wrong.length === 0) return { outcome: 'unchanged' }
  const excess = await findExcess(tx, trail, { set, before, wrong })
  if (excess !== undefined && !(approved && (await useApproval(tx, trail, { set, excess, ...approved })))) {
    await tx.query('rollback to savepoint before_sync')
    const content = await contentOfRun(tx, set)
    return { outcome: 'held', digest: await holdRun(tx, trail, { set, content, excess }), ...excess }
  }
  await forgetRestored(tx)
  return isIdle && !tellsMore ? { outcome: 'unchanged' } : { outcome: 'changed', ...written }
}

function countOf({ added, changed, removed, values = 0, levels = 0 }: WrittenRows): number {
  return added + changed + removed + values + levels
}

interface Judging {
  readonly set: SyncedSet
  readonly before: Before
  readonly wrong: readonly GuardReason[]
}

/** What is too much by what is lost now, or by what will be within a week, beside what is wrong with the read. */
async function findExcess(tx: Tx, trail: Trail, { set, before, wrong }: Judging): Promise<RunExcess | undefined> {
  const look = async (found: readonly GuardReason[]): Promise<RunExcess | undefined> => {
    const reasons = [...wrong, ...found]
    return reasons.length === 0 ? undefined : { reasons, losses: await listLosses(tx) }
  }
  const soon = await judgeNearDates(tx, trail, { set, before, look })
  const now = await look(await judgeSync(tx, set, { before, at: trail.at }))
  return soon ?? now
}

async function countDiffering(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ count: number }>('select count(*)::integer as count from sync_diff')
  return rows[0]?.count ?? 0
}

/** About anybody's rows, values or levels. */
async function isAnyDiffering(tx: Tx): Promise<boolean> {
  const { rows } = await tx.query<{ is_any: boolean }>(
    'select exists (select from sync_diff) or exists (select from sync_differing) as is_any',
  )
  return rows[0]?.is_any ?? false
}

async function write(tx: Tx, set: SyncedSet, { input, staged, skips, said }: Writing): Promise<WrittenRows> {
  const { then } = input.absent
  const trail = await beginTrail(tx, causeOf(input), input.now)
  const before = await servicesOf(tx, set, [])
  const had = await placesOfSynced(tx)
  await leaveOutFull(tx, set, { then, skips })
  const { changed, removed } = await changeRows(tx, trail, then)
  if (input.mode === 'full') await writePeople(tx, trail, { ...staged, set })
  const added = await addRows(tx, trail, set)
  const levels = staged.hasLevels ? await writeLevels(tx, trail, set) : 0
  const values = said.attributes.length === 0 ? 0 : await writeSaid(tx, trail, { set, had, skips, ...said })
  if (added + changed + removed > 0) {
    await settleSynced(tx, trail, { set, before, had, skips })
    await recordRows(tx, trail, { set, then })
  }
  return {
    ...{ added, changed, removed },
    ...(values > 0 && { values }),
    ...(levels > 0 && { levels }),
    ...(set.base !== undefined && { groups: await countByGroup(tx) }),
  }
}

function causeOf({ source }: SyncInput): { readonly actor: string } {
  return { actor: `sync/${source}` }
}
