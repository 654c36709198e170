import { isDay } from '../core/lifecycle/calendar.ts'

const momentForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/

/** Reads a moment such as `2026-03-31T12:00:00Z`, with its zone; undefined where the text is none. */
export function readMoment(text: string): Date | undefined {
  const moment = new Date(text)
  // Date would go on to 2 March from 30 February.
  const isReal = momentForm.test(text) && isDay(text.slice(0, 'YYYY-MM-DD'.length))
  return isReal && !Number.isNaN(moment.getTime()) ? moment : undefined
}
