import type { Tx } from '../../pool.ts'
import { lockVos } from '../../locks.ts'
import { keepRules, type Kept, type KeepInput } from '../rules/keep-rules.ts'
import { endUnheld } from '../end-unheld.ts'
import { servicesTouched, type FacilityService } from '../outbox.ts'
import type { TouchedRow } from '../rows.ts'
import { placesBefore } from '../rules/rule-places.ts'
import { settleMembers } from '../settle-members.ts'
import type { Trail } from '../trail.ts'
import { keepDerived } from './keep-derived.ts'
import { readDerived } from './read-derived.ts'
import type { ChangedValue } from './write-values.ts'

/** Whom it is about; rows of rules and memberships follow. */
export interface FollowInput extends KeepInput {
  /** Of whom other rows may have gone. */
  readonly leaving?: readonly Pick<TouchedRow, 'vo' | 'person'>[]
}

/** What followed, and for whom: others too, to whom a unique value passed. */
export interface Followed extends Pick<Kept, 'leftOut' | 'letIn'> {
  readonly persons: readonly number[]
  /** VOs, by name, in which a status or a row of a rule became another. */
  readonly vos: readonly string[]
  /** Whether rows of rules came or went. */
  readonly isRuled: boolean
  readonly derived: readonly ChangedValue[]
  /** Which showed rows that went. */
  readonly services: readonly FacilityService[]
}

/**
 * Brings derived values of these people, the statuses that hang on them and the rows of rules to what follows from their
 * other values now, and takes whom nothing holds any more out of exclusive VOs, until nothing changes. It ends, as who is out has
 * no row left there of which rules had not said the same before.
 */
export async function keepFollowing(tx: Tx, trail: Trail, given: FollowInput): Promise<Followed> {
  if (given.persons.length === 0) return nobody
  const { leaving = [], past, had = await placesBefore(tx, given.persons) } = given
  const rounds: Round[] = []
  const services: FacilityService[] = []
  const left = new Set<string>()
  for (let persons = given.persons, isAny = true; isAny;) {
    const round = await followRules(tx, trail, { ...given, had, persons })
    rounds.push(round)
    persons = round.persons
    const ended = await endUnheld(tx, trail, { touched: [...leaving, ...rounds.flatMap(({ gone }) => gone)], past })
    for (const vo of ended.vos) left.add(vo)
    services.push(...(await servicesOfRows(tx, round.gone)), ...ended.services)
    isAny = ended.vos.length > 0
  }
  const before = new Set(given.persons)
  const persons = rounds.at(-1)?.persons ?? []
  return {
    persons,
    vos: [...new Set([...rounds.flatMap(({ vos }) => vos), ...left])],
    isRuled: rounds.some(({ isRuled }) => isRuled),
    derived: rounds.flatMap(({ derived }) => derived),
    letIn: persons.filter((person) => !before.has(person)),
    leftOut: rounds.at(-1)?.leftOut ?? [],
    services,
  }
}

const nobody: Followed = { persons: [], vos: [], isRuled: false, derived: [], letIn: [], leftOut: [], services: [] }

/** Of rows that went; those of rows that came show by their people. */
async function servicesOfRows(tx: Tx, rows: Kept['gone']): Promise<FacilityService[]> {
  const groups = [...new Set(rows.map(({ group }) => group))]
  return servicesTouched(tx, { groups, resources: [], facilities: [], persons: [] })
}

interface Round extends Omit<Followed, 'letIn' | 'services'>, Pick<Kept, 'gone'> {}

/** Whom a rule makes a member has derived values of members too; rules only ever make members here, and circles are refused. */
async function followRules(tx: Tx, trail: Trail, input: KeepInput): Promise<Round> {
  const isDerived = (await readDerived(tx)).order.length > 0
  const vos = new Set<string>()
  const derived: ChangedValue[] = []
  const gone: Round['gone'][number][] = []
  let isRuled = false
  let asked = input.persons
  for (;;) {
    const changed = isDerived ? await keepDerived(tx, { persons: asked, at: trail.at }) : []
    const subjects = changed.map(({ subject }) => subject)
    derived.push(...changed)
    asked = [...new Set([...asked, ...subjects])]
    const reading = readingAlso(input, changed)
    const settled = await settleByDerived(tx, trail, changed)
    const ruled = await keepRules(tx, trail, { ...input, persons: asked, ...reading })
    for (const vo of [...settled, ...ruled.vos]) vos.add(vo)
    asked = [...new Set([...asked, ...ruled.letIn])]
    gone.push(...ruled.gone)
    isRuled ||= ruled.vos.length > 0
    if (ruled.vos.length === 0 || (!isDerived && !ruled.asksMembers))
      return { persons: asked, vos: [...vos], isRuled, derived, leftOut: ruled.leftOut, gone }
  }
}

function readingAlso({ reading }: KeepInput, changed: readonly ChangedValue[]): Pick<KeepInput, 'reading'> {
  return reading === undefined ? {} : { reading: [...reading, ...changed.map(({ attribute }) => attribute)] }
}

/** Settles the memberships of those whose derived values are others, where one of these is required; returns the VOs concerned. */
export async function settleByDerived(tx: Tx, trail: Trail, changed: readonly ChangedValue[]): Promise<string[]> {
  if (changed.length === 0) return []
  const names = [...new Set(changed.map(({ attribute }) => attribute))]
  const { rows } = await tx.query<{ vo: number; name: string; persons: number[] }>(
    `select vo.id as vo, vo.name, array_agg(mb.person_id) as persons
     from member mb join vo on vo.id = mb.vo_id
     where mb.person_id = any($1) and exists (select from personal_attribute where attribute = any($2))
     group by 1, 2 order by 2`,
    [[...new Set(changed.map(({ subject }) => subject))], names],
  )
  const vos = rows.map(({ name }) => name)
  if (vos.length > 0) await lockVos(tx, vos, { mode: 'shared' })
  const reason = `${names.join(', ')} followed from what ${trail.cause.actor} changed`
  const touched: string[] = []
  for (const { vo, name, persons } of rows)
    if ((await settleMembers(tx, trail, { vo, persons, lifted: [], reason })).length > 0) touched.push(name)
  return touched
}
