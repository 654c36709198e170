import { InvalidArgumentError, type Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { whatThereIs } from '../../core/model/nearest.ts'
import { answerWith, describeCommand, named } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState, type OpenState } from '../system/state.ts'
import { renderForecast } from '../text/forecast.ts'

interface ForecastOptions {
  readonly days: number
  readonly vo?: string
}

const dayMs = 24 * 60 * 60_000
const mostDays = 1_000

export function forecastCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'forecast',
    summary: 'tell who lapses when, if nobody does anything',
    description:
      'Tells who lapses when, if nobody does anything: which memberships end, who becomes EXPIRED, DISABLED or INVALID, is deleted or taken out of groups, whose ban ends, who is told by mail; which VOs, groups and resources end, and who has no access any more by it; and which sets lose more than the guard lets pass at once, which VOs drop under two managers, and which groups become empty. Lets the clocks run on a copy of the state; changes nothing.',
    examples: [
      ['guildhall forecast', 'the next 30 days'],
      ['guildhall forecast --days 90 --vo astro', 'of one VO'],
      ['guildhall forecast --json', 'for a program, with everybody by name'],
    ],
  })
    .option('--days <n>', `how many days, up to ${mostDays}`, days, 30)
    .option('--vo <name>', 'only this VO', named('a name'))
  return answerWith<ForecastOptions>(command, shell, async ({ options }) => {
    const from = shell.now()
    const until = new Date(from.getTime() + options.days * dayMs)
    const forecast = await withState(shell, options, async (open) => {
      if (options.vo !== undefined) await requireVo(open, options.vo)
      const { store, pool } = open
      const input = { from, until, ...(options.vo === undefined ? {} : { vo: options.vo }) }
      return store.rehearse(pool, (tx) => store.foresee(tx, input))
    })
    return { json: forecast, text: renderForecast(forecast) }
  })
}

function days(text: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= 1 && number <= mostDays) return number
  throw new InvalidArgumentError(`expected a number of days from 1 to ${mostDays}`)
}

async function requireVo({ store, pool }: OpenState, vo: string): Promise<void> {
  const known = await store.listClocks(pool)
  if (known.includes(vo)) return
  throw new GuildhallError(
    'OBJECT_UNKNOWN',
    `Cannot foresee anything of VO "${vo}": it is not in force${whatThereIs(vo, known)}`,
    { facts: { name: vo } },
  )
}
