import type { People } from '../membership/people.ts'
import type { PersonIndex, PersonMarks } from '../membership/person-marks.ts'
import type { Holders } from '../membership/vo-world.ts'
import type { Day } from '../lifecycle/calendar.ts'
import type { Position } from '../model/finding.ts'
import type { MembershipChange } from '../model/plan.ts'
import type { MembershipRow } from '../model/state.ts'
import { dateChange, datesOf, differingDates, isOver, noDates, type SetDates } from './set-dates.ts'
import type { MemberSet } from './sets.ts'

/** What happens to the rows of one set. */
export interface SetDiff {
  readonly set: MemberSet
  readonly added: readonly PersonIndex[]
  /** Rows of origin config that go. */
  readonly removed: readonly PersonIndex[]
  /** People who lose the rows of every origin, because the document is exclusive. */
  readonly expelled: readonly PersonIndex[]
  /** Rows that pass to the managers. */
  readonly released: readonly PersonIndex[]
  /** Rows that stay and get another date. */
  readonly redated: readonly PersonIndex[]
  readonly dates: SetDates
}

/** What rows are compared with. */
export interface RowContext {
  readonly people: People
  readonly marks: PersonMarks
  /** True where nothing may be removed. */
  readonly keepsAll: boolean
  /** What day it is in the time zone of a VO, by its name after the commit. */
  readonly today: (vo: string) => Day
  /** VO members whom no row holds once the groups have changed. */
  readonly heldByNothing: (vo: MemberSet) => readonly PersonIndex[]
}

/** Compares the rows of a set with those the commit names; undefined where nothing changes. */
export function diffSet(set: MemberSet, context: RowContext): SetDiff | undefined {
  const declared = ofConfig(set.have, context)
  const parts = compare(set, declared, context)
  if (parts === undefined) return undefined
  const { added = nobody, removed = nobody, expelled = nobody, released = nobody, redated = nobody } = parts
  const isEmpty = [added, removed, expelled, released, redated].every((people) => people.length === 0)
  if (isEmpty) return undefined
  const { dates = noDates } = parts
  return { set, added, removed: context.marks.without(removed, expelled), expelled, released, redated, dates }
}

const nobody: readonly PersonIndex[] = []

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
  const areSame = context.marks.areSame(named, declared)
  if (!isExclusive(set) && areSame && dates === noDates) return undefined
  const added = areSame ? nobody : context.marks.without(named, declared)
  const redated = differingDates(declared, named, dates)
  if (context.keepsAll) return { added, redated, dates }
  const removed = areSame ? nobody : context.marks.without(declared, named)
  return { added, removed, redated, dates, expelled: expelled(set, named, context) }
}

/** Tells whose row that this plan writes is over already. */
export function lapsedPeople(diff: SetDiff, today: Day): PersonIndex[] {
  const { added, redated, dates } = diff
  return [...added, ...redated].filter((person) => isOver(dates.after.get(person), today))
}

function isExclusive({ pair: { want } }: MemberSet): boolean {
  return want !== undefined && 'exclusive' in want.spec && want.spec.exclusive
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

/** People an exclusive document does not name and who hold a row of another origin, or are in the VO by no row at all. */
function expelled(set: MemberSet, named: readonly PersonIndex[], context: RowContext): PersonIndex[] {
  const { have, kind } = set
  if (!isExclusive(set)) return []
  const others = have.flatMap(({ user, origin }) => (origin === 'config' ? [] : (context.people.ofId(user) ?? [])))
  const loose = kind === 'Member' ? context.heldByNothing(set) : []
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
  const left = set.have.filter(({ user, origin }) => {
    const person = context.people.ofId(user)
    if (person === undefined || expelledPeople.has(person)) return false
    return origin !== 'config' || !replaced.has(person)
  })
  const { valid, expired } = holdersOf(left, context.people)
  const written = [...diff.added, ...diff.redated]
  const lapsed = lapsedPeople(diff, context.today(set.vo))
  if (lapsed.length === 0) return { valid: [...valid, ...written], expired }
  const over = new Set(lapsed)
  return { valid: [...valid, ...written.filter((person) => !over.has(person))], expired: [...expired, ...lapsed] }
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
  const redated = new Set(diff.redated)
  const places = new Map(set.want.map((row) => [people.find(row.user), row.at]))
  const change = (action: MembershipChange['action'], person: PersonIndex, everyOrigin?: true): MembershipChange => {
    const isNamed = action === 'add' || (action === 'change' && redated.has(person))
    const at: Position | undefined = isNamed ? (places.get(person) ?? set.at) : set.at
    const { scope, kind, vo, name } = set
    const expires = isNamed ? dateChange(person, diff.dates) : undefined
    return {
      scope,
      action,
      kind,
      vo,
      name,
      user: people.names[person] ?? '',
      ...(everyOrigin === undefined ? {} : { everyOrigin }),
      ...(expires === undefined ? {} : { expires }),
      ...(at === undefined ? {} : { at }),
    }
  }
  return [
    ...diff.added.map((person) => change('add', person)),
    ...diff.redated.map((person) => change('change', person)),
    ...diff.released.map((person) => change('change', person)),
    ...diff.removed.map((person) => change('remove', person)),
    ...diff.expelled.map((person) => change('remove', person, true)),
  ]
}
