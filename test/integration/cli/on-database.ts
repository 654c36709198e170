import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from '@jest/globals'
import type { Shell } from '../../../cli/shell.ts'
import type { Pool } from '../../../store/index.ts'
import { run, type Ran } from '../../cli/run-program.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applyFolder, sampleFolder } from './sample.ts'

interface Command {
  readonly guildhall: (args: readonly string[], input?: string, shell?: Partial<Shell>) => Promise<Ran>
  readonly pool: () => Pool
}

/** The command against a database of this file, in which the sample organisation is in force. */
export function onSample(): Command {
  return onDatabase(async (pool) => applyFolder(pool, sampleFolder))
}

/** The command against a database of this file, in which this configuration is in force. */
export function onConfiguration(text: string): Command {
  return onDatabase(async (pool) => {
    const folder = mkdtempSync(join(tmpdir(), 'guildhall-configuration-'))
    try {
      writeFileSync(join(folder, 'all.yaml'), text)
      await applyFolder(pool, folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

function onDatabase(fill: (pool: Pool) => Promise<void>): Command {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await fill(database.pool)
  })
  afterAll(async () => database.drop())
  return {
    pool: () => database.pool,
    guildhall: async (args, input = '', shell = {}) => {
      async function* lines(): AsyncGenerator<Uint8Array> {
        yield Buffer.from(input)
      }
      return run(args, { env: { DATABASE_URL: database.url }, input: lines, ...shell })
    },
  }
}
