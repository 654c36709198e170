import type { Client } from '@temporalio/client'
import { unreachable, type System } from './find-system.ts'

/** gRPC's number for a server that does not answer. */
const unavailable = 14

/** Opens the Temporal server of the running system, works with it and closes it; STATE_UNREACHABLE where it is away. */
export async function withTemporal<T>(system: System, work: (client: Client) => Promise<T>): Promise<T> {
  const { temporal: address } = system
  if (address === undefined)
    throw unreachable('Temporal', system, new Error('it names no address; set TEMPORAL_ADDRESS'))
  const { Client, Connection, isGrpcServiceError } = await import('@temporalio/client')
  const connection = await Connection.connect({ address, connectTimeout: '5s' }).catch((error: unknown) => {
    throw unreachable(`Temporal at ${address}`, system, error)
  })
  try {
    return await work(new Client({ connection, namespace: system.namespace }))
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    const isGone = isGrpcServiceError(cause) && cause.code.valueOf() === unavailable
    throw isGone ? unreachable(`Temporal at ${address}`, system, cause) : error
  } finally {
    await connection.close()
  }
}
