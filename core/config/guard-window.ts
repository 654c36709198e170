import { isKind, type ConfigObject } from '../model/config-object.ts'

const usual = 'P1D'
const form = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

/** Tells since when losses count together: the guard's window of the instance, back from a moment in milliseconds. */
export function lossesSince({ objects }: { readonly objects: readonly ConfigObject[] }, at: number): Date {
  const windows = objects.flatMap((object) => (isKind(object, 'Instance') ? (object.spec.guard?.window ?? []) : []))
  return windowStart(windows[0], at)
}

/** Tells since when losses count together, by the window as the instance gives it, back from a moment in milliseconds. */
export function windowStart(window: string | undefined, at: number): Date {
  return before(at, window ?? usual)
}

function before(at: number, duration: string): Date {
  const parts = form.exec(duration)?.slice(1) ?? []
  const [years = 0, months = 0, weeks = 0, days = 0, ...time] = parts.map((part) => Number(part || 0))
  const [hours = 0, minutes = 0, seconds = 0] = time
  const since = new Date(at)
  since.setUTCFullYear(since.getUTCFullYear() - years, since.getUTCMonth() - months)
  since.setUTCDate(since.getUTCDate() - weeks * 7 - days)
  return new Date(since.getTime() - ((hours * 60 + minutes) * 60 + seconds) * 1_000)
}
