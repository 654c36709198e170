import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { freePort, hasServer, quickFolder, untilOpen } from './server-process.ts'

const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const program = join(caches, 'guildhall', 'scim2-server-0.8.3', 'bin', 'scim2-server')

/** Whether tests with scim2-server run: where it is missing they are skipped, but not where servers are required. */
export const hasScimServer = hasServer(program)

/** A scim2-server of our own, without anybody in it. */
export interface ScimServer {
  readonly url: string
  readonly token: string
  /** Makes resources of an endpoint, such as `/Users`, and gives their ids in this order. */
  load(endpoint: string, resources: readonly object[]): Promise<readonly string[]>
  stop(): Promise<void>
}

/** Starts a provider that keeps everything in memory, with cursors or without. */
export async function startScimServer({ cursor }: { readonly cursor: boolean }): Promise<ScimServer> {
  const folder = await quickFolder('scim-')
  const port = await freePort()
  const token = 'a-token-of-the-provider'
  await writeFile(join(folder, 'config.json'), JSON.stringify(configOf(cursor)))
  const child = spawn(
    program,
    ['--port', `${port}`, '--bearer-token', token, '--service-provider-config', join(folder, 'config.json')],
    { stdio: 'ignore' },
  )
  await untilOpen(port, child, async () => `scim2-server did not open port ${port}`)
  const url = `http://127.0.0.1:${port}/v2`
  return {
    url,
    token,
    load: (endpoint, resources) => load({ url, token }, endpoint, resources),
    stop: async () => {
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await exit
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function load(
  { url, token }: Pick<ScimServer, 'token' | 'url'>,
  endpoint: string,
  resources: readonly object[],
): Promise<readonly string[]> {
  const Operations = resources.map((data, index) => ({ method: 'POST', path: endpoint, bulkId: `${index}`, data }))
  const response = await fetch(`${url}/Bulk`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations }),
  })
  const text = await response.text()
  const ids = [...text.matchAll(/"location": "[^"]*\/([^"/]+)", "status": "201"/g)].map(([, id = '']) => id)
  if (ids.length !== resources.length)
    throw new Error(`scim2-server made ${ids.length} of ${resources.length}: ${text.slice(0, 500)}`)
  return ids
}

function configOf(cursor: boolean): object {
  const isSupported = { supported: true }
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    ...{ patch: isSupported, changePassword: isSupported, sort: isSupported, etag: isSupported },
    bulk: { supported: true, maxOperations: 1_000, maxPayloadSize: 10_000_000 },
    filter: { supported: true, maxResults: 300 },
    pagination: { cursor, index: true, defaultPaginationMethod: 'index', defaultPageSize: 50, maxPageSize: 100 },
  }
}
