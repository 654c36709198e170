import { join } from 'node:path'
import { readIfThere } from '../../worker/embedded/processes.ts'

/** Where the API of a home knows the operator. */
export function socketOf(home: string): string {
  return join(home, 'api.sock')
}

/** Where something of a running system is, by its name in endpoints.json. */
export function endpointOf(home: string, name: 'api' | 'temporal'): string | undefined {
  return new RegExp(`"${name}": "([^"]+)"`).exec(readIfThere(join(home, 'endpoints.json')) ?? '')?.[1]
}

/** Tells whether the system in a home answers, and its two servers do. */
export async function isReady(home: string): Promise<boolean> {
  const api = endpointOf(home, 'api')
  if (api === undefined) return false
  try {
    const answer = await fetch(`${api}/readyz`, { signal: AbortSignal.timeout(5_000) })
    return answer.ok
  } catch {
    return false
  }
}
