import type { People } from '../membership/people.ts'
import type { PersonIndex, PersonMarks } from '../membership/person-marks.ts'
import type { Holders } from '../membership/vo-world.ts'
import type { Day } from '../lifecycle/calendar.ts'
import type { Position } from '../model/finding.ts'
import { isKind } from '../model/config-object.ts'
import type { MembershipChange } from '../model/plan.ts'
import type { MembershipRow } from '../model/state.ts'
import { isRowOf, type DroppedSources, type SyncedRow } from './dropped-sources.ts'
import { dateChange, datesOf, differingDates, isOver, noDates, type SetDates } from './set-dates.ts'
import { differingValues, noValues, valueChange, valuesOfSet, type SetValues } from './set-values.ts'
import type { MemberSet } from './sets.ts'

/** What happens to the rows of one set. */
export interface SetDiff {
  readonly set: MemberSet
  readonly added: readonly PersonIndex[]
  /** Rows of origin config that go. */
  readonly removed: readonly PersonIndex[]
  /** People who lose the rows of every origin, because the document is exclusive, or the VO and nothing holds them in it. */
  readonly expelled: readonly PersonIndex[]
  /** Where that stands, if not in the set's own document. */
  readonly expelledAt?: Position
  /** Rows that pass to the managers. */
  readonly released: readonly PersonIndex[]
  /** Rows that stay and get another date. */
  readonly redated: readonly PersonIndex[]
  /** Rows that stay and give their members other values. */
  readonly revalued: readonly PersonIndex[]
  /** People whom the rule of the group brings in. */
  readonly ruled: readonly PersonIndex[]
  /** Rows of origin rule that go. */
  readonly unruled: readonly PersonIndex[]
  /** Rows of origin sync that go, because no document lets their source fill the set any more. */
  readonly unsynced: readonly SyncedRow[]
  readonly dates: SetDates
  readonly values: SetValues
}

/** What rows are compared with. */
export interface RowContext {
  readonly people: People
  readonly marks: PersonMarks
  /** True where nothing may be removed. */
  readonly keepsAll: boolean
  /** What day it is in the time zone of a VO, by its name after the commit. */
  readonly today: (vo: string) => Day
  readonly droppedBy: DroppedSources
  /** VO members whom the VO does not name and no row of a group holds once the groups have changed. */
  readonly heldByNothing: (vo: MemberSet) => readonly PersonIndex[]
}

/** Compares the rows of a set with those the commit names; undefined where nothing changes. */
export function diffSet(set: MemberSet, context: RowContext): SetDiff | undefined {
  const declared = ofConfig(set.have, context)
  const parts = compare(set, declared, context)
  const unsynced = unsyncedRows(set, context)
  if (parts === undefined && unsynced.length === 0) return undefined
  const diff = { ...noDiff(set), ...parts, unsynced }
  const { added, removed, expelled, released, redated, revalued } = diff
  const isEmpty = [added, removed, expelled, released, redated, revalued, unsynced].every((list) => list.length === 0)
  return isEmpty ? undefined : { ...diff, removed: context.marks.without(removed, expelled) }
}

/** Those of a group that goes, go with it. */
function unsyncedRows(set: MemberSet, { keepsAll, people, droppedBy }: RowContext): readonly SyncedRow[] {
  const sources = keepsAll ? undefined : droppedBy(set)
  if (sources === undefined || sources.size === 0) return none
  return set.have.flatMap((row) => {
    const person = isRowOf(sources, row) ? people.ofId(row.user) : undefined
    return person === undefined ? [] : [{ person, source: row.originName }]
  })
}

const none: readonly SyncedRow[] = []
const nobody: readonly PersonIndex[] = []

const nothing: Omit<SetDiff, 'set'> = {
  ...{ added: nobody, removed: nobody, expelled: nobody, released: nobody, redated: nobody, revalued: nobody },
  ...{ dates: noDates, values: noValues },
  ...{ ruled: nobody, unruled: nobody, unsynced: none },
}

