import type { ListedBlock } from '../../core/model/answers.ts'
import { moment } from './words.ts'

/** What is blocked or paused, by whom and why, with the command that lifts it. */
export function blockLine(block: ListedBlock): string {
  const { kind, by, reason, since, until } = block
  const head = kind === 'block' ? 'Blocked' : `Paused until ${moment(until ?? since)}`
  const lift = `guildhall deliveries un${kind}${optionsOf(block)}`
  return `${head}: ${placeOf(block)}, by ${by} since ${moment(since)} (${reason}); \`${lift}\` lifts it`
}

/** What is null or absent is all of it. */
type Place = Partial<Pick<ListedBlock, 'destination' | 'facility' | 'service' | 'user'>>

/** Such as `service passwd of facility hpc to login1`. */
export function placeOf({ facility = null, service = null, destination = null, user = null }: Place): string {
  const where = facility === null ? 'every facility' : `facility ${facility}`
  if (user !== null) return `${user} in the files of ${where}`
  const what = service === null ? where : `service ${service} of ${where}`
  return destination === null ? what : `${what} to ${destination}`
}

function optionsOf({ facility, service, destination, user }: ListedBlock): string {
  const given = { facility, service, destination, person: user }
  return Object.entries(given)
    .map(([name, value]) => (value === null ? '' : ` --${name} ${value}`))
    .join('')
}
