import { isKind } from '../../core/model/config-object.ts'
import {
  isReleased,
  type Change,
  type DocumentChange,
  type Loss,
  type MembershipChange,
  type Plan,
} from '../../core/model/plan.ts'
import { voOfScope, type Scope } from '../../core/model/scope.ts'
import { listClocks } from '../clock.ts'
import { requireFence } from '../fence.ts'
import { lockScope } from '../locks.ts'
import type { Tx } from '../pool.ts'
import { forgetGoneScopes } from '../runs.ts'
import { wakeApplications } from './applications/wake-applications.ts'
import { followDocuments } from './invitations/follow-documents.ts'
import { writeDocuments, type WrittenDocuments } from './documents.ts'
import { vosOfAccounts } from './accounts/vos-of-accounts.ts'
import { isDocumentChange, isMembershipChange, recordChanges } from './events.ts'
import { forgetRestored, recordLosses } from './losses.ts'
import { holdClocks } from './clock/run-clock.ts'
import { keepUnheld } from './keep-unheld.ts'
import { settleDates } from './member-dates.ts'
import { countAnew, forgetPlans } from './many-rows.ts'
import { endMembers } from './members.ts'
import { servicesTouched, wakeClocks, wakeFollowers, writeOutbox, type FacilityService } from './outbox.ts'
import { ensurePeople, namedIdentities } from './people.ts'
import { removeDocuments } from './removals.ts'
import { renameSources } from './rename-sources.ts'
import { notePlanned } from './rules/waiting.ts'
import { addRows, endSyncedRows, redateRows, releaseRows, removeRows, type TouchedRow } from './rows.ts'
import { generateValues } from './values/generate-values.ts'
import { deriveForCommit } from './values/derive-for-commit.ts'
import { askForLevels, settleLevels, type LevelsChange } from './settle-levels.ts'
import { settleEndings } from './settle-endings.ts'
import { pairedBefore, touchedBefore } from './touched-before.ts'
import { noteJudged, settleStatuses } from './statuses.ts'
import { announceTerms } from './announce-terms.ts'
import { settleAcceptances, tellOfTerms } from './terms.ts'
import { beginTrail, closeTrail, type Cause, type Trail } from './trail.ts'
import { followMade } from './values/follow-made.ts'
import { readDerived } from './values/read-derived.ts'
import type { ChangedValue } from './values/write-values.ts'
import { keepFollowing } from './values/keep-following.ts'
import { writeRowValues } from './values/row-values.ts'
import { vosLedTo } from './vos-led-to.ts'
import { wakeDelegations } from './delegations/wake-delegations.ts'
import { wakeBans } from './wake-bans.ts'
import { peopleOfPairs } from './values/people-of-pairs.ts'
import { settleOutside } from './values/settle-outside.ts'
import { servicesShowing } from './values/services-showing.ts'

export interface ApplyInput {
  readonly scope: Scope
  /** Of this scope only, in the plan's order. */
  readonly changes: readonly Change[]
  /** Who loses what by them; empty where an approval clears it. */
  readonly losses: readonly Loss[]
  /** Of the run that applies a commit; a source's word has none, and is written under the lock alone. */
  readonly epoch?: number
  readonly cause: Cause
  readonly asOf: Date
  /** The instance's removals come in a transaction after those of the VOs. */
  readonly phase: 'main' | 'removals'
  /** The plan's word on the members whose status is not what it was; newcomers it does not name are VALID. */
  readonly statuses: Plan['statuses']
  /** The plan's word on whom rules would bring in and for whom there is no place. */
  readonly waiting?: Plan['waiting']
  /** The plan's word on which resources lie within their offers. */
  readonly offers: Plan['offers']
}

const ordinaryPriority = 3

/**
 * Brings one scope to the plan, in the caller's transaction. It closes the audit chain under a lock held to commit, so
 * the caller should have little left to write. A repetition after a commit finds nothing to do, because it is planned
 * again first. Returns the number of the link that it adds to the chain; undefined where there was nothing to record.
 */
