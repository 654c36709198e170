import { WorkflowNotFoundError } from '@temporalio/client'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { commit } from './commits.ts'
import { patienceMs, type Template } from './home.ts'
import { suffer, type Exposed, type Loss } from './losses.ts'
import { differences, hasConverged, type Outcome } from './outcome.ts'
import { judged, runExposed, type Staging, type Verdict } from './scene.ts'
import { startDirectory, type Directory } from './sync-directory.ts'
import { groupsFrom, peopleFrom, syncBeginning } from './sync-documents.ts'
import { countRuns, faultsOfRuns, readSynced, type Runs } from './sync-outcome.ts'
import { groupsPoint, pointsOf, type SyncPoint } from './sync-points.ts'
import { askTemporal } from './temporal.ts'

/** A run of a sync, of which something has changed since the last one. */
interface Step {
  readonly name: string
  /** Its Schedule and its workflow. */
  readonly sync: string
  readonly ask: (scene: SyncScene) => Promise<void>
}

/** A system that reads a directory, to which something happens. */
interface SyncScene extends Exposed {
  readonly directory: Directory
  /** The newest commit. */
  readonly newest: { commit: string }
}

const people = 'sync/people/astro'
const groups = 'sync/units/astro/teams'

const script: readonly Step[] = [
  { name: 'everybody comes', sync: people, ask: async (scene) => commitStep(scene, peopleFrom) },
  day(1),
  {
    name: 'a group is renamed, and one goes',
    sync: groups,
    ask: async ({ home, directory }) => {
      await directory.changeGroups()
      await trigger(home, groups)
    },
  },
  day(2),
  day(3),
]

function day(number: number): Step {
  return {
    name: `day ${number}`,
    sync: people,
    ask: async ({ home, directory }) => {
      await directory.passDay(number)
      await trigger(home, people)
    },
  }
}

/** One system that goes through the script; undefined where nothing is lost. */
interface SyncTrial {
  readonly name: string
  readonly loss: Loss
  readonly points: readonly (SyncPoint | undefined)[]
}

/** The trials of a round. That Temporal is wiped takes long: half of its points come in every other round. */
export function syncTrials(round: number): readonly SyncTrial[] {
  const all = pointsOf(round)
  const [reading, writing] = [all.slice(0, all.length / 2), all.slice(all.length / 2)]
  const trial = (loss: Loss, points: readonly SyncPoint[], ofGroups?: SyncPoint): SyncTrial => {
    const [first, next, ...last] = points
    return { name: `sync: ${loss}, round ${round}`, loss, points: [first, next, ofGroups, ...last] }
  }
  return [
    trial('worker killed', reading, groupsPoint),
    trial('worker killed', writing),
    ...(round % 2 === 0
      ? [trial('worker killed, Temporal wiped', round % 4 === 0 ? reading : writing, groupsPoint)]
      : []),
    trial('PostgreSQL killed', round % 2 === 0 ? reading : writing, groupsPoint),
    trial('slapd killed', reading, groupsPoint),
  ]
}

/** Runs the script without a loss. */
export async function runSyncReference(template: Template, folder: string): Promise<Outcome> {
  const end: { outcome?: Outcome } = {}
  const verdicts = await inDirectory({ template, folder, loss: 'worker killed' }, async (scene) => {
    const told = await live(scene, [])
    end.outcome = await readSynced(scene.home)
    return told
  })
  const faults = verdicts.flatMap((verdict) => verdict.faults)
  if (end.outcome === undefined || faults.length > 0) throw new Error(`The reference failed:\n${faults.join('\n')}`)
  return end.outcome
}

/** Runs the script with its losses and lists what is not as it is without. */
export async function runSyncTrial(
  { template, reference }: { readonly template: Template; readonly reference: Outcome },
  { loss, points }: SyncTrial,
  folder: string,
): Promise<readonly Verdict[]> {
  return inDirectory({ template, folder, loss }, async (scene) => {
    const verdicts = await live(scene, points)
    if (verdicts.some(({ faults }) => faults.length > 0)) return verdicts
    const end = await judged(`sync: ${loss}: at the end`, async () => [
      ...differences(reference, await readSynced(scene.home)),
      ...(await faultsOfRuns(scene.home, loss)),
    ])
    return [...verdicts, end]
  })
}

