import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { previewRun } from '../../../activities/sync-preview.ts'
import { sourceTypes } from '../../../connectors/registry.ts'
import { syncId } from '../../../core/model/sync-place.ts'
import { createActivities, type Dependencies } from '../../../worker/dependencies.ts'
import { reconcileId } from '../../../workflows/reconcile/messages.ts'
import { startWebServer, type WebServer } from '../../connectors/https-server.ts'
import { ground } from '../../support/documents.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { openTemporal, withWorkers } from './harness.ts'
import { commitAll, makeRepository, openParts } from './repository.ts'

jest.setTimeout(120_000)

const instance = 'guildhall'
const place = { source: 'hr', vo: 'astro' }
const etag = 'W/"7"'

const documents = (port: number): string => `${ground}---
apiVersion: guildhall/v1
kind: Source
metadata: { name: hr }
spec: { type: csv, loa: 1, options: { url: 'http://127.0.0.1:${port}/people.csv' }, vos: [astro], login: '\${id}' }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec: { managers: [{ user: github/root }], sync: { source: hr, every: PT1H } }
`

describe('a source at an address of which nothing is new', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-address-'))
  const repo = makeRepository(folder)
  const bodies = join(folder, 'home', 'bodies')
  const answers: number[] = []
  let database: TestDatabase
  let temporal: TestTemporal
  let world: Dependencies
  let server: WebServer

  beforeAll(async () => {
    server = await startWebServer(({ headers }, response) => {
      const isSame = headers['if-none-match'] === etag
      answers.push(isSame ? 304 : 200)
      if (isSame) response.writeHead(304, { etag }).end()
      else response.writeHead(200, { 'content-type': 'text/csv', etag }).end('id\nada\ngrace\n')
    }, {})
    database = await createTestDatabase()
    temporal = await openTemporal()
    mkdirSync(bodies, { recursive: true })
    writeFileSync(join(bodies, 'left-by-a-process-that-was-killed'), 'id\nada\n')
    world = await openParts({ folder, database, temporal, settings: { GUILDHALL_ALLOW_PRIVATE: '127.0.0.1' } })
    writeFileSync(join(repo, 'all.yaml'), documents(server.port))
    commitAll(repo)
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is read to its end from what the worker kept, and the worker takes that with it', async () => {
    const activities = createActivities(world, { env: {}, nudge: () => undefined })
    const runs = await withWorkers(temporal, activities, async () => {
      await world.workflows.reconcile(instance, { cause: 'command' })
      await world.client.workflow.result(reconcileId(instance))
      const first: unknown = await world.client.workflow.result(syncId(place))
      await world.workflows.startSync(place)
      const second: unknown = await world.client.workflow.result(syncId(place))
      return [first, second]
    })
    const kept = readdirSync(bodies)
    const preview = await previewRun(
      {
        ...{ pool: world.pool, store: world.store, sourceTypes, compileSchema: world.configuration.compileSchema },
        environment: { in: folder, allowedPrivate: ['127.0.0.1'] },
        secret: async () => '',
        readFile: async () => undefined,
      },
      place,
      { now: new Date(), signal: new AbortController().signal, report: () => undefined },
    )
    await world.close()

    expect(runs).toMatchObject([
      { kind: 'changed', subjects: 2, added: 2 },
      { kind: 'unchanged', subjects: 2, added: 0 },
    ])
    expect(preview.map(({ result }) => result)).toMatchObject([{ outcome: 'unchanged', subjects: 2 }])
    expect(answers).toEqual([200, 304, 200])
    expect(kept).toHaveLength(1)
    expect(() => statSync(bodies)).toThrow('ENOENT')
  })
})
