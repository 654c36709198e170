import { isOfMembers } from '../../../core/expressions/rules.ts'
import { groupBy } from '../../../core/model/group-by.ts'
import { lockPeople, lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { keepUnheld } from '../keep-unheld.ts'
import { settleDates } from '../member-dates.ts'
import { lockFreed, type Place, type Places } from '../memberships/places.ts'
import { settleMembers } from '../settle-members.ts'
import { isBroughtBack } from '../statuses.ts'
import { recordSelected, type Trail } from '../trail.ts'
import { readRules, type GroupRule, type Rules } from '../../rules/read-rules.ts'
import { readValues } from '../../rules/rule-values.ts'
import { openPlaces, placesBefore, type RulePlaces } from './rule-places.ts'
import { nextToTry } from './waiting.ts'
import { vosThatDiffer, writeRuleRows, type KeptRow, type RuleOutcome } from './rule-rows.ts'

/** Whose rows of rules are brought up to date. */
export interface KeepInput {
  readonly persons: readonly number[]
  /** Only where a rule reads one of these names; always where there are none. */
  readonly reading?: readonly string[]
  /** Where a clock does what was due before: in its VO it begins to be so then, in others with the change. */
  readonly past?: { readonly vo: number; readonly moment: Date } | undefined
  /** The limited places that they had before the change: who is in stays in. */
  readonly had?: Places
}

/** What keeping rules came to. */
export interface Kept {
  /** The VOs, by name, in which something changed. */
  readonly vos: readonly string[]
  /** Others than those asked about, who had waited for a place that is free now. */
  readonly letIn: readonly number[]
  /** Who was left out of a group, as there is no place. */
  readonly leftOut: readonly number[]
  /** Whether a rule is put to members only: also to whom another rule has just made one. */
  readonly asksMembers: boolean
  /** Rows that went. */
  readonly gone: readonly KeptRow[]
}

/**
 * Brings the rows of origin rule of these people to what the rules say of them now, with what follows for their
 * memberships, in the transaction of whatever changed about them; whoever waited for a place that is free by then comes in.
 * It agrees with `ruleRows` in core, which plans the same for commits.
 */
export async function keepRules(tx: Tx, trail: Trail, input: KeepInput): Promise<Kept> {
  const had = new Map([...(input.had ?? []), ...(await placesBefore(tx, input.persons))])
  const first = await keepOnce(tx, trail, { ...input, had })
  const vos = new Set(first.vos)
  let { asksMembers } = first
  const gone = [...first.gone]
  const letIn = new Set<number>()
  // Who comes in may turn rules that take a place from somebody else: until nobody does.
  for (let freed = await lockFreed(tx, had); freed.length > 0;) {
    const before = new Map<string, Place>()
    const tried: number[] = []
    for (;;) {
      const some = await nextToTry(tx, { tried, freed })
      if (some.length === 0) break
      tried.push(...some)
      const have = await placesBefore(tx, some)
      for (const [key, place] of have) before.set(key, place)
      // Not from when the place got free: they may have qualified since.
      const kept = await keepOnce(tx, trail, { persons: some, had: have })
      for (const vo of kept.vos) vos.add(vo)
      asksMembers ||= kept.asksMembers
      gone.push(...kept.gone)
      for (const person of kept.persons) letIn.add(person)
    }
    freed = await lockFreed(tx, before)
  }
  for (const person of input.persons) letIn.delete(person)
  return { vos: [...vos], letIn: [...letIn], leftOut: first.leftOut, asksMembers, gone }
}

interface KeptOnce extends Omit<Kept, 'letIn'> {
  /** Whose rows are others. */
  readonly persons: readonly number[]
}

async function keepOnce(tx: Tx, trail: Trail, input: KeepInput): Promise<KeptOnce> {
  const { persons, reading, past, had } = input
  const nothing: KeptOnce = { vos: [], persons: [], leftOut: [], asksMembers: false, gone: [] }
  if (persons.length === 0) return nothing
  const readAgain = async () => readRules(tx, past?.moment ?? trail.at, reading)
  const { rules, defaults } = await readAgain()
  if (rules.length === 0) return nothing
  await lockPeople(tx, persons)
  const places = await openPlaces(
    tx,
    rules.map(({ groupId }) => groupId),
    had,
  )
  const changed: KeptRow[] = []
  for (const some of together(rules, places)) {
    const keeping = { rules: { rules: some, defaults }, persons, past, readAgain, places }
    changed.push(...(await keepSome(tx, trail, keeping)))
  }
  const byVo = groupBy(changed, ({ vo }) => vo)
  for (const [vo, rows] of byVo) await settle(tx, trail, { vo, rows, since: past?.vo === vo ? past.moment : trail.at })
  await record(tx, trail, changed)
  const names = new Map(rules.map(({ voId, vo }) => [voId, vo]))
  return {
    vos: [...byVo.keys()].flatMap((vo) => names.get(vo) ?? []),
    persons: [...new Set(changed.map(({ person }) => person))],
    leftOut: places.leftOut(),
    asksMembers: rules.some(({ expression }) => isOfMembers(expression)),
    gone: changed.filter((row) => !row.is_new),
  }
}

/**
 * Rules that can be put to people at once: what one that asks for groups reads may be another's to change, and who comes
 * into a group with few places depends on who came into others.
 */
function together(rules: readonly GroupRule[], places: RulePlaces): GroupRule[][] {
  const batches: GroupRule[][] = []
  for (const rule of rules) {
    const last = batches.at(-1)
    const isAlone =
      rule.expression.groups.length > 0 || [rule, ...(last ?? [])].some((one) => places.areLimited(one.groupId))
    if (last === undefined || isAlone) batches.push([rule])
    else last.push(rule)
  }
  return batches
}

interface Keeping extends Pick<KeepInput, 'persons' | 'past'> {
  readonly rules: Rules
  /** What rules there are by now. */
  readonly readAgain: () => Promise<Rules>
  readonly places: RulePlaces
}

/** Only a VO in which a row comes or goes is locked, and then its rules are put again, as they are by then. */
async function keepSome(tx: Tx, trail: Trail, keeping: Keeping): Promise<readonly KeptRow[]> {
  const { rules, persons, past, readAgain, places } = keeping
  const first = await evaluate(tx, rules, persons)
  await places.forget(first)
  const vos = await vosThatDiffer(tx, first)
  if (vos.length === 0) return []
  await lockVos(tx, vos, { mode: 'shared' })
  const groups = new Set(rules.rules.map(({ groupId }) => groupId))
  const { rules: all, defaults } = await readAgain()
  const concerned = all.filter(({ groupId, vo }) => groups.has(groupId) && vos.includes(vo))
  const outcome = await evaluate(tx, { rules: concerned, defaults }, persons)
  return places.letIn(outcome, () => writeRuleRows(tx, trail, { outcome, past }))
}

async function evaluate(tx: Tx, rules: Rules, persons: readonly number[]): Promise<RuleOutcome> {
  const values = await readValues(tx, rules, persons)
  const groups: number[] = []
  const people: number[] = []
  for (const rule of rules.rules) {
    for (const person of values.candidates(rule)) {
      const outcome = rule.expression.evaluate(values.valuesOf(rule, person))
      if (outcome.kind !== 'value' || outcome.value !== true) continue
      groups.push(rule.groupId)
      people.push(person)
    }
  }
  return { groups, people, asked: { groups: rules.rules.map(({ groupId }) => groupId), persons } }
}

interface Settling {
  readonly vo: number
  readonly rows: readonly KeptRow[]
  readonly since: Date
}

/** A row of a rule that is new brings a member back like one of git. */
async function settle(tx: Tx, trail: Trail, { vo, rows, since }: Settling): Promise<void> {
  const those = (isNew: boolean): number[] => rows.filter((row) => row.is_new === isNew).map(({ person }) => person)
  const gone = rows.filter((row) => !row.is_new)
  await keepUnheld(tx, { ...trail, at: since }, gone)
  const { rows: back } = await tx.query<{ person_id: number }>(
    `select mb.person_id from member mb where mb.vo_id = $1 and mb.person_id = any($2) and ${isBroughtBack}`,
    [vo, those(true)],
  )
  const lifted = back.map(({ person_id }) => person_id)
  await settleMembers(tx, trail, { vo, persons: [...new Set(rows.map(({ person }) => person))], lifted, since })
  await settleDates(tx, rows, since)
}

async function record(tx: Tx, trail: Trail, rows: readonly KeptRow[]): Promise<void> {
  if (rows.length === 0) return
  await recordSelected(tx, trail, {
    select: `select case when x.is_new then 'add' else 'remove' end as action, 'GroupMember' as kind, vo.name as vo, g.name,
        jsonb_build_object('user', p.identities[1], 'origin', 'rule') as personal
      from unnest($5::integer[], $6::integer[], $7::boolean[]) as x("group", person, is_new)
      join groups g on g.id = x."group" join vo on vo.id = g.vo_id join person p on p.id = x.person
      order by vo.name, g.name, p.identities[1]`,
    parameters: [rows.map(({ group }) => group), rows.map(({ person }) => person), rows.map((row) => row.is_new)],
  })
}
