import { readFileSync, rmSync } from 'node:fs'
import { crashPoints, type CrashPoint, type Reached } from '../activities/crash-point.ts'
import { readIfThere } from './embedded/processes.ts'

/** Where the process ends itself, and at which passing. */
export interface CrashPlan {
  readonly point: CrashPoint
  readonly passing: number
  /** A file that begins with, or first names, the number of another process to end instead: a server's. */
  readonly pidFile?: string
}

/** A file that holds such a plan as text while there is one: read at each point, and removed when the process ends. */
export interface PlanFile {
  readonly plansIn: string
}

/** Reads a plan, or the absolute path of a file that will hold plans; undefined where the text is neither. */
export function parseCrash(text: string): CrashPlan | PlanFile | undefined {
  return text.startsWith('/') ? { plansIn: text } : parseCrashPlan(text)
}

/** Reads `point[:n[:file]]`; undefined where the text is no such plan. */
function parseCrashPlan(text: string): CrashPlan | undefined {
  const [name = '', count = '1', pidFile, ...rest] = text.split(':')
  const point = crashPoints.find((known) => known === name)
  const passing = Number(count)
  if (point === undefined || rest.length > 0 || !Number.isInteger(passing) || passing < 1) return undefined
  if (pidFile?.startsWith('/') === false) return undefined
  return { point, passing, ...(pidFile === undefined ? {} : { pidFile }) }
}

/** Ends the process, as a power cut would, at the n-th passing of the planned point. */
export function createReached(
  crash: CrashPlan | PlanFile | undefined,
  end: (pid: number) => void = endAtOnce,
): Reached {
  if (crash === undefined) return () => undefined
  return 'plansIn' in crash ? followFile(crash, end) : follow(crash, end)
}

/** Passings count from when a plan is there. */
function followFile({ plansIn }: PlanFile, end: (pid: number) => void): Reached {
  let known: string | undefined
  let reached: Reached = () => undefined
  return (point) => {
    const text = readIfThere(plansIn)
    if (text !== known) {
      const plan = parseCrashPlan(text ?? '')
      reached = plan === undefined ? () => undefined : follow(plan, endOnce)
      known = text
    }
    reached(point)
  }
  function endOnce(pid: number): void {
    rmSync(plansIn, { force: true })
    known = undefined
    reached = () => undefined
    end(pid)
  }
}

function follow(plan: CrashPlan, end: (pid: number) => void): Reached {
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
