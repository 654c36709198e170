import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { freePort, hasServer, quickFolder, untilOpen } from './server-process.ts'

const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const programs = join(caches, 'guildhall', 'scim2-server-0.8.3', 'bin')
const program = join(programs, 'scim2-server')

/** A Python that has what scim2-server is made of: scim2-models. */
export const scimPython = join(programs, 'python')

/** Whether tests with scim2-server run: where it is missing they are skipped, but not where servers are required. */
export const hasScimServer = hasServer(program)

/** A scim2-server of our own, without anybody in it. */
export interface ScimServer {
  readonly url: string
  readonly token: string
  /** Makes resources of an endpoint, such as `/Users`, and gives their ids in this order. */
  load(endpoint: string, resources: readonly object[]): Promise<readonly string[]>
  /** Removes resources of an endpoint by their ids. */
  drop(endpoint: string, ids: readonly string[]): Promise<void>
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
    drop: (endpoint, ids) => drop({ url, token }, endpoint, ids),
    stop: async () => {
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await exit
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type Provider = Pick<ScimServer, 'token' | 'url'>

async function load(provider: Provider, endpoint: string, resources: readonly object[]): Promise<readonly string[]> {
  const operations = resources.map((data, index) => ({ method: 'POST', path: endpoint, bulkId: `${index}`, data }))
  const locations = await inBulk(provider, operations, '201')
  return locations.map((location) => location.slice(location.lastIndexOf('/') + 1))
}

async function drop(provider: Provider, endpoint: string, ids: readonly string[]): Promise<void> {
  await inBulk(
    provider,
    ids.map((id) => ({ method: 'DELETE', path: `${endpoint}/${id}` })),
    '204',
  )
}

const mostOperations = 1_000

/** Gives the locations of what was operated on, once all have come to the status. */
async function inBulk(
  { url, token }: Provider,
  operations: readonly object[],
  status: string,
): Promise<readonly string[]> {
  const locations: string[] = []
  for (let from = 0; from < operations.length; from += mostOperations) {
    const Operations = operations.slice(from, from + mostOperations)
    const response = await fetch(`${url}/Bulk`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations }),
    })
    const text = await response.text()
    const done = [...text.matchAll(/"location": "([^"]*)", "status": "(\d+)"/g)].filter(([, , came]) => came === status)
    if (done.length !== Operations.length)
      throw new Error(`scim2-server did ${done.length} of ${Operations.length}: ${text.slice(0, 500)}`)
    locations.push(...done.map(([, location = '']) => location))
  }
  return locations
}

function configOf(cursor: boolean): object {
  const isSupported = { supported: true }
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    ...{ patch: isSupported, changePassword: isSupported, sort: isSupported, etag: isSupported },
    bulk: { supported: true, maxOperations: mostOperations, maxPayloadSize: 20_000_000 },
    filter: { supported: true, maxResults: 300 },
    pagination: { cursor, index: true, defaultPaginationMethod: 'index', defaultPageSize: 50, maxPageSize: 100 },
  }
}
