import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DeterminismViolationError } from '@temporalio/workflow'
import { describe, expect, it, jest } from '@jest/globals'
import { Runtime, Worker, bundleWorkflowCode, DefaultLogger, type ReplayWorkerOptions } from '@temporalio/worker'
import { testServer } from '../support/test-server.ts'
import { fileOf, readManifest, type Recorded } from './recorder.ts'

jest.setTimeout(60_000)
Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') })

const manifest = readManifest()
const notWorkflows = new Set(['mutated'])

describe('histories recorded from released workflows', () => {
  it.each(manifest)('$workflow/$release--$scenario is replayed', async (recorded) => {
    const current = { codePath: testServer('GUILDHALL_TEST_BUNDLE') }

    const violation = await replay(recorded, current)

    expect(violation).toBeUndefined()
  })

  it('every workflow has one', () => {
    const workflows = foldersIn(new URL('../../workflows/', import.meta.url))

    const recorded = new Set(manifest.map(({ workflow }) => workflow))

    expect(workflows.filter((workflow) => !recorded.has(workflow))).toEqual([])
  })

  it('the manifest lists exactly the files that lie here', () => {
    const here = new URL('./', import.meta.url)
    const folders = foldersIn(here).filter((folder) => !notWorkflows.has(folder))

    const files = folders.flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, here)).map((file) => `${folder}/${file}`),
    )

    const listed = manifest.map(({ workflow, release, scenario }) => `${workflow}/${release}--${scenario}.json`)
    expect([...listed].sort()).toEqual([...files].sort())
  })

  it.each(['application', 'delegation', 'hold'])('%s, changed without patched(), is refused', async (name) => {
    const workflowsPath = fileURLToPath(new URL('./mutated/index.ts', import.meta.url))
    const mutated = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') })
    const histories = manifest.filter(({ workflow }) => workflow === name)

    const violations = []
    for (const recorded of histories) violations.push(await replay(recorded, mutated))

    expect(histories.length).toBeGreaterThan(0)
    expect(violations.filter((violation) => violation === undefined)).toEqual([])
  })
})

/** Replays one history; gives what it violates. */
async function replay(
  recorded: Recorded,
  workflowBundle: NonNullable<ReplayWorkerOptions['workflowBundle']>,
): Promise<string | undefined> {
  const file = fileOf(recorded)
  expect(existsSync(file)).toBe(true)
  const history: unknown = JSON.parse(readFileSync(file, 'utf8'))
  try {
    await Worker.runReplayHistory({ workflowBundle }, history, recorded.workflowId)
    return undefined
  } catch (error) {
    if (error instanceof Error && error.name === DeterminismViolationError.name) return error.message
    throw error
  }
}

function foldersIn(url: URL): string[] {
  return readdirSync(url, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
}
