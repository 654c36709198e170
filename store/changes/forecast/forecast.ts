import type { Forecast, ForecastChange } from '../../../core/model/forecast.ts'
import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { Tx } from '../../pool.ts'
import { endBan } from '../bans.ts'
import { forgetWakes, readWakes } from '../../clock.ts'
import { judgeDay, nextClockDay, runDay, type ClockDay, type ClockedVo } from './days.ts'
import { countManagers, groupsInUse } from './standing.ts'
import { accessLost, changesSince, countTold, endsSince, readEnds } from './told.ts'

/** Which time to foresee, of one VO or all. */
export interface ForecastInput {
  readonly from: Date
  readonly until: Date
  readonly vo?: string
}

type Part = Omit<Forecast, 'from' | 'until'>

/**
 * Lets clocks and ends of bans do, one after the other, all that they would do until then, and tells what comes of it: of one VO too
 * those of all, for its rules and sponsors may lie in others. Writes as they do: only for a copy of the state.
 */
export async function foresee(tx: Tx, { from, until, vo }: ForecastInput): Promise<Forecast> {
  const vos = await findVos(tx)
  const days = new Map<string, ClockDay | undefined>()
  for (const one of vos) days.set(one.name, await nextClockDay(tx, one, from))
  const bans = await findBanEnds(tx, from)
  const stood: Stood = { managers: await countManagers(tx), groups: new Map() }
  const parts: Part[] = []
  let now = from
  for (;;) {
    const next = soonest({ ban: bans[0], clockDay: earliest([...days.values()]) }, until)
    if (next === undefined)
      return { from: from.toISOString(), until: until.toISOString(), ...joined(parts.map(about(vo))) }
    const { ban, clockDay } = next
    now = later(now, next.at)
    if (ban !== undefined) {
      parts.push(await liftBan(tx, ban))
      bans.shift()
    } else {
      parts.push(await foreseeDay(tx, clockDay, stood))
      days.set(clockDay.vo, await dayAfter(tx, clockDay, now))
    }
    // What was done here may be followed elsewhere, as rules and sponsors are.
    for (const one of await wokenClocks(tx, vos))
      if (one.name !== clockDay?.vo) days.set(one.name, await nextClockDay(tx, one, now))
  }
}

async function dayAfter(tx: Tx, { vo, due }: ClockDay, now: Date): Promise<ClockDay | undefined> {
  const following = await nextClockDay(tx, { name: vo, id: due.vo }, now)
  return following && isSame(following.due, due) ? undefined : following
}

/** What is due again to the same people would be for ever. */
function isSame(one: ClockDay['due'], other: ClockDay['due']): boolean {
  return one.day === other.day && one.kind === other.kind
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other
}

/** The clocks that something was written for since they were last looked for. */
async function wokenClocks(tx: Tx, vos: readonly ClockedVo[]): Promise<readonly ClockedVo[]> {
  const wakes = await readWakes(tx)
  await forgetWakes(tx, wakes)
  const woken = new Set(wakes.vos)
  return vos.filter(({ name }) => woken.has(name))
}

/** Leaves of what comes to pass only what is about a VO. */
function about(vo: string | undefined): (part: Part) => Part {
  const isIts = (one: { readonly vo: string | null }): boolean => vo === undefined || one.vo === vo
  return ({ changes, ends, limits, managers, emptied, mail }) => ({
    changes: changes.filter(isIts),
    ends: ends.filter(isIts),
    limits: limits.filter(isIts),
    managers: managers.filter(isIts),
    emptied: emptied.filter(isIts),
    mail: mail.filter(isIts),
  })
}

type Step = { readonly at: Date } & (
  { readonly ban: BanEnd; readonly clockDay?: undefined } | { readonly ban?: undefined; readonly clockDay: ClockDay }
)

