import type { Generator, Output } from '../connectors/generator.ts'
import { GuildhallError } from '../core/errors.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool, SnapshotPiece, Tx } from '../store/index.ts'
import type { DeliveryTarget } from '../workflows/delivery/messages.ts'
import { asActivity } from './border.ts'
import type { Reached } from './crash-point.ts'
import type { WorkflowStarter } from './workflow-starter.ts'

type Store = Pick<
  typeof storeModule,
  | 'dropReplaced'
  | 'inTransaction'
  | 'listPending'
  | 'readServiceHere'
  | 'readSnapshotInput'
  | 'recordSnapshotFailed'
  | 'storeSnapshot'
>

export interface PropagationDependencies {
  readonly pool: Pool
  readonly store: Store
  readonly generators: ReadonlyMap<string, Generator>
  readonly workflows: Pick<WorkflowStarter, 'deliver'>
  readonly reached: Reached
  /** Told how many people a snapshot leaves out, and why. */
  readonly onLeftOut: (facts: { facility: string; service: string; people: number; reasons: readonly string[] }) => void
}

/** What a snapshot found: destinations whose delivered hash differs; those in trouble already have their own workflow. */
export interface TakenSnapshot {
  readonly generation: number
  readonly isNew: boolean
  readonly destinations: readonly string[]
  readonly troubled: readonly string[]
}

export type PropagationActivities = ReturnType<typeof createPropagationActivities>

interface SnapshotRequest {
  readonly facility: string
  readonly service: string
  readonly at: number
}

/** Builds what `propagation/<facility>` calls. */
export function createPropagationActivities(dependencies: PropagationDependencies) {
  return {
    /** Takes a service's snapshot; the same content is no new generation, so a second one changes nothing. */
    takeSnapshot: asActivity(async (request: SnapshotRequest) => takeSnapshot(dependencies, request)),

    /** Gives a destination its delivery workflow; one that has it is told that there is something newer. */
    handOver: asActivity(async ({ facility, service, destination }: DeliveryTarget) => {
      await dependencies.workflows.deliver({ facility, service, destination })
    }),
  }
}

async function takeSnapshot(dependencies: PropagationDependencies, request: SnapshotRequest): Promise<TakenSnapshot> {
  const { pool, store, reached } = dependencies
  const { facility, service } = request
  reached('snapshot.before')
  const stored = await storeOrNote(dependencies, request)
  reached('snapshot.after-commit')
  if (stored === undefined) return { generation: 0, isNew: false, destinations: [], troubled: [] }
  if (stored.changed) await store.dropReplaced(pool, { facility, service })
  const pending = (await store.listPending(pool, facility)).filter((line) => line.service === service)
  const isTroubled = ({ failures }: { failures: number }) => failures > 0
  return {
    generation: stored.generation,
    isNew: stored.changed,
    destinations: pending.filter((line) => !isTroubled(line)).map(({ destination }) => destination),
    troubled: pending.filter(isTroubled).map(({ destination }) => destination),
  }
}

/** What stops a snapshot is noted for people to see; that the note fails too must not hide it. */
async function storeOrNote(dependencies: PropagationDependencies, request: SnapshotRequest) {
  const { pool, store } = dependencies
  const { facility, service } = request
  const isolation = 'repeatable read'
  try {
    return await store.inTransaction(pool, async (tx) => storeContent(dependencies, tx, request), { isolation })
  } catch (error) {
    await store.recordSnapshotFailed(pool, { facility, service, error: describe(error) }).catch(() => undefined)
    throw error
  }
}

function describe(error: unknown): string {
  if (error instanceof GuildhallError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}

/** Undefined where the facility does not have the service any more. */
async function storeContent(dependencies: PropagationDependencies, tx: Tx, { facility, service, at }: SnapshotRequest) {
  const { store, reached } = dependencies
  const here = await store.readServiceHere(tx, { facility, service })
  if (here === undefined) return undefined
  const generator = generatorOf(dependencies, service, here.spec)
  const uses = [...generator.uses, ...(generator.usesOf?.(here.options) ?? [])]
  const input = await store.readSnapshotInput(tx, { facility, service }, { ...generator, uses })
  const leftOut = createTally()
  const chunks = piecesOf(generator.generate(input), leftOut)
  const { needs, given } = input
  const stored = await store.storeSnapshot(tx, { facility, service, at: new Date(at), chunks, needs, given })
  // After the walk of all accounts, which finds them on its way.
  for await (const { reason } of input.leftOut()) leftOut.add(reason)
  if (leftOut.people() > 0) {
    dependencies.onLeftOut({ facility, service, people: leftOut.people(), reasons: leftOut.reasons() })
  }
  reached('snapshot.before-commit')
  return stored
}

function generatorOf(
  { generators }: PropagationDependencies,
  service: string,
  spec: { readonly generator?: string | undefined; readonly template?: object | undefined },
): Generator {
  const name = spec.template === undefined ? spec.generator : 'template'
  const generator = generators.get(name ?? '')
  if (generator !== undefined) return generator
  throw new GuildhallError(
    'GENERATOR_OPTIONS_INVALID',
    `Cannot make service "${service}": there is no generator "${name ?? ''}"; use one of ${[...generators.keys()].join(', ')}`,
    { facts: { service } },
  )
}

async function* piecesOf(outputs: AsyncIterable<Output>, leftOut: Tally): AsyncIterable<SnapshotPiece> {
  for await (const output of outputs) {
    if (output.kind === 'left-out') leftOut.add(output.reason)
    else if (output.kind === 'generation') yield { file: output.file, bytes: null }
    else yield { file: output.file, bytes: Buffer.from(output.text, 'utf8') }
  }
}

interface Tally {
  add(reason: string): void
  people(): number
  reasons(): readonly string[]
}

/** Counts people, and keeps a few reasons to show. */
function createTally(): Tally {
  const reasons = new Set<string>()
  let people = 0
  return {
    add: (reason) => {
      people += 1
      if (reasons.size < 5) reasons.add(reason)
    },
    people: () => people,
    reasons: () => [...reasons],
  }
}