/** Nothing happens to a set. */
export function noDiff(set: MemberSet): SetDiff {
  return { ...nothing, set }
}

function compare(set: MemberSet, declared: readonly PersonIndex[], context: RowContext): Partial<SetDiff> | undefined {
  const { want } = set.pair
  if (want === undefined) return context.keepsAll ? undefined : { removed: declared }
  return want.governsMembers ? compareNamed(set, declared, context) : { released: declared }
}

function compareNamed(
  set: MemberSet,
  declared: readonly PersonIndex[],
  context: RowContext,
): Partial<SetDiff> | undefined {
  const named = wantedPeople(set, context)
  const dates = datesOf(set, context.people)
  const values = valuesOfSet(set, context.people)
  const areSame = context.marks.areSame(named, declared)
  if (!isExclusive(set) && areSame && dates === noDates && values === noValues) return undefined
  const added = areSame ? nobody : context.marks.without(named, declared)
  const redated = differingDates(declared, named, dates)
  const revalued = differingValues(declared, named, values)
  const written = { added, redated, revalued, dates, values }
  if (context.keepsAll) return written
  const removed = areSame ? nobody : context.marks.without(declared, named)
  return { ...written, removed, expelled: expelled(set, named, context) }
}

/** Tells whose row that this plan writes is over already. */
export function lapsedPeople(diff: SetDiff, today: Day): PersonIndex[] {
  const { added, redated, dates } = diff
  return [...added, ...redated].filter((person) => isOver(dates.after.get(person), today))
}

/** Tells whether nobody may be in a set whom its document does not name: it names somebody, or says that it is nobody. */
export function isExclusive({ pair: { want } }: MemberSet): boolean {
  return want !== undefined && want.governsMembers && 'exclusive' in want.spec && want.spec.exclusive
}

/** Lists the people the commit names, each once. */
export function wantedPeople(set: MemberSet, { people, marks }: Pick<RowContext, 'people' | 'marks'>): PersonIndex[] {
  const named: PersonIndex[] = []
  for (const { user } of set.want) {
    const person = people.find(user)
    if (person !== undefined) named.push(person)
  }
  return marks.unique(named)
}

function ofConfig(rows: readonly MembershipRow[], { people, marks }: RowContext): PersonIndex[] {
  const declared: PersonIndex[] = []
  for (const { user, origin } of rows) {
    const person = origin === 'config' ? people.ofId(user) : undefined
    if (person !== undefined) declared.push(person)
  }
  return marks.unique(declared)
}

/** Tells whether a row that git does not name stays in an exclusive set: that a rule or a source fills it is the document's own word. */
export function isOwnWord(origin: MembershipRow['origin']): boolean {
  return origin === 'rule' || origin === 'sync'
}

/** People an exclusive document does not name and who hold a row that is not its own word, or are in the VO and nothing holds them. */
function expelled(set: MemberSet, named: readonly PersonIndex[], context: RowContext): PersonIndex[] {
  const { have, kind } = set
  if (!isExclusive(set)) return []
  const others = have.flatMap(({ user, origin }) =>
    origin === 'config' || isOwnWord(origin) ? [] : (context.people.ofId(user) ?? []),
  )
  const loose = kind === 'Member' ? context.marks.without(context.heldByNothing(set), ofConfig(have, context)) : []
  return context.marks.without(context.marks.unique(others, loose), named)
}

