import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere, waitUntil } from '../../worker/embedded/processes.ts'
import { differences, hasConverged, readOutcome, type Outcome } from './outcome.ts'
import { listHolds } from '../../store/index.ts'
import { beginning, commit, makeRepository, script, type Step } from './script.ts'
import { askDatabase, runCli, startSystem, wipeTemporal, type System } from './system.ts'
import { watchFiles, type Sightings } from './watch.ts'

/** A home in which the beginning is in force, stopped, beside its repository. */
export interface Template {
  readonly folder: string
}

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

const patienceMs = 120_000

/** Makes the home that every run begins from. */
export async function makeTemplate(folder: string): Promise<Template> {
  const { home, repository } = placesIn(folder)
  await makeRepository(repository)
  const first = await commit(repository, beginning)
  const system = startSystem({ home, repository })
  const isThere = await converge(home, first)
  await system.stop()
  if (!isThere) throw new Error(`The beginning did not come into force:\n${system.output()}`)
  return { folder }
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

/** What the processes had to say before a trial failed. */
function lastLinesOf(home: string, system: System): string[] {
  const lastOf = (text: string, count: number) => text.trim().split('\n').slice(-count).join('\n')
  const logs = ['temporal/temporal.log', 'postgres/postgres.log'].map((name) => {
    return `${name} ends with:\n${lastOf(readIfThere(join(home, name)) ?? '', 15)}`
  })
  return [`the process printed:\n${lastOf(system.output(), 60)}`, ...logs]
}

interface Places {
  readonly home: string
  readonly repository: string
}

function placesIn(folder: string): Places {
  return { home: join(folder, 'home'), repository: join(folder, 'repository') }
}

function begin(template: Template, folder: string, disturbance?: Disturbance) {
  mkdirSync(folder, { mode: 0o755 })
  execFileSync('cp', ['-a', `${template.folder}/.`, folder])
  const { home, repository } = placesIn(folder)
  const watch = watchFiles(join(home, 'out'))
  const system = startSystem({
    ...{ home, repository, crashAt: disturbance?.crashAt(home) },
    whileDown: disturbance?.wipesTemporal === true ? async () => wipeTemporal(home) : undefined,
  })
  return { home, repository, system, watch }
}

/** Commits a step, approves what the guard holds of it, and waits until it is in force. */
async function bringAbout(home: string, repository: string, step: Step): Promise<boolean> {
  const head = await commit(repository, step)
  if (step.isHeld === true) {
    // An approval may have gone through although its command was broken off.
    await waitUntil(async () => (await approve(home)) || (await hasConverged(home, head)), patienceMs)
  }
  return converge(home, head)
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

/** True once the commit is in force and delivered, and stays so for a moment. */
async function converge(home: string, head: string): Promise<boolean> {
  const isThere = await waitUntil(async () => hasConverged(home, head), patienceMs)
  await new Promise((resolve) => setTimeout(resolve, 200))
  return isThere && (await hasConverged(home, head))
}

/** What a reader saw that no undisturbed run has shown: torn, mixed, or of a state nobody asked for. */
function strangers({ contents }: Sightings, { versions }: Reference): string[] {
  return [...contents].flatMap(([name, seen]) =>
    [...seen]
      .filter((content) => versions.get(name)?.has(content) !== true)
      .map((content) => `${name} was read as:\n${content}`),
  )
}

/** Halves of files, wherever the process writes any. */
function leftovers(home: string): string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('postgres/') && /\.(?:new|part|tmp)$|\/\.guildhall\/\d/.test(name))
    .map((name) => `left behind: ${name}`)
}