export async function applyChanges(tx: Tx, input: ApplyInput): Promise<number | undefined> {
  const { scope, changes, losses, cause, asOf } = input
  const documents = changes.filter(isDocumentChange)
  const rows = changes.filter(isMembershipChange)
  await lockScope(tx, scope, [...formerVos(documents), ...(await vosLedTo(tx, documents))])
  if (input.epoch !== undefined) await requireFence(tx, scope, input.epoch)
  await forgetPlans(tx, changes.length)
  await tx.query('set constraints all deferred')
  const trail = await beginTrail(tx, cause, asOf)
  const before = await servicesTouched(tx, await touchedBefore(tx, documents, rows))
  const paired = await pairedBefore(tx, documents)
  await renameSources(tx, documents, asOf)
  const newcomers = await ensurePeople(tx, identitiesOf(documents, rows), asOf)
  const written = await writeDocuments(tx, documents, { asOf, offers: input.offers })
  const touchedRows = await writeRows(tx, trail, rows)
  await notePlanned(tx, input.waiting ?? [])
  const removed = await removeDocuments(tx, trail, documents)
  // After the groups that go: their rows hold nobody any more.
  const left = await endMembers(
    tx,
    trail,
    rows.filter(({ action }) => action === 'remove'),
  )
  if (documents.some(({ kind, action }) => kind === 'VO' && (action === 'remove' || action === 'move')))
    await forgetGoneScopes(tx)
  await tx.query('set constraints all immediate')
  const turned = await endingsIn(tx, trail, { scope, documents })
  const levels = await settleLevelsOf(tx, { documents, written, touchedRows, at: asOf })
  const people = [...newcomers, ...left, ...removed.people, ...levels.map(({ person }) => person)]
  const consequences = {
    statuses: input.statuses,
    written,
    touchedRows,
    gone: removed.rows,
    people,
    paired,
    agreeing: await vosAgreeing(tx, documents),
  }
  const { services: after, made } = await settle(tx, trail, consequences)
  await noteJudged(tx, { vo: voOfScope(scope), at: asOf })
  await recordLosses(tx, { scope, losses, at: asOf })
  const followed = await followMade(tx, trail, { scope, made, ruled: documents.filter(hasNewRule) })
  await forgetRestored(tx)
  const services = [...before, ...turned, ...after, ...followed.services]
  await writeOutbox(tx, { services, priority: ordinaryPriority, at: asOf })
  const clocks = await clocksTouched(tx, changes)
  if (documents.some(bearsOnMoments)) await holdClocks(tx, clocks, asOf)
  const waked = [...clocks, ...levels.map(({ vo }) => vo), ...followed.vos]
  await wakeClocks(tx, [...waked, ...(await vosOfAccounts(tx, documents))])
  await wakeBans(tx, documents)
  await wakeDelegations(tx, documents)
  // A group of sponsors may have others in it now.
  await wakeFollowers(tx, [...new Set(changes.flatMap(({ vo }) => vo ?? []))])
  await wakeApplications(tx, documents)
  await followDocuments(tx, trail, documents)
  await recordChanges(tx, trail, changes)
  await countAnew(tx)
  return closeTrail(tx, trail)
}

/** VOs whose dates, rules, time zone or name change, or where somebody may be left to the rules; without a zone of its own a VO has the instance's. */
async function clocksTouched(tx: Tx, changes: readonly Change[]): Promise<string[]> {
  if (changes.some(({ kind }) => kind === 'Instance')) return [...(await listClocks(tx))]
  return changes.flatMap((change): string[] => {
    if (isMembershipChange(change)) return change.expires === undefined && change.action !== 'remove' ? [] : [change.vo]
    if (isInVo(change) && bearsOnClock(change)) return [change.vo]
    return change.kind === 'VO' ? [change.name, ...formerVos([change])] : []
  })
}

