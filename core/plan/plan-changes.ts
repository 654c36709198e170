import type { Surroundings } from '../config/catalog.ts'
import { comparePositions, compareText } from '../model/compare.ts'
import type { Finding } from '../model/finding.ts'
import { groupBy } from '../model/group-by.ts'
import type { GuardReason, Loss, Plan, ScopeVerdict } from '../model/plan.ts'
import type { Scope } from '../model/scope.ts'
import type { Desired, State } from '../model/state.ts'
import { checkCapacity } from './check-capacity.ts'
import { checkSetCapacity } from './check-set-capacity.ts'
import { checkGone } from './check-gone.ts'
import { checkPeople } from './check-people.ts'
import { checkProtected } from './check-protected.ts'
import { checkReferences } from './check-references.ts'
import { checkTerms } from './check-terms.ts'
import { checkUnique } from './check-unique.ts'
import { countDeltas } from './count-deltas.ts'
import { digestOfChanges, digestOfPlan } from './digest.ts'
import { draftPlan, type Draft } from './draft.ts'
import { impactOf } from './impact.ts'
import { judgeDeletions } from './judge-deletions.ts'
import { judgeDeltas } from './judge-deltas.ts'
import { judgeManagers } from './judge-managers.ts'
import { subjectOf } from './judge-set.ts'
import { badScopes } from './keep-scopes.ts'
import type { SetDelta } from './set-delta.ts'
import { lookAhead } from './look-ahead.ts'
import { offersOf } from './offers.ts'
import { statusChanges } from './status-changes.ts'
import { suspectRenames } from './suspect-renames.ts'
import { findTouched } from './touched.ts'
import { warnOutside } from './warn-outside.ts'
import { warnPast } from './warn-past.ts'
import { warnTerms } from './warn-terms.ts'
import { warnWaiting } from './warn-waiting.ts'
import { buildWorlds, type Worlds } from './worlds.ts'

/** What planning needs besides state and commit. */
export interface PlanOptions {
  /** Compiles the JSON Schemas that offers bring along. */
  readonly compileSchema: Surroundings['compileSchema']
  /** The moment of the plan. */
  readonly asOf: Date
  /** Scopes that stay as they are: held or frozen. */
  readonly kept?: Iterable<Scope>
}

/** Plans what a commit would do to what is in force; scopes with errors stay at their last good content. */
export function planChanges(state: State, desired: Desired, { kept = [], ...options }: PlanOptions): Plan {
  const findings: Finding[] = [...desired.findings]
  const staying = new Set([...kept, ...badScopes(desired.findings)])
  for (;;) {
    const draft = draftPlan(state, desired, { kept: staying, ...options })
    const attempt = analyse(draft)
    const bad = badScopes(attempt.findings).filter((scope) => !draft.kept.has(scope))
    const lasting = attempt.findings.filter(({ severity }) => bad.length === 0 || severity === 'error')
    findings.push(...lasting)
    if (attempt.done !== undefined && bad.length === 0) return { ...attempt.done, findings: sortFindings(findings) }
    for (const scope of bad) staying.add(scope)
  }
}

interface Attempt {
  readonly findings: readonly Finding[]
  /** The plan, where nothing but the access itself could be at fault. */
  readonly done?: Omit<Plan, 'findings'>
}

