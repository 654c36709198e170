import { readFileSync } from 'node:fs'
import { crashPoints, type CrashPoint, type Reached } from '../activities/crash-point.ts'

/** Where the process ends itself, and at which passing. */
export interface CrashPlan {
  readonly point: CrashPoint
  readonly passing: number
  /** A file that begins with, or first names, the number of another process to end instead: a server's. */
  readonly pidFile?: string
}

/** Reads `point[:n[:file]]`; undefined where the text is no such plan. */
export function parseCrashPlan(text: string): CrashPlan | undefined {
  const [name = '', count = '1', pidFile, ...rest] = text.split(':')
  const point = crashPoints.find((known) => known === name)
  const passing = Number(count)
  if (point === undefined || rest.length > 0 || !Number.isInteger(passing) || passing < 1) return undefined
  if (pidFile?.startsWith('/') === false) return undefined
  return { point, passing, ...(pidFile === undefined ? {} : { pidFile }) }
}

/** Ends the process, as a power cut would, at the n-th passing of the planned point. */
export function createReached(plan: CrashPlan | undefined, end: (pid: number) => void = endAtOnce): Reached {
  if (plan === undefined) return () => undefined
  let passings = 0
  return (point) => {
    if (point !== plan.point) return
    passings += 1
    if (passings === plan.passing) end(victimOf(plan))
  }
}

/** Read when it is needed: a server that was started again has another number. */
function victimOf({ pidFile }: CrashPlan): number {
  if (pidFile === undefined) return process.pid
  return Number(/[1-9]\d*/.exec(readFileSync(pidFile, 'utf8'))?.[0] ?? process.pid)
}

function endAtOnce(pid: number): void {
  process.kill(pid, 'SIGKILL')
}
