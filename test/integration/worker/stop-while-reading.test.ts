import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { pino } from 'pino'
import { runWorkers } from '../../../worker/run-workers.ts'
import { startSync } from '../../../workflows/sync/messages.ts'
import { createTestTemporal, type TestTemporal } from '../../support/temporal.ts'

jest.setTimeout(60_000)

let temporal: TestTemporal

beforeAll(async () => {
  temporal = await createTestTemporal()
})

afterAll(async () => temporal.close())

it('a worker that is stopped while a source does not end tells so, and not that it starts again', async () => {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) })
  let begun: () => void = () => undefined
  const reading = new Promise<void>((resolve) => {
    begun = resolve
  })
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const runSync = async (): Promise<void> => {
    begun()
    await ended
  }
  const config = { namespace: temporal.namespace, deliveriesAtOnce: 1 }
  const workers = await runWorkers({ config, address: temporal.address, activities: { runSync }, log })
  await temporal.client.workflow.start('sync', startSync({ source: 'hr', vo: 'astro' }))
  await reading

  await workers.stop()
  end()

  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    expect.objectContaining({ taskQueue: 'sync', msg: 'A worker did not end in good order' }),
  ])
})
