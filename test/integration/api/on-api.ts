import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from '@jest/globals'
import pino from 'pino'
import { createApplicationActivities } from '../../../activities/applications.ts'
import { startApi, type RunningApi } from '../../../api/start.ts'
import * as store from '../../../store/index.ts'
import { fakeDependencies } from '../../api/fake-dependencies.ts'
import { askApi, type Asked, type Asking } from '../../support/ask-api.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { compileSchema } from '../store/applications-world.ts'
import { openTemporal, quietActivities, withWorkers, type AllActivities } from '../workflows/harness.ts'

/** The token of the operator in tests. */
export const token = 'b'.repeat(40)

/** An API at a socket and a port, with a database and Temporal of its own. */
export interface OnApi {
  readonly database: () => TestDatabase
  readonly temporal: () => TestTemporal
  readonly socket: () => string
  /** By the socket. */
  ask(path: string, body?: unknown): Promise<Asked>
  /** By the address. */
  askOutside(path: string, more?: Omit<Asking, 'address' | 'path' | 'socketPath'>): Promise<Asked>
  /** While workers run, with activities beside those of applications. */
  working<T>(work: () => Promise<T>, activities?: Partial<AllActivities>): Promise<T>
}

/** Starts an API for the tests of a file. */
export function onApi(): OnApi {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-api-'))
  const opened: { database?: TestDatabase; temporal?: TestTemporal; api?: RunningApi } = {}
  const need = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('it is not open yet')
    return part
  }
  beforeAll(async () => {
    const database = (opened.database = await createTestDatabase())
    const temporal = (opened.temporal = await openTemporal())
    opened.api = await startApi({
      ...{ port: 0, host: '127.0.0.1', socket: join(folder, 'api.sock'), log: pino({ level: 'silent' }) },
      deps: fakeDependencies({
        withActs: (work) =>
          work({
            ...{ pool: database.pool, store, now: () => new Date('2026-02-01T12:00:00Z') },
            ...{ userName: () => userInfo().username, withTemporal: (use) => use(temporal.client) },
          }),
        operatorToken: async () => ({ token }),
      }),
    })
  })
  afterAll(async () => {
    await opened.api?.close()
    await opened.temporal?.close()
    await opened.database?.drop()
    rmSync(folder, { recursive: true, force: true })
  })
  const socket = (): string => need(need(opened.api).socket)
  return {
    ...{ database: () => need(opened.database), temporal: () => need(opened.temporal), socket },
    ask: (path, body) => askApi({ socketPath: socket(), path, body }),
    askOutside: (path, more) => askApi({ address: need(opened.api).address, path, ...more }),
    working: (work, activities) =>
      withWorkers(
        need(opened.temporal),
        {
          ...quietActivities(),
          ...createApplicationActivities({
            ...{ pool: need(opened.database).pool, store, compileSchema, reached: () => undefined },
          }),
          ...activities,
        },
        work,
      ),
  }
}
