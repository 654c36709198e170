import { join } from 'node:path'
import { crashPoints, type CrashPoint } from '../../activities/crash-point.ts'
import type { Disturbance } from './trial.ts'
import { pidFileOf, serverVictims, type Victim } from './victims.ts'

/** Of applications and their mail there are trials of their own. */
const passed = crashPoints.filter((point) => !/^(?:act|application|mail)\./.test(point))

/** Every victim at every point, and Temporal's database lost, once a round. */
export function disturbancesIn(round: number): readonly Disturbance[] {
  const victims: readonly Victim[] = ['worker', ...serverVictims]
  return [...passed.flatMap((point) => victims.map((victim) => crash(victim, { point, round }))), wipe(round)]
}

interface When {
  readonly point: CrashPoint
  readonly round: number
}

function crash(victim: Victim, { point, round }: When): Disturbance {
  const passing = passingOf(point, round)
  const pidFile = pidFileOf(victim)
  return {
    name: `${victim} at ${point}:${passing}`,
    crashAt: (home) => [point, passing, ...(pidFile === undefined ? [] : [join(home, pidFile)])].join(':'),
    happened: (system) => (victim === 'worker' ? system.deaths() === 1 : system.restarts() > 0),
  }
}

function wipe(round: number): Disturbance {
  const points = [
    'apply.after-commit',
    'relay.after-fold',
    'snapshot.after-commit',
    'plan.after',
    'delivery.before',
  ] as const
  const point = points[(round - 1) % points.length] ?? 'plan.after'
  return {
    name: `Temporal wiped at ${point}:2`,
    crashAt: () => `${point}:2`,
    happened: (system) => system.deaths() === 1,
    wipesTemporal: true,
  }
}

/** The relay looks every second, so that its points are passed while nothing happens too. */
function passingOf(point: CrashPoint, round: number): number {
  const passing = ((round - 1) % 4) + 1
  // One membership ends: a step that ends it, and one that finds nothing more.
  if (point.startsWith('clock.')) return ((round - 1) % 2) + 1
  return point === 'relay.before-fold' ? passing * 3 : passing
}
