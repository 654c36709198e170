import { afterAll, beforeAll } from '@jest/globals'
import { run, type Ran } from '../../cli/run-program.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import type * as store from '../../../store/index.ts'
import { applyFolder, sampleFolder } from './sample.ts'

/** The command against a database of this file, in which the sample organisation is in force. */
export function onSample(): {
  readonly guildhall: (args: readonly string[], input?: string) => Promise<Ran>
  readonly pool: () => store.Pool
} {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await applyFolder(database.pool, sampleFolder)
  })
  afterAll(async () => database.drop())
  return {
    pool: () => database.pool,
    guildhall: async (args, input = '') => {
      async function* lines(): AsyncGenerator<Uint8Array> {
        yield Buffer.from(input)
      }
      return run(args, { env: { DATABASE_URL: database.url }, input: lines })
    },
  }
}
