import { Client, Connection } from '@temporalio/client'
import * as store from '../store/index.ts'
import { readConfig } from './config.ts'
import { registerSearchAttributes } from './embedded/search-attributes.ts'
import { resume } from './resume.ts'
import { createWorkflowStarter } from './workflow-client.ts'

/** What `guildhall resume` runs: the addresses come by DATABASE_URL and TEMPORAL_ADDRESS, the counts go to standard output. */
const { databaseUrl, temporalAddress, instance, namespace } = readConfig(process.env, process.cwd())
if (databaseUrl === undefined || temporalAddress === undefined)
  throw new Error('DATABASE_URL or TEMPORAL_ADDRESS is missing')
const pool = store.openPool(databaseUrl)
const connection = await Connection.connect({ address: temporalAddress })
try {
  await registerSearchAttributes(connection, namespace)
  const client = new Client({ connection, namespace })
  const resumed = await resume({ instance, pool, store, client, workflows: createWorkflowStarter(client, instance) })
  process.stdout.write(JSON.stringify(resumed))
} finally {
  await connection.close()
  await pool.end()
}
