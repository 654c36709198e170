import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { run } from '../../worker/embedded/processes.ts'
import { hasSlapd } from '../connectors/slapd.ts'
import { applicationBeginning } from './application-documents.ts'
import { applicationTrials } from './application-trial.ts'
import { makeTemplate } from './home.ts'
import type { Verdict } from './scene.ts'
import { beginning } from './script.ts'
import { sweepsIn } from './sweeps.ts'
import { syncBeginning } from './sync-documents.ts'
import { runSyncReference, runSyncTrial, syncTrials } from './sync-trial.ts'
import { runReference, runSweep } from './trial.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true, default: [] },
    'no-build': { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '3' },
  },
})

/** Something that is run in a folder of its own. */
interface Trial {
  readonly name: string
  readonly run: (folder: string) => Promise<readonly Verdict[]>
}

const folder = mkdtempSync(join(tmpdir(), 'guildhall-crash-'))
// The server's account has to reach its data.
chmodSync(folder, 0o755)
process.exitCode = (await runAll()) ? 0 : 1

async function runAll(): Promise<boolean> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  if (!values['no-build']) await run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root })
  try {
    const verdicts: Verdict[] = []
    // The long ones first.
    const waiting = [...(await ofApplications()), ...(await ofSyncs()), ...(await ofApplies())].entries()
    const work = async () => {
      for (const [index, trial] of waiting) {
        const told = await trial.run(join(folder, `trial-${index}`))
        told.forEach(report)
        verdicts.push(...told)
      }
    }
    await Promise.all(Array.from({ length: Number(values['at-once']) }, work))
    return conclude(verdicts)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report({ name, faults, tookMs }: Verdict): void {
  const took = tookMs === undefined ? '' : ` (${(tookMs / 1_000).toFixed(1)} s)`
  console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name}${took}`)
  for (const fault of faults) console.log(`     ${fault.replaceAll('\n', '\n     ')}`)
}

/** How often each point held. */
function conclude(verdicts: readonly Verdict[]): boolean {
  const isOk = ({ faults }: Verdict) => faults.length === 0
  const counts = new Map<string, { ok: number; failed: number }>()
  for (const verdict of verdicts) {
    const count = counts.get(verdict.name) ?? { ok: 0, failed: 0 }
    counts.set(verdict.name, count)
    count[isOk(verdict) ? 'ok' : 'failed'] += 1
  }
  for (const [name, { ok, failed }] of counts) console.log(`${String(ok).padStart(4)} ok, ${failed} failed: ${name}`)
  const passed = verdicts.filter(isOk).length
  console.log(`${passed} passed, ${verdicts.length - passed} failed`)
  return passed === verdicts.length
}

async function ofApplications(): Promise<readonly Trial[]> {
  const trials = rounds()
    .flatMap((round) => applicationTrials(round))
    .filter(isChosen)
  if (trials.length === 0) return []
  const template = await makeTemplate(join(folder, 'applications'), applicationBeginning)
  return trials.map(({ name, run: runOn }) => ({ name, run: (place) => runOn(template, place) }))
}

async function ofSyncs(): Promise<readonly Trial[]> {
  const trials = rounds()
    .flatMap((round) => syncTrials(round))
    .filter(isChosen)
  if (trials.length === 0) return []
  if (!hasSlapd) {
    console.log('Syncs are left out: they need slapd (apt-get install slapd ldap-utils)')
    return []
  }
  const template = await makeTemplate(join(folder, 'syncs'), syncBeginning)
  const reference = await runSyncReference(template, join(folder, 'syncs-reference'))
  return trials.map((trial) => ({
    name: trial.name,
    run: async (place) => runSyncTrial({ template, reference }, trial, place),
  }))
}

async function ofApplies(): Promise<readonly Trial[]> {
  const sweeps = rounds().flatMap(sweepsIn).filter(isChosen)
  if (sweeps.length === 0) return []
  const template = await makeTemplate(join(folder, 'template'), beginning)
  const reference = await runReference(template, join(folder, 'reference'))
  return sweeps.map((sweep) => ({
    name: sweep.name,
    run: async (place) => runSweep({ template, reference }, sweep, place),
  }))
}

function rounds(): readonly number[] {
  return Array.from({ length: Number(values.rounds) }, (_, index) => index + 1)
}

function isChosen({ name }: { readonly name: string }): boolean {
  const { only } = values
  return only.length === 0 || only.some((part) => name.includes(part))
}
