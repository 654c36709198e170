import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { listHolds } from '../../store/index.ts'
import { commit, type Step } from './commits.ts'
import { converge, copyTemplate, lastLinesOf, leftovers, patienceMs, type Template } from './home.ts'
import { differences, hasConverged, readOutcome, type Outcome } from './outcome.ts'
import { beginning, script } from './script.ts'
import { askDatabase, runCli, startSystem, wipeTemporal, type System } from './system.ts'
import { watchFiles, type Sightings } from './watch.ts'

/** What a run that nobody disturbed has shown. */
export interface Reference {
  readonly outcome: Outcome
  readonly versions: Sightings['contents']
}

export interface Disturbance {
  readonly name: string
  /** What is told to the process in a home. */
  readonly crashAt: (home: string) => string
  /** Tells from the system and its output whether the disturbance took place. */
  readonly happened: (system: System) => boolean
  /** Deletes Temporal's database after the crash, and resumes. */
  readonly wipesTemporal?: boolean
}

/** Runs the script without a disturbance. */
export async function runReference(template: Template, folder: string): Promise<Reference> {
  const { home, repository, system, watch } = begin(template, folder)
  try {
    for (const step of script) {
      if (await bringAbout(home, repository, step)) continue
      throw new Error(`"${step.message}" did not come into force:\n${system.output()}`)
    }
    const outcome = await readOutcome(home)
    if (outcome.audit !== '') throw new Error(`The reference has no sound audit trail: ${outcome.audit}`)
    const { contents, faults } = await watch.stop()
    if (faults.length > 0) throw new Error(faults.join('\n'))
    return { outcome, versions: contents }
  } finally {
    await watch.stop()
    await system.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs the script with a disturbance and lists what is not as it is without. */
export async function runTrial(
  { template, reference }: { readonly template: Template; readonly reference: Reference },
  disturbance: Disturbance,
  folder: string,
): Promise<readonly string[]> {
  const { home, repository, system, watch } = begin(template, folder, disturbance)
  const faults: string[] = []
  try {
    for (const step of script) {
      if (await bringAbout(home, repository, step)) continue
      faults.push(`"${step.message}" did not come into force within ${patienceMs / 1_000} s`)
      break
    }
    if (disturbance.wipesTemporal === true) await runCli(home, ['resume'])
    if (!disturbance.happened(system)) faults.push('the point was never reached')
    faults.push(...differences(reference.outcome, await readOutcome(home)))
    const seen = await watch.stop()
    faults.push(...seen.faults, ...strangers(seen, reference))
  } finally {
    await watch.stop()
    const left = await system.stop()
    faults.push(...left.map((line) => `still runs: ${line}`), ...leftovers(home))
  }
  if (faults.length > 0) faults.push(...lastLinesOf(home, system))
  rmSync(folder, { recursive: true, force: true })
  return faults
}

function begin(template: Template, folder: string, disturbance?: Disturbance) {
  const { home, repository } = copyTemplate(template, folder)
  const watch = watchFiles(join(home, 'out'))
  const system = startSystem({
    ...{ home, repository, crashAt: disturbance?.crashAt(home) },
    whileDown: disturbance?.wipesTemporal === true ? async () => wipeTemporal(home) : undefined,
  })
  return { home, repository, system, watch }
}

/** Commits a step, approves what the guard holds of it, and waits until it is in force. */
async function bringAbout(home: string, repository: string, step: Step): Promise<boolean> {
  const wanted = { commit: await commit(repository, step), deliveries: beginning.deliveries }
  if (step.isHeld === true) {
    // An approval may have gone through although its command was broken off.
    await waitUntil(async () => (await approve(home)) || (await hasConverged(home, wanted)), patienceMs)
  }
  return converge(home, wanted)
}

/** False while nothing is held yet, or a server is away. */
async function approve(home: string): Promise<boolean> {
  try {
    const [hold] = (await askDatabase(home, listHolds)) ?? []
    if (hold === undefined) return false
    await runCli(home, ['approve', hold.digest, '--reason', 'Their visit is over'])
    return true
  } catch {
    return false
  }
}

/** What a reader saw that no undisturbed run has shown: torn, mixed, or of a state nobody asked for. */
function strangers({ contents }: Sightings, { versions }: Reference): string[] {
  return [...contents].flatMap(([name, seen]) =>
    [...seen]
      .filter((content) => versions.get(name)?.has(content) !== true)
      .map((content) => `${name} was read as:\n${content}`),
  )
}
