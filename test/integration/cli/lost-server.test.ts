import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { run } from '../../cli/run-program.ts'
import { openDoor, type Door } from '../../connectors/door.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { openTemporal } from '../workflows/harness.ts'

const home = mkdtempSync(join(tmpdir(), 'guildhall-lost-'))
let database: TestDatabase
let temporal: TestTemporal
let door: Door

beforeAll(async () => {
  database = await createTestDatabase()
  temporal = await openTemporal()
  const { port } = new URL(`http://${temporal.address}`)
  door = await openDoor(() => ({ port: Number(port) }))
  const { namespace } = temporal
  const endpoints = { database: database.url, temporal: `127.0.0.1:${door.port}`, namespace, instance: 'lost' }
  writeFileSync(join(home, 'endpoints.json'), JSON.stringify(endpoints))
})

afterAll(async () => {
  door.cut()
  await temporal.close()
  await database.drop()
  rmSync(home, { recursive: true, force: true })
})

describe('a command that waits', () => {
  it('says that the system cannot be reached any more when it stops', async () => {
    const waiting = run(['apply', '--timeout', '100', '--home', home], { env: process.env })
    const isAsked = await waitUntil(async () => {
      const { count } = await temporal.client.workflow.count('WorkflowId = "reconcile/lost"')
      return count === 1
    }, 20_000)
    door.cut()

    const { exitCode, stderr } = await waiting

    expect(isAsked).toBe(true)
    expect(stderr).toMatch(
      /^error STATE_UNREACHABLE: Cannot reach Temporal at .* named by .*endpoints.json.*; start it/,
    )
    expect(exitCode).toBe(1)
  })
})