function analyse(draft: Draft): Attempt {
  const checks = [checkReferences, checkProtected, checkPeople, checkUnique, checkGone, checkTerms]
  const early = [...draft.findings, ...checks.flatMap((check) => check(draft))]
  if (badScopes(early).some((scope) => !draft.kept.has(scope))) return { findings: early }
  const worlds = buildWorlds(draft)
  const touched = findTouched(draft, worlds)
  const full = [...checkCapacity(draft, worlds, touched), ...checkSetCapacity(draft, worlds, touched)]
  if (full.length > 0) return { findings: [...early, ...full] }
  const changedScopes = new Set(draft.changes.map(({ scope }) => scope))
  const deltas = countDeltas({ draft, worlds, changedScopes }, touched)
  const ahead = lookAhead(draft)
  const judged = ahead === undefined ? deltas : withLossesOf(deltasOf(ahead, changedScopes), deltas)
  const renames = suspectRenames(draft)
  const statuses = statusChanges(draft, worlds)
  const scopes = judge(draft, { worlds, deltas: judged, renames: renames.reasons })
  return {
    findings: [
      ...early,
      ...renames.findings,
      ...warnPast(draft),
      ...warnTerms(draft, worlds),
      ...warnWaiting(draft, worlds, statuses),
      ...warnOutside(draft, worlds),
      ...draft.derived.findings(),
    ],
    done: {
      version: 1,
      digest: digestOfPlan(scopes),
      changes: draft.changes,
      impact: impactOf(draft, deltas),
      offers: offersOf(draft),
      statuses,
      waiting: draft.waiting,
      guard: { verdict: scopes.some(({ verdict }) => verdict === 'held') ? 'held' : 'pass', scopes },
    },
  }
}

function deltasOf(draft: Draft, changedScopes: ReadonlySet<Scope>): SetDelta[] {
  const worlds = buildWorlds(draft)
  return countDeltas({ draft, worlds, changedScopes }, findTouched(draft, worlds))
}

/** Who loses something as it will be, who gets something as it is now. */
function withLossesOf(later: readonly SetDelta[], deltas: readonly SetDelta[]): SetDelta[] {
  const now = new Map(deltas.map((delta) => [delta.pair, delta]))
  const losing = later.map((delta) => {
    const { gained = [], gainedBy = [] } = now.get(delta.pair) ?? {}
    return { ...delta, gained, gainedBy }
  })
  const known = new Set(later.map(({ pair }) => pair))
  return [...losing, ...deltas.filter(({ pair }) => !known.has(pair))]
}

interface Evidence {
  readonly worlds: Worlds
  readonly deltas: readonly SetDelta[]
  readonly renames: ReturnType<typeof suspectRenames>['reasons']
}

function judge(draft: Draft, { worlds, deltas, renames }: Evidence): ScopeVerdict[] {
  const judgement = judgeDeltas(draft, deltas)
  const others = groupBy([...renames, ...judgeDeletions(draft), ...judgeManagers(draft, worlds)], ({ scope }) => scope)
  const byScope = groupBy(draft.changes, ({ scope }) => scope)
  const scopes = [...byScope.keys()].sort(compareScopes)
  return scopes.map((scope) => {
    const reasons = [...(others.get(scope) ?? []).map(({ reason }) => reason), ...(judgement.reasons.get(scope) ?? [])]
    return {
      scope,
      digest: digestOfChanges(byScope.get(scope) ?? []),
      verdict: reasons.length > 0 ? 'held' : 'pass',
      reasons: reasons.sort(compareReasons),
      losses: (judgement.losses.get(scope) ?? []).toSorted(compareLosses),
    }
  })
}

function compareScopes(a: Scope, b: Scope): number {
  return Number(b === 'instance') - Number(a === 'instance') || compareText(a, b)
}

function compareLosses(a: Loss, b: Loss): number {
  return compareText(subjectOf(a.set), subjectOf(b.set)) || a.user - b.user
}

function compareReasons(a: GuardReason, b: GuardReason): number {
  return compareText(a.code, b.code) || compareText(a.subject, b.subject)
}

/** Puts findings in the order of their places, each once; those without a place come first. */
function sortFindings(findings: readonly Finding[]): Finding[] {
  const unique = new Map(
    findings.map((finding) => [
      `${finding.code} ${finding.at?.file ?? ''}:${finding.at?.line ?? 0} ${finding.message}`,
      finding,
    ]),
  )
  return [...unique.values()].sort(
    (a, b) => comparePositions(a.at, b.at) || compareText(a.code, b.code) || compareText(a.message, b.message),
  )
}
