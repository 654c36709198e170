import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createTestTemporal, type TestTemporal } from '../../support/temporal.ts'
import type { sleeper } from './sleeper.ts'
import { canSkipTime, skipTime } from '../../support/time-skipping.ts'

let temporal: TestTemporal

beforeAll(async () => {
  temporal = await createTestTemporal()
})

afterAll(async () => {
  await temporal.close()
})

it('the server of the tests can skip time', async () => {
  expect(await canSkipTime(temporal.connection, temporal.namespace)).toBe(true)
})

it('a sleep of 30 days passes at once', async () => {
  const workflowsPath = fileURLToPath(new URL('./sleeper.ts', import.meta.url))

  const days = await temporal.withWorker({ workflowsPath }, async () => {
    const handle = await temporal.client.workflow.start<typeof sleeper>('sleeper', {
      workflowId: 'sleeper',
      taskQueue: temporal.taskQueue,
      args: [30 * 86_400_000],
    })
    await skipTime(temporal.client, handle)
    return handle.result()
  })

  expect(days).toBe(30)
})
