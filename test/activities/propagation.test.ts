import { describe, expect, it } from '@jest/globals'
import { MockActivityEnvironment } from '@temporalio/testing'
import { createPropagationActivities, type PropagationDependencies } from '../../activities/propagation.ts'
import { GuildhallError } from '../../core/errors.ts'
import { openPool } from '../../store/index.ts'

const broken = new GuildhallError('TEMPLATE_FAILED', 'Cannot run template "motd": line 3')

describe('a snapshot that cannot be made', () => {
  it.each<[string, Error, string]>([
    ['of ours, with its code', broken, 'TEMPLATE_FAILED: Cannot run template "motd": line 3'],
    ['of any kind', new Error('out of memory'), 'out of memory'],
  ])('leaves a note: an error %s', async (_, error, note) => {
    const { notes, takeSnapshot } = setUp({ error })

    const message = await takeSnapshot().catch((caught: unknown) => (caught instanceof Error ? caught.message : ''))

    expect({ message, notes }).toEqual({ message: error.message, notes: [`hpc motd ${note}`] })
  })

  it('tells its own error also when the note cannot be left', async () => {
    const { takeSnapshot } = setUp({ error: broken, isNoteLost: true })

    await expect(takeSnapshot()).rejects.toMatchObject({ type: 'TEMPLATE_FAILED', nonRetryable: true })
  })
})

function setUp({ error, isNoteLost = false }: { error: Error; isNoteLost?: boolean }) {
  const notes: string[] = []
  const fail = async (): Promise<never> => {
    throw error
  }
  const store: PropagationDependencies['store'] = {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-argument -- what fails here needs no transaction
    inTransaction: async (_pool, work) => work(Object.create(null)),
    readServiceHere: fail,
    readSnapshotInput: fail,
    storeSnapshot: fail,
    dropReplaced: fail,
    listPending: async () => [],
    recordSnapshotFailed: async (_db, { facility, service, error: note }) => {
      if (isNoteLost) throw new Error('the database is away')
      notes.push(`${facility} ${service} ${note}`)
    },
  }
  const activities = createPropagationActivities({
    // No fake of ours connects.
    pool: openPool('postgres://127.0.0.1:1/none'),
    store,
    generators: new Map(),
    workflows: { deliver: async () => undefined },
    reached: () => undefined,
    onLeftOut: () => undefined,
  })
  const request = { facility: 'hpc', service: 'motd', at: 1_000 }
  const takeSnapshot = async (): Promise<unknown> => new MockActivityEnvironment().run(activities.takeSnapshot, request)
  return { notes, takeSnapshot }
}
