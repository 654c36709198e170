import type { PersonIndex } from '../membership/person-marks.ts'
import type { VoWorld } from '../membership/vo-world.ts'
import { groupBy } from '../model/group-by.ts'
import type { Scope } from '../model/scope.ts'
import { once } from './once.ts'
import type { ObjectPair } from './pair-objects.ts'
import { namesOf, type DeltaContext, type SetDelta } from './set-delta.ts'
import type { MemberSet } from './sets.ts'

/** A row that a source gives somebody, and whether they are VALID by it. */
interface SourceRow {
  readonly source: string
  readonly person: PersonIndex
  readonly scope: Scope
  readonly isBefore: boolean
  readonly isAfter: boolean
}

/** Counts the people whom the rows of each source hold, over all VOs, where they differ. */
export function countSources(context: DeltaContext): SetDelta[] {
  const { draft } = context
  const touched = [...draft.touchedVos].flatMap(
    (pair) => draft.setsByVo.get((pair.want ?? pair.have)?.name ?? '') ?? [],
  )
  const differing = rowsIn(context, touched).filter(({ isBefore, isAfter }) => isBefore !== isAfter)
  if (differing.length === 0) return []
  const sources = groupBy(differing, ({ source }) => source)
  const all = groupBy(rowsIn(context, draft.setOf.values()), ({ source }) => source)
  return draft.ofKind('Source').flatMap((pair) => {
    const ofSource = sources.get(pair.have?.name ?? '')
    return ofSource === undefined
      ? []
      : [sourceDelta(context, pair, { all: all.get(pair.have?.name ?? '') ?? [], differing: ofSource })]
  })
}

interface Rows {
  readonly all: readonly SourceRow[]
  readonly differing: readonly SourceRow[]
}

function sourceDelta({ draft, changedScopes }: DeltaContext, pair: ObjectPair, { all, differing }: Rows): SetDelta {
  const { marks } = draft
  const before = marks.unique(peopleOf(all.filter(({ isBefore }) => isBefore)))
  const after = marks.unique(peopleOf(all.filter(({ isAfter }) => isAfter)))
  const [lost, gained] = [marks.without(before, after), marks.without(after, before)]
  const through = ({ scope }: SourceRow): Scope => (changedScopes.has(scope) ? scope : 'instance')
  const [losing, coming] = [new Set(lost), new Set(gained)]
  const lostRows = groupBy(
    differing.filter(({ person }) => losing.has(person)),
    through,
  )
  const gainedBy = differing.filter(({ person }) => coming.has(person)).map(through)
  return {
    ...{ pair, before, after, lost, gained, gainedBy: [...new Set(gainedBy)] },
    lostBy: new Map([...lostRows].map(([scope, rows]) => [scope, marks.unique(peopleOf(rows))])),
    ...namesOf(pair),
  }
}

function peopleOf(rows: readonly SourceRow[]): PersonIndex[] {
  return rows.map(({ person }) => person)
}

function rowsIn(context: DeltaContext, sets: Iterable<MemberSet>): SourceRow[] {
  const rows: SourceRow[] = []
  for (const set of sets) {
    const side = once(() => sidesOf(context, set))
    for (const { origin, originName: source, status, user } of set.have) {
      if (origin !== 'sync' || status !== 'VALID') continue
      const person = context.draft.people.ofId(user)
      if (person === undefined) continue
      const { before, after } = side()
      const [isBefore, isAfter] = [before?.get(person) === 'VALID', after?.get(person) === 'VALID']
      rows.push({ source, person, scope: set.scope, isBefore, isAfter })
    }
  }
  return rows
}

interface Sides {
  readonly before: VoWorld['statuses'] | undefined
  readonly after: VoWorld['statuses'] | undefined
}

/** The statuses of a set's VO; none after the changes where the set goes. A VO that nothing touches is not built anew. */
function sidesOf({ draft, worlds }: DeltaContext, { pair, vo }: MemberSet): Sides {
  const before = draft.membersOf(pair.have?.vo ?? pair.have?.name ?? '')
  if (pair.want === undefined) return { before, after: undefined }
  const isTouched = draft.touchedVos.has(draft.vosByWant.get(vo) ?? pair)
  return { before, after: isTouched ? worlds.after.vo(vo)?.statuses : before }
}
