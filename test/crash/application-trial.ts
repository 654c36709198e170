import { waitUntil } from '../../worker/embedded/processes.ts'
import { faultsAtEnd } from './application-outcome.ts'
import { applicationPoints, type ApplicationPoint } from './application-points.ts'
import { waitInEveryState } from './every-state.ts'
import { patienceMs, type Template } from './home.ts'
import { losses, suffer } from './losses.ts'
import { inScene, judged, untilQuiet, type Scene, type Verdict } from './scene.ts'

/** One system, to which the same happens at one point after the other. */
export interface ApplicationTrial {
  readonly name: string
  readonly run: (template: Template, folder: string) => Promise<readonly Verdict[]>
}

/** The trials of a round. */
export function applicationTrials(round: number): readonly ApplicationTrial[] {
  return [
    ...losses.map((loss) => ({
      name: `application: ${loss}, round ${round}`,
      run: async (template: Template, folder: string) =>
        inScene({ template, folder, loss }, async (scene) => live(scene, round)),
    })),
    {
      name: `application: Temporal wiped while one waits in every state, round ${round}`,
      run: async (template, folder) =>
        inScene({ template, folder, loss: 'worker killed, Temporal wiped' }, async (scene) => [
          await judged('application: Temporal wiped while one waits in every state', async () =>
            waitInEveryState(scene),
          ),
        ]),
    },
  ]
}

/** Lets people live through all points. */
async function live(scene: Scene, round: number): Promise<readonly Verdict[]> {
  const name = `application: ${scene.loss}`
  const verdicts: Verdict[] = []
  for (const point of applicationPoints) {
    const passing = ((round - 1) % point.of.applicants.length) + 1
    const verdict = await judged(`${name} at ${point.name} (${point.at})`, async () => pass(scene, point, passing))
    verdicts.push(verdict)
    // What follows would only tell the same.
    if (verdict.faults.length > 0) return verdicts
  }
  return [...verdicts, await judged(`${name}: at the end`, async () => faultsAtEnd(scene, applicationPoints.length))]
}

async function pass(scene: Scene, point: ApplicationPoint, passing: number): Promise<readonly string[]> {
  const { home, people } = scene
  const { at, before, meanwhile, of, then } = point
  if (before !== undefined) {
    await untilQuiet(home)
    await before(people)
  }
  await untilQuiet(home)
  await suffer(scene, { at, passing, meanwhile: async () => meanwhile(people) })
  let stands = ''
  const isThere = async () => (stands = await people.stand(of)) === then
  if (await waitUntil(isThere, patienceMs)) return []
  return [`the applications stand as "${stands}", not as "${then}"`, ...(await people.acts(of))]
}