async function inDirectory(
  staging: Staging,
  work: (scene: SyncScene) => Promise<readonly Verdict[]>,
): Promise<readonly Verdict[]> {
  const directory = await startDirectory()
  const { password } = directory.slapd.reader
  const env = { GUILDHALL_SECRET_SOURCE_PEOPLE_BIND: password, GUILDHALL_SECRET_SOURCE_UNITS_BIND: password }
  const victim = { pidFile: directory.slapd.pidFile, times: () => directory.restarts() }
  try {
    return await runExposed(
      'sync',
      { ...staging, env, ...(staging.loss === 'slapd killed' && { victim }) },
      async (exposed) => work({ ...exposed, directory, newest: { commit: '' } }),
    )
  } finally {
    await directory.remove()
  }
}

/** Goes through the script up to the first step that is not as it should be: what follows would only tell the same. */
async function live(scene: SyncScene, points: SyncTrial['points']): Promise<readonly Verdict[]> {
  const opening = {
    name: 'groups come',
    sync: groups,
    ask: async () => commitStep(scene, groupsFrom(scene.directory.slapd)),
  }
  const faults = await bringAbout(scene, opening)
  if (faults.length > 0) return [{ name: `sync: ${scene.loss}: ${opening.name}`, faults }]
  const verdicts: Verdict[] = []
  for (const [index, step] of script.entries()) {
    const point = points[index]
    const name = `sync: ${scene.loss} ${point === undefined ? 'nowhere' : `${point.name} (${point.at})`}`
    const verdict = await judged(name, async () => bringAbout(scene, step, point))
    verdicts.push(verdict)
    if (verdict.faults.length > 0) break
  }
  return verdicts
}

/** Has something read of which something has changed, and waits until it is in force once, whatever is lost meanwhile. */
async function bringAbout(scene: SyncScene, step: Step, point?: SyncPoint): Promise<readonly string[]> {
  const { home } = scene
  const before = await countRuns(home)
  const meanwhile = async () => step.ask(scene)
  await (point === undefined ? meanwhile() : suffer(scene, { ...point, meanwhile }))
  if (point !== undefined && (await needsAnother(scene, before))) await trigger(home, step.sync)
  if (await waitUntil(async () => isOver(scene, before), patienceMs)) return []
  return [
    `"${step.name}" did not come into force within ${patienceMs / 1_000} s: ${JSON.stringify(await countRuns(home))}`,
  ]
}

/** Whether nothing can come of the run that suffered: then it is the next one's turn, as the Schedule says. */
async function needsAnother({ home, loss }: SyncScene, before: Runs): Promise<boolean> {
  if (loss === 'slapd killed') {
    await waitUntil(async () => (await countRuns(home)).ended > before.ended, patienceMs)
    return (await countRuns(home)).changed === before.changed
  }
  return loss === 'worker killed, Temporal wiped' && (await countRuns(home)).changed === before.changed
}

async function isOver({ home, newest }: SyncScene, before: Runs): Promise<boolean> {
  if ((await countRuns(home)).changed !== before.changed + 1) return false
  if ((await isRunning(home, people)) || (await isRunning(home, groups))) return false
  return hasConverged(home, { commit: newest.commit, deliveries: syncBeginning.deliveries })
}

async function isRunning(home: string, id: string): Promise<boolean> {
  try {
    return await askTemporal(home, async ({ workflow }) => {
      const { status } = await workflow.getHandle(id).describe()
      return status.name === 'RUNNING'
    })
  } catch (error) {
    return !(error instanceof WorkflowNotFoundError)
  }
}

async function commitStep({ repository, newest }: SyncScene, step: Parameters<typeof commit>[1]): Promise<void> {
  newest.commit = await commit(repository, step)
}

/** Does what the Schedule of a sync does when its time comes. */
async function trigger(home: string, sync: string): Promise<void> {
  await askTemporal(home, async ({ schedule }) => schedule.getHandle(sync).trigger())
}
