import type { Forecast, ForecastChange } from '../../../core/model/forecast.ts'
import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { Tx } from '../../pool.ts'
import { endBan } from '../bans.ts'
import { judgeDay, nextClockDay, runDay, type ClockDay, type ClockedVo } from './days.ts'
import { countManagers, groupsInUse } from './standing.ts'
import { changesSince, countTold, readEnds } from './told.ts'

/** Which time to foresee, of one VO or all. */
export interface ForecastInput {
  readonly from: Date
  readonly until: Date
  readonly vo?: string
}

type Part = Omit<Forecast, 'from' | 'until'>

/**
 * Lets clocks and ends of bans do, one after the other, all that they would do until then, and tells what comes of it. Writes as
 * they do: only for a copy of the state.
 */
export async function foresee(tx: Tx, { from, until, vo }: ForecastInput): Promise<Forecast> {
  const vos = await findVos(tx, vo)
  const days = new Map<string, ClockDay | undefined>()
  for (const one of vos) days.set(one.name, await nextClockDay(tx, one, from))
  const bans = await findBanEnds(tx, { from, vo })
  const parts: Part[] = []
  for (;;) {
    const next = earliest([...days.values()])
    const ban = bans[0]
    if (ban !== undefined && ban.at <= until && (next === undefined || ban.at <= next.at)) {
      bans.shift()
      parts.push(await liftBan(tx, ban))
      continue
    }
    if (next === undefined || next.at > until)
      return { from: from.toISOString(), until: until.toISOString(), ...joined(parts) }
    parts.push(await foreseeDay(tx, next))
    days.set(next.vo, await nextClockDay(tx, { name: next.vo, id: next.due.vo }, from))
  }
}

async function findVos(tx: Tx, name: string | undefined): Promise<ClockedVo[]> {
  const { rows } = await tx.query<ClockedVo>(
    'select name, id from vo where $1::text is null or name = $1 order by name',
    [name ?? null],
  )
  return rows
}

function earliest(days: readonly (ClockDay | undefined)[]): ClockDay | undefined {
  return days.reduce(
    (first, day) => (first === undefined || (day !== undefined && day.at < first.at) ? day : first),
    undefined,
  )
}

async function foreseeDay(tx: Tx, clockDay: ClockDay): Promise<Part> {
  const { vo, at, due } = clockDay
  const { day } = due
  const managersBefore = await countManagers(tx)
  const usedBefore = await groupsInUse(tx, vo)
  const read = await readEnds(tx)
  const losses = await runDay(tx, clockDay)
  const changes = await changesSince(tx, read, { day, at })
  const limits = (await judgeDay(tx, losses, at)).map((excess) => ({ day, vo, ...excess }))
  const managers = losses.length === 0 ? [] : await fewerManagers(tx, managersBefore, day)
  const used = await groupsInUse(tx, vo)
  const emptied = [...usedBefore].filter((group) => !used.has(group)).sort()
  const mail = await countTold(tx, { vo, now: at })
  return {
    ...{ changes, limits, managers },
    emptied: emptied.map((group) => ({ day, vo, group })),
    mail: mail.mails + mail.unreachable === 0 ? [] : [{ day, vo, ...mail }],
  }
}

const fewest = 2

async function fewerManagers(tx: Tx, before: ReadonlyMap<string, number>, day: Day): Promise<Forecast['managers']> {
  const now = await countManagers(tx)
  return [...now].flatMap(([vo, after]) => {
    const had = before.get(vo) ?? 0
    return after < had && after < fewest ? [{ day, vo, before: had, after }] : []
  })
}

interface BanEnd {
  readonly id: number
  readonly at: Date
  readonly day: Day
}

async function findBanEnds(
  tx: Tx,
  { from, vo }: { readonly from: Date; readonly vo: string | undefined },
): Promise<BanEnd[]> {
  const { rows } = await tx.query<BanEnd>(
    `select b.id, greatest(b.ends_at, $1) as at, b.until::text as day
     from ban b left join resource r on r.id = b.resource_id left join vo on vo.id = coalesce(b.vo_id, r.vo_id)
     where b.ends_at is not null and ($2::text is null or vo.name = $2) order by 2, 1`,
    [from, vo ?? null],
  )
  return rows
}

async function liftBan(tx: Tx, { id, at, day }: BanEnd): Promise<Part> {
  const read = await readEnds(tx)
  await endBan(tx, { id, now: at })
  const changes: ForecastChange[] = await changesSince(tx, read, { day, at })
  return { changes, limits: [], managers: [], emptied: [], mail: [] }
}

function joined(parts: readonly Part[]): Part {
  return {
    changes: parts.flatMap(({ changes }) => changes),
    limits: parts.flatMap(({ limits }) => limits),
    managers: parts.flatMap(({ managers }) => managers),
    emptied: parts.flatMap(({ emptied }) => emptied),
    mail: parts.flatMap(({ mail }) => mail),
  }
}
