import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CrashPoint } from '../../activities/crash-point.ts'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { listHolds } from '../../store/index.ts'
import { commit, type Step } from './commits.ts'
import { converge, copyTemplate, lastLinesOf, leftovers, patienceMs, type Places, type Template } from './home.ts'
import { startExposed, suffer, type Exposed } from './losses.ts'
import { differences, hasConverged, readOutcome, type Outcome } from './outcome.ts'
import { judged, type Verdict } from './scene.ts'
import { beginning, script } from './script.ts'
import type { Sweep } from './sweeps.ts'
import { askDatabase, runCli, startSystem } from './system.ts'
import { watchFiles, type Sightings } from './watch.ts'

/** What a run that nobody disturbed has shown. */
export interface Reference {
  readonly outcome: Outcome
  readonly versions: Sightings['contents']
}

/** Runs the script without a loss. */
export async function runReference(template: Template, folder: string): Promise<Reference> {
  const places = copyTemplate(template, folder)
  const watch = watchFiles(join(places.home, 'out'))
  const system = startSystem(places)
  try {
    for (const step of script) {
      const faults = await bringAbout(places, step)
      if (faults.length > 0) throw new Error(`${faults.join('\n')}\n${system.output()}`)
    }
    const outcome = await readOutcome(places.home)
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

/** Runs the script with its losses and lists what is not as it is without. */
export async function runSweep(
  { template, reference }: { readonly template: Template; readonly reference: Reference },
  { loss, points }: Sweep,
  folder: string,
): Promise<readonly Verdict[]> {
  const places = copyTemplate(template, folder)
  const watch = watchFiles(join(places.home, 'out'))
  const exposed = startExposed({ ...places, loss })
  const verdicts: Verdict[] = []
  const faults: string[] = []
  try {
    verdicts.push(...(await live(exposed, places, points)))
    if (isSound(verdicts)) faults.push(...differences(reference.outcome, await readOutcome(places.home)))
    const seen = await watch.stop()
    faults.push(...seen.faults, ...strangers(seen, reference))
  } finally {
    await watch.stop()
    const left = await exposed.system.stop()
    faults.push(...left.map((line) => `still runs: ${line}`), ...leftovers(places.home))
  }
  const whole = [...verdicts, { name: `apply: ${loss}: at the end`, faults }]
  if (!isSound(whole)) faults.push(...lastLinesOf(places.home, exposed.system))
  rmSync(folder, { recursive: true, force: true })
  return whole
}

function isSound(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ faults }) => faults.length === 0)
}

/** Goes through the script up to the first step that is not as it should be: what follows would only tell the same. */
async function live(exposed: Exposed, places: Places, points: Sweep['points']): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const [index, step] of script.entries()) {
    const at = points[index]
    const name = `apply: ${exposed.loss} at ${at ?? 'no point'}`
    const verdict = await judged(name, async () =>
      bringAbout(places, step, at === undefined ? undefined : { exposed, at }),
    )
    verdicts.push(verdict)
    if (!isSound([verdict])) break
  }
  return verdicts
}

interface Losing {
  readonly exposed: Exposed
  readonly at: CrashPoint
}

/** Commits a step, approves what the guard holds of it, and waits until it is in force, whatever is lost meanwhile. */
async function bringAbout({ home, repository }: Places, step: Step, losing?: Losing): Promise<readonly string[]> {
  const wanted = { commit: '', deliveries: beginning.deliveries }
  const ask = async () => {
    wanted.commit = await commit(repository, step)
    // An approval may have gone through although its command was broken off.
    if (step.isHeld === true)
      await waitUntil(async () => (await approve(home)) || (await hasConverged(home, wanted)), patienceMs)
  }
  await (losing === undefined ? ask() : suffer(losing.exposed, { at: losing.at, passing: 1, meanwhile: ask }))
  if (await converge(home, wanted)) return []
  return [`"${step.message}" did not come into force within ${patienceMs / 1_000} s`]
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
