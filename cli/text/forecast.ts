import { count } from '../../core/model/count.ts'
import type { Forecast, ForecastChange, ForecastEnd } from '../../core/model/forecast.ts'
import { groupBy } from '../../core/model/group-by.ts'
import { renderTable } from './table.ts'

const peopleNamed = 3

/** What becomes due, a line for each day, VO and kind, and what comes of it. */
export function renderForecast(forecast: Forecast): string {
  const { changes, ends, limits, managers, emptied, from, until } = forecast
  const span = `${from.slice(0, 10)} to ${until.slice(0, 10)}`
  if (changes.length + ends.length === 0) return `Nothing becomes due from ${span}.`
  const lines = [...groupBy(changes, (change) => [change.day, change.vo, headOf(change)].join('\n')).values()]
  return [
    `What becomes due from ${span}, if nobody does anything:`,
    ...(lines.length === 0 ? [] : ['', renderTable(['DAY', 'VO', 'WHAT', 'PEOPLE', 'WHO'], lines.map(rowOf))]),
    ...section('VOs, groups and resources that end:', ends.map(endLine)),
    ...section('Where much is lost at once:', limits.map(limitLine)),
    ...section(
      'VOs that drop under two managers:',
      managers.map(({ day, vo, before, after }) => `${day} ${vo}: ${after} of ${before} left`),
    ),
    ...section(
      'Groups that become empty:',
      emptied.map(({ day, vo, group }) => `${day} ${vo}/${group}`),
    ),
    ...mailLines(forecast),
  ].join('\n')
}

function headOf({ what, name = '', vo }: ForecastChange): string {
  switch (what) {
    case 'notice':
      return `notice ${name}`
    case 'unban':
      return vo === null ? `ban ends (facility ${name})` : 'ban ends'
    case 'removed':
      return `removed from ${name}`
    case 'loses access':
      return `loses access to ${name}`
    default:
      return name === '' ? what : `${what} in ${name}`
  }
}

function rowOf(changes: readonly ForecastChange[]): readonly string[] {
  const [first] = changes
  if (first === undefined) return []
  const named = changes.slice(0, peopleNamed).map(({ user }) => user)
  const more = changes.length - named.length
  const who = more === 0 ? named : [...named, `${more} more`]
  return [first.day, first.vo ?? '–', headOf(first), String(changes.length), who.join(', ')]
}

function endLine({ day, kind, vo, name }: ForecastEnd): string {
  return kind === 'VO' ? `${day} VO ${name}` : `${day} ${kind.toLowerCase()} ${vo}/${name}`
}

function limitLine({ day, message, isForeseen }: Forecast['limits'][number]): string {
  const note = isForeseen
    ? 'the dates stood for a week, so nothing is held for it'
    : 'it counts with what else is lost within the window, which may be held for it'
  return `${day} ${message}; ${note}`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ! ${line}`)]
}

function mailLines({ mail }: Forecast): string[] {
  if (mail.length === 0) return []
  const mails = mail.reduce((sum, day) => sum + day.mails, 0)
  const unreachable = mail.reduce((sum, day) => sum + day.unreachable, 0)
  const rest = unreachable === 0 ? '' : `; ${count(unreachable, 'notice')} for people without an address`
  return ['', `Mail: ${count(mails, 'message')}${rest}`]
}
