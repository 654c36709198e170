import { crashPoints, type CrashPoint, type Reached } from '../activities/crash-point.ts'

/** Where the process ends itself, and at which passing. */
export interface CrashPlan {
  readonly point: CrashPoint
  readonly passing: number
}

/** Reads `point[:n]`; undefined where the text is no such plan. */
export function parseCrashPlan(text: string): CrashPlan | undefined {
  const [name = '', count = '1', ...rest] = text.split(':')
  const point = crashPoints.find((known) => known === name)
  const passing = Number(count)
  if (point === undefined || rest.length > 0 || !Number.isInteger(passing) || passing < 1) return undefined
  return { point, passing }
}

/** Ends the process, as a power cut would, at the n-th passing of the planned point. */
export function createReached(plan: CrashPlan | undefined, end: () => void = endAtOnce): Reached {
  if (plan === undefined) return () => undefined
  let passings = 0
  return (point) => {
    if (point !== plan.point) return
    passings += 1
    if (passings === plan.passing) end()
  }
}

function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL')
}
