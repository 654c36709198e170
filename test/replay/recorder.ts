import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Client } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'

/** One recorded history, as the manifest lists it. */
export interface Recorded {
  readonly workflow: string
  readonly release: string
  readonly scenario: string
  readonly workflowId: string
  readonly events: number
}

const folder = new URL('./', import.meta.url)

/** Reads the manifest of all recorded histories. */
export function readManifest(): readonly Recorded[] {
  return parse(readFileSync(new URL('manifest.json', folder), 'utf8'))
}

export function fileOf({ workflow, release, scenario }: Pick<Recorded, 'workflow' | 'release' | 'scenario'>): URL {
  return new URL(`${workflow}/${release}--${scenario}.json`, folder)
}

/** Keeps the history of a finished run when GUILDHALL_RECORD names a release; what is recorded already stays as it is. */
export async function keepHistory(
  client: Client,
  { workflowId, runId, scenario }: { workflowId: string; runId?: string; scenario: string },
): Promise<void> {
  const release = process.env.GUILDHALL_RECORD
  if (release === undefined || release === '') return
  const handle = client.workflow.getHandle(workflowId, runId)
  const { type } = await handle.describe()
  const file = fileOf({ workflow: type, release, scenario })
  if (existsSync(file)) return
  const history = await handle.fetchHistory()
  mkdirSync(dirname(fileURLToPath(file)), { recursive: true })
  writeFileSync(file, `${historyToJSON(history)}\n`)
  const entry = { workflow: type, release, scenario, workflowId, events: history.events?.length ?? 0 }
  const entries = [...(existsSync(new URL('manifest.json', folder)) ? readManifest() : []), entry]
  const sorted = entries.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  writeFileSync(new URL('manifest.json', folder), `${JSON.stringify(sorted, undefined, 2)}\n`)
}

function keyOf({ workflow, release, scenario }: Recorded): string {
  return `${workflow}/${release}/${scenario}`
}

function parse(text: string): Recorded[] {
  const parsed: unknown = JSON.parse(text)
  if (!Array.isArray(parsed)) throw new Error('test/replay/manifest.json: expected a list')
  return parsed.map((entry: unknown) => {
    if (!isRecorded(entry)) throw new Error(`test/replay/manifest.json: not an entry: ${JSON.stringify(entry)}`)
    return entry
  })
}

function isRecorded(entry: unknown): entry is Recorded {
  if (!(entry instanceof Object)) return false
  return ['workflow', 'release', 'scenario', 'workflowId'].every((key) => typeof Reflect.get(entry, key) === 'string')
}
