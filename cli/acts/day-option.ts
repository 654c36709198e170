import { InvalidArgumentError } from 'commander'
import { isDay } from '../../core/lifecycle/calendar.ts'

/** Reads a day from the command line. */
export function dayOption(text: string): string {
  if (isDay(text)) return text
  throw new InvalidArgumentError('expected a day such as 2027-01-31')
}
