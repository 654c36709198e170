import type { Desired } from '../core/model/state.ts'

const usual = 'P1D'
const form = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

/** Tells since when losses count together: the guard's window, back from now. */
export function lossesSince({ objects }: Desired, at: number): Date {
  const instance = objects.find(({ kind }) => kind === 'Instance')
  const window = instance?.kind === 'Instance' ? instance.spec.guard?.window : undefined
  return before(at, window ?? usual)
}

function before(at: number, duration: string): Date {
  const parts = form.exec(duration)?.slice(1) ?? []
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) =>
    Number(part || 0),
  )
  const since = new Date(at)
  since.setUTCFullYear(
    since.getUTCFullYear() - years,
    since.getUTCMonth() - months,
    since.getUTCDate() - weeks * 7 - days,
  )
  return new Date(since.getTime() - ((hours * 60 + minutes) * 60 + seconds) * 1_000)
}
