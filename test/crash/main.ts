import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { crashPoints, type CrashPoint } from '../../activities/crash-point.ts'
import { run } from '../../worker/embedded/processes.ts'
import { makeTemplate, runReference, runTrial, type Disturbance } from './trial.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    'no-build': { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '3' },
  },
})

/** The script sends no mail: test/integration/bars/outage kills what does. */
const passed = crashPoints.filter((point) => !point.startsWith('mail.'))
const victims = ['worker', 'PostgreSQL', 'Temporal'] as const

const folder = mkdtempSync(join(tmpdir(), 'guildhall-crash-'))
// The server's account has to reach its data.
chmodSync(folder, 0o755)
process.exitCode = (await runAll()) ? 0 : 1

async function runAll(): Promise<boolean> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  if (!values['no-build']) await run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root })
  try {
    const template = await makeTemplate(join(folder, 'template'))
    const reference = await runReference(template, join(folder, 'reference'))
    const counts = { passed: 0, failed: 0 }
    const waiting = chosen().entries()
    const work = async () => {
      for (const [index, disturbance] of waiting) {
        const from = performance.now()
        const faults = await runTrial({ template, reference }, disturbance, join(folder, `trial-${index}`))
        counts[faults.length === 0 ? 'passed' : 'failed'] += 1
        report(disturbance, faults, performance.now() - from)
      }
    }
    await Promise.all(Array.from({ length: Number(values['at-once']) }, work))
    console.log(`${counts.passed} passed, ${counts.failed} failed`)
    return counts.failed === 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report({ name }: Disturbance, faults: readonly string[], tookMs: number): void {
  console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name} (${(tookMs / 1_000).toFixed(1)} s)`)
  for (const fault of faults) console.log(`     ${fault.replaceAll('\n', '\n     ')}`)
}

/** Every victim at every point, and Temporal's database lost, once a round. */
function chosen(): Disturbance[] {
  const rounds = Array.from({ length: Number(values.rounds) }, (_, index) => index + 1)
  const all = rounds.flatMap((round) => [
    ...passed.flatMap((point) => victims.map((victim) => crash(victim, { point, round }))),
    wipe(round),
  ])
  const only = values.only.split(',').filter((word) => word !== '')
  return all.filter(({ name }) => only.length === 0 || only.some((word) => name.includes(word)))
}

interface When {
  readonly point: CrashPoint
  readonly round: number
}

function crash(victim: (typeof victims)[number], { point, round }: When): Disturbance {
  const passing = passingOf(point, round)
  const place = { worker: undefined, PostgreSQL: 'postgres/data/postmaster.pid', Temporal: 'temporal/server.json' }[
    victim
  ]
  return {
    name: `${victim} at ${point}:${passing}`,
    crashAt: (home) => [point, passing, ...(place === undefined ? [] : [join(home, place)])].join(':'),
    happened: (system) =>
      victim === 'worker' ? system.deaths() === 1 : system.output().includes('A server died; starting it again'),
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
