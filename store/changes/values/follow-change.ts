import { servicesTouched, type FacilityService } from '../outbox.ts'
import type { KeepInput } from '../rules/keep-rules.ts'
import { settleLevels } from '../settle-levels.ts'
import type { Trail } from '../trail.ts'
import type { Tx } from '../../pool.ts'
import { generateValues } from './generate-values.ts'
import { keepFollowing, settleByDerived, type Followed } from './keep-following.ts'
import type { ChangedValue } from './write-values.ts'

/** What followed, with services that show it. */
type Shown = Omit<Followed, 'letIn'>

/** Lets rules, derived values, levels and what makes itself follow a change of people; returns with it the services that show them. */
export async function followChange(tx: Tx, trail: Trail, input: KeepInput): Promise<Shown> {
  const first = await followWithLevels(tx, trail, input)
  const services = [...first.services, ...(await showing(tx, first.persons))]
  const made = await followGenerated(tx, trail, { ...input, persons: first.persons, services })
  return joined([{ ...first, services }, made])
}

async function followWithLevels(tx: Tx, trail: Trail, input: KeepInput): Promise<Followed> {
  const followed = await keepFollowing(tx, trail, input)
  await settleLevels(tx, { persons: followed.persons, at: trail.at })
  return followed
}

interface Generating extends Pick<KeepInput, 'persons' | 'had' | 'past'> {
  /** Which show people who may lack values now. */
  readonly services: readonly FacilityService[]
}

/**
 * Makes what these people lack where they reach resources, and lets statuses and rules follow that depend on it; whoever reaches more
 * by it may lack further values, and so on. As each value is made once, that comes to an end. Returns the services that show more
 * people by it.
 */
export async function followGenerated(
  tx: Tx,
  trail: Trail,
  { persons: given, services: known, ...input }: Generating,
): Promise<Shown> {
  const none = { vos: [], isRuled: false, derived: [], leftOut: [] }
  const found: Shown[] = [{ ...none, persons: given, services: [] }]
  for (;;) {
    const { persons, services } = joined(found)
    const facilities = [...new Set([...known, ...services].map(({ facility }) => facility))]
    const made = await generateValues(tx, { facilities, persons, at: trail.at })
    found.push({ ...none, persons: [], services: [], vos: await settleByDerived(tx, trail, made) })
    const asked = await readByRules(tx, made)
    if (asked.length === 0) return joined(found)
    const followed = await followWithLevels(tx, trail, { ...input, persons: asked })
    if (!followed.isRuled) return joined(found)
    found.push({ ...followed, services: [...followed.services, ...(await showing(tx, followed.persons))] })
  }
}

function showing(tx: Tx, persons: readonly number[]): Promise<FacilityService[]> {
  return servicesTouched(tx, { groups: [], resources: [], facilities: [], persons })
}

function joined(parts: readonly Shown[]): Shown {
  return {
    persons: [...new Set(parts.flatMap(({ persons }) => persons))],
    vos: [...new Set(parts.flatMap(({ vos }) => vos))],
    isRuled: parts.some(({ isRuled }) => isRuled),
    leftOut: [...new Set(parts.flatMap(({ leftOut }) => leftOut))],
    derived: parts.flatMap(({ derived }) => derived),
    services: parts.flatMap(({ services }) => services),
  }
}

/** Whose values are among those that rules read. */
export async function readByRules(tx: Tx, made: readonly ChangedValue[]): Promise<number[]> {
  if (made.length === 0) return []
  const names = [...new Set(made.map(({ attribute }) => attribute))]
  const { rows } = await tx.query<{ name: string }>(
    'select name from unnest($1::text[]) as x(name) where exists (select from rule where rule.reads @> array[name])',
    [names],
  )
  const read = new Set(rows.map(({ name }) => name))
  return [...new Set(made.flatMap(({ attribute, subject }) => (read.has(attribute) ? [subject] : [])))]
}