/** Lists who holds rows of the set after the changes: nobody those of a group that goes. */
export function holdersAfter(
  set: MemberSet,
  diff: SetDiff | undefined,
  context: Pick<RowContext, 'people' | 'today'>,
): Holders {
  if (set.pair.want === undefined) return { valid: [], expired: [] }
  if (diff === undefined) return holdersOf(set.have, context.people)
  const replaced = new Set([...diff.removed, ...diff.redated])
  const expelledPeople = new Set(diff.expelled)
  const unruled = new Set(diff.unruled)
  const isUnsynced = unsyncedIn(diff)
  const left = set.have.filter(({ user, origin, originName }) => {
    const person = context.people.ofId(user)
    if (person === undefined || (expelledPeople.has(person) && !isOwnWord(origin))) return false
    if (origin === 'rule') return !unruled.has(person)
    if (origin === 'sync') return !isUnsynced(originName)
    return origin !== 'config' || !replaced.has(person)
  })
  const { valid, expired } = holdersOf(left, context.people)
  const written = [...diff.added, ...diff.redated]
  const lapsed = lapsedPeople(diff, context.today(set.vo))
  const over = new Set(lapsed)
  const lasting = lapsed.length === 0 ? written : written.filter((person) => !over.has(person))
  return { valid: [...valid, ...lasting, ...diff.ruled], expired: [...expired, ...lapsed] }
}

/** Tells of a source whether its rows of a set go. */
export function unsyncedIn({ unsynced = none }: Partial<Pick<SetDiff, 'unsynced'>>): (source: string) => boolean {
  const gone = new Set(unsynced.map(({ source }) => source))
  return (source) => gone.has(source)
}

/** Lists who holds rows. */
export function holdersOf(rows: readonly MembershipRow[], people: People): Holders {
  const valid: PersonIndex[] = []
  const expired: PersonIndex[] = []
  for (const { user, status } of rows) {
    const person = people.ofId(user)
    if (person === undefined) continue
    if (status === 'VALID') valid.push(person)
    else expired.push(person)
  }
  return { valid, expired }
}

/** Turns the difference of a set into changes, each at the line that asks for it. */
export function rowChanges(diff: SetDiff, people: People): MembershipChange[] {
  const { set } = diff
  const places = new Map(set.want.map((row) => [people.find(row.user), row.at]))
  const written = (action: 'add' | 'change', person: PersonIndex): MembershipChange => {
    const expires = dateChange(person, diff.dates)
    const attributes = valueChange(person, diff.values)
    const isDated = expires !== undefined && expires.before !== expires.after
    return {
      ...changeOf(set, { action, user: people.names[person] ?? '', at: places.get(person) ?? set.at }),
      ...(isDated ? { expires } : {}),
      ...(attributes === undefined ? {} : { attributes }),
    }
  }
  const other = (action: 'change' | 'remove', person: PersonIndex, at = set.at): MembershipChange =>
    changeOf(set, { action, user: people.names[person] ?? '', at })
  const byRule = (action: 'add' | 'remove', person: PersonIndex): MembershipChange => ({
    ...changeOf(set, { action, user: people.names[person] ?? '', at: ruleAt(set) }),
    origin: 'rule',
  })
  const rewritten = new Set([...diff.redated, ...diff.revalued])
  return [
    ...diff.added.map((person) => written('add', person)),
    ...diff.ruled.map((person) => byRule('add', person)),
    ...[...rewritten].map((person) => written('change', person)),
    ...diff.released.map((person) => other('change', person)),
    ...diff.removed.map((person) => other('remove', person)),
    ...diff.unruled.map((person) => byRule('remove', person)),
    ...diff.unsynced.map(({ person, source }) => ({ ...other('remove', person), origin: 'sync' as const, source })),
    ...diff.expelled.map((person) => ({ ...other('remove', person, diff.expelledAt), everyOrigin: true as const })),
  ]
}

function changeOf(
  { scope, kind, vo, name }: MemberSet,
  { action, user, at }: Pick<MembershipChange, 'action' | 'user'> & { readonly at: Position | undefined },
): MembershipChange {
  return { scope, action, kind, vo, name, user, ...(at === undefined ? {} : { at }) }
}

/** Where the rule of a set stands; of one that git took away the document. */
export function ruleAt({ pair: { want }, at }: MemberSet): Position | undefined {
  return want !== undefined && isKind(want, 'Group') ? (want.whereAt ?? at) : at
}