/** What comes first, if anything does by then. */
function soonest(
  { ban, clockDay }: { readonly ban: BanEnd | undefined; readonly clockDay: ClockDay | undefined },
  until: Date,
): Step | undefined {
  if (ban !== undefined && ban.at <= until && (clockDay === undefined || ban.at <= clockDay.at))
    return { at: ban.at, ban }
  return clockDay !== undefined && clockDay.at <= until ? { at: clockDay.at, clockDay } : undefined
}

async function findVos(tx: Tx): Promise<ClockedVo[]> {
  const { rows } = await tx.query<ClockedVo>('select name, id from vo order by name')
  return rows
}

function earliest(days: readonly (ClockDay | undefined)[]): ClockDay | undefined {
  return days.reduce(
    (first, day) => (first === undefined || (day !== undefined && day.at < first.at) ? day : first),
    undefined,
  )
}

/** How VOs and groups stood when they were last looked at: they are looked at again where somebody loses something. */
interface Stood {
  managers: ReadonlyMap<string, number>
  readonly groups: Map<string, ReadonlySet<string>>
}

async function foreseeDay(tx: Tx, clockDay: ClockDay, stood: Stood): Promise<Part> {
  const { vo, at, day } = clockDay
  const groups = stood.groups.get(vo) ?? (await groupsInUse(tx, vo))
  stood.groups.set(vo, groups)
  const read = await readEnds(tx)
  const { losses, byEnds } = await runDay(tx, clockDay)
  const when = { day, at }
  const changes = [...(await changesSince(tx, read, when)), ...(await accessLost(tx, byEnds, when))]
  const mail = await countTold(tx, { vo, now: at })
  return {
    changes,
    ends: await endsSince(tx, read, when),
    mail: mail.mails + mail.unreachable === 0 ? [] : [{ day, vo, ...mail }],
    limits: (await judgeDay(tx, losses, at)).map((excess) => ({ day, vo, ...excess })),
    ...(losses.length === 0 ? { managers: [], emptied: [] } : await standingAfter(tx, { day, vo }, stood)),
  }
}

async function standingAfter(
  tx: Tx,
  { day, vo }: { readonly day: Day; readonly vo: string },
  stood: Stood,
): Promise<Pick<Part, 'managers' | 'emptied'>> {
  const managers = await countManagers(tx)
  const fewer = fewerManagers(stood.managers, managers)
  const used = await groupsInUse(tx, vo)
  const emptied = [...(stood.groups.get(vo) ?? [])].filter((group) => !used.has(group)).sort()
  stood.managers = managers
  stood.groups.set(vo, used)
  return {
    managers: fewer.map((one) => ({ day, ...one })),
    emptied: emptied.map((group) => ({ day, vo, group })),
  }
}

const fewest = 2

function fewerManagers(
  before: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
): readonly Omit<Forecast['managers'][number], 'day'>[] {
  return [...now].flatMap(([vo, after]) => {
    const had = before.get(vo) ?? 0
    return after < had && after < fewest ? [{ vo, before: had, after }] : []
  })
}

interface BanEnd {
  readonly id: number
  readonly at: Date
  readonly day: Day
}

async function findBanEnds(tx: Tx, from: Date): Promise<BanEnd[]> {
  const { rows } = await tx.query<BanEnd>(
    `select id, greatest(ends_at, $1) as at, until::text as day from ban where ends_at is not null order by 2, 1`,
    [from],
  )
  return rows
}

async function liftBan(tx: Tx, { id, at, day }: BanEnd): Promise<Part> {
  const read = await readEnds(tx)
  await endBan(tx, { id, now: at })
  const changes: ForecastChange[] = await changesSince(tx, read, { day, at })
  return { changes, ends: [], limits: [], managers: [], emptied: [], mail: [] }
}

function joined(parts: readonly Part[]): Part {
  return {
    changes: parts.flatMap(({ changes }) => changes),
    ends: parts.flatMap(({ ends }) => ends),
    limits: parts.flatMap(({ limits }) => limits),
    managers: parts.flatMap(({ managers }) => managers),
    emptied: parts.flatMap(({ emptied }) => emptied),
    mail: parts.flatMap(({ mail }) => mail),
  }
}