function isInVo(change: DocumentChange): change is DocumentChange & { readonly vo: string } {
  return change.vo !== undefined && (change.kind === 'Group' || change.kind === 'Resource')
}

function hasNewRule(change: DocumentChange): boolean {
  return change.kind === 'Group' && bearsOn(change, 'where')
}

/** Its rule may follow levels, its members end in another way, or it ends on another day; or some are left to the rules of the VO. */
function bearsOnClock(change: DocumentChange): boolean {
  const { action, kind, want } = change
  if (action === 'remove' && kind === 'Group') return true
  const hasRule = want !== undefined && isKind(want, 'Group') && want.spec.where !== undefined
  return hasRule || ['expiration', 'expires', 'notices'].some((key) => bearsOn(change, key))
}

/** By it, something would have been due before. */
function bearsOnMoments({ fields }: DocumentChange): boolean {
  return ['timeZone', 'expiration', 'notices', 'terms'].some((field) => fields.includes(field))
}

/** Whether a key of the spec is new, another, or gone. */
function bearsOn({ action, fields, want }: DocumentChange, key: string): boolean {
  return action === 'add' ? want !== undefined && key in want.spec : fields.includes(key)
}

/** VOs, groups and resources come to an end, or are back, as their documents say; by another time zone of the instance in any VO. */
async function endingsIn(
  tx: Tx,
  trail: Trail,
  { scope, documents }: { readonly scope: Scope; readonly documents: readonly DocumentChange[] },
): Promise<readonly FacilityService[]> {
  if (!documents.some((change) => bearsOn(change, 'expires') || bearsOn(change, 'timeZone'))) return []
  return settleEndings(tx, trail, { vo: voOfScope(scope), moment: trail.at })
}

/** VOs whose terms or time zone change; without a zone of its own a VO has the instance's. */
async function vosAgreeing(tx: Tx, documents: readonly DocumentChange[]): Promise<readonly string[]> {
  const changed = documents.filter(({ fields }) => fields.includes('terms') || fields.includes('timeZone'))
  if (changed.some(({ kind }) => kind === 'Instance')) return listClocks(tx)
  return changed.flatMap(({ kind, name }) => (kind === 'VO' ? [name] : []))
}

/** Levels of everybody are settled where the sources, a time zone or what asks for levels may be others, else of whom the changes are about. */
async function settleLevelsOf(
  tx: Tx,
  {
    documents,
    written,
    touchedRows,
    at,
  }: {
    readonly documents: readonly DocumentChange[]
    readonly written: WrittenDocuments
    readonly touchedRows: readonly TouchedRow[]
    readonly at: Date
  },
): Promise<readonly LevelsChange[]> {
  const bearsOnAll = documents.some(({ kind, fields }) => kind === 'Source' || fields.includes('timeZone'))
  const isForAll = bearsOnAll || (await askForLevels(tx, written))
  const persons = [...written.persons, ...touchedRows.map(({ person }) => person)]
  return settleLevels(tx, { persons: isForAll ? undefined : persons, at })
}

interface Consequences {
  readonly statuses: Plan['statuses']
  readonly written: WrittenDocuments
  readonly touchedRows: readonly TouchedRow[]
  /** Rows that went with their groups. */
  readonly gone: readonly TouchedRow[]
  readonly people: readonly number[]
  /** Who had values that may hang on what the documents are about. */
  readonly paired: readonly number[]
  /** VOs whose members have another time to accept the terms. */
  readonly agreeing: readonly string[]
}

interface Settled {
  /** Which show a difference. */
  readonly services: readonly FacilityService[]
  /** What made itself, with what is derived from it. */
  readonly made: readonly ChangedValue[]
}

