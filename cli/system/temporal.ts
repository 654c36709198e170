import type { Client } from '@temporalio/client'
import { unreachable, type System } from './find-system.ts'

/** Opens the Temporal server of the running system, works with it and closes it. */
export async function withTemporal<T>(system: System, work: (client: Client) => Promise<T>): Promise<T> {
  const { temporal: address } = system
  if (address === undefined)
    throw unreachable('Temporal', system, new Error('it names no address; set TEMPORAL_ADDRESS'))
  const { Client, Connection } = await import('@temporalio/client')
  const connection = await Connection.connect({ address, connectTimeout: '5s' }).catch((error: unknown) => {
    throw unreachable(`Temporal at ${address}`, system, error)
  })
  try {
    return await work(new Client({ connection, namespace: system.namespace }))
  } finally {
    await connection.close()
  }
}