/** Statuses, derived values, generated numbers. */
async function settle(
  tx: Tx,
  trail: Trail,
  { statuses, written, touchedRows, gone, people, paired, agreeing }: Consequences,
): Promise<Settled> {
  await keepUnheld(tx, trail, [...touchedRows, ...gone])
  const settled = await settleStatuses(tx, trail, { rows: touchedRows, statuses })
  const repicked = await settleOutside(tx, trail)
  await settleAcceptances(tx, agreeing)
  await tellOfTerms(tx, agreeing, trail.at)
  await announceTerms(tx, written.vos, trail.at)
  await settleDates(tx, [...touchedRows, ...gone], trail.at)
  const persons = [
    ...new Set([...touchedRows.map(({ person }) => person), ...people, ...settled, ...repicked, ...written.persons]),
  ]
  const deriving = [...new Set([...persons, ...paired, ...(await peopleOfPairs(tx, written))])]
  const derived = await deriveForCommit(tx, { attributes: written.attributes, persons: deriving, at: trail.at })
  // Whose values lists gave back or took away, the plan did not foresee.
  const followed = await keepFollowing(tx, trail, { persons: repicked })
  const groups = [...written.groups, ...touchedRows.flatMap(({ group }) => group ?? [])]
  const touched = { groups, resources: written.resources, facilities: written.facilities, persons }
  const services = await servicesTouched(tx, touched)
  const facilities = written.definitionsChanged
    ? await allFacilities(tx)
    : [...new Set(services.map(({ facility }) => facility))]
  const onlyPersons =
    written.groups.length + written.resources.length + written.facilities.length === 0 && !written.definitionsChanged
  const made = await generateValues(tx, { facilities, persons: onlyPersons ? persons : undefined, at: trail.at })
  const { names } = await readDerived(tx)
  const fromMade = made.filter(({ attribute }) => names.has(attribute))
  return {
    services: [
      ...[...services, ...followed.services],
      ...(await servicesShowing(tx, [...derived, ...followed.derived, ...fromMade])),
    ],
    made,
  }
}

async function writeRows(tx: Tx, trail: Trail, rows: readonly MembershipChange[]): Promise<TouchedRow[]> {
  const of = (action: MembershipChange['action'], origin?: MembershipChange['origin']) =>
    rows.filter((row) => row.action === action && row.origin === origin)
  const steps = [
    { changes: of('add'), write: addRows },
    { changes: of('add', 'rule'), write: addRows, origin: 'rule' as const },
    { changes: of('change').filter(({ expires }) => expires !== undefined), write: redateRows },
    { changes: of('change').filter(isReleased), write: releaseRows },
    { changes: of('remove'), write: removeRows },
    { changes: of('remove', 'rule'), write: removeRows, origin: 'rule' as const },
    { changes: of('remove', 'sync'), write: endSyncedRows },
  ]
  const touched: TouchedRow[] = []
  for (const { changes, write, origin = 'config' } of steps) {
    if (changes.length > 0) touched.push(...(await write(tx, changes, { asOf: trail.at, origin })))
  }
  return [...touched, ...(await writeRowValues(tx, rows))]
}

async function allFacilities(tx: Tx): Promise<number[]> {
  const { rows } = await tx.query<{ id: number }>('select id from facility')
  return rows.map(({ id }) => id)
}

function formerVos(documents: readonly DocumentChange[]): string[] {
  return documents.flatMap(({ kind, have }) => (kind === 'VO' && have !== undefined ? [have.name] : []))
}

function identitiesOf(documents: readonly DocumentChange[], rows: readonly MembershipChange[]): string[] {
  const claimed = new Set(documents.flatMap(({ want }) => (want?.kind === 'User' ? want.spec.identities : [])))
  const named = [
    ...documents.flatMap(({ want }) => (want === undefined ? [] : namedIdentities(want))),
    ...rows.filter(({ action }) => action === 'add').map(({ user }) => user),
  ]
  return named.filter((identity) => !claimed.has(identity))
}
