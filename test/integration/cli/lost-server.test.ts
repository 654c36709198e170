import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { run } from '../../cli/run-program.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { openTemporal } from '../workflows/harness.ts'

const home = mkdtempSync(join(tmpdir(), 'guildhall-lost-'))
let database: TestDatabase
let temporal: TestTemporal
let wire: Wire

beforeAll(async () => {
  database = await createTestDatabase()
  temporal = await openTemporal()
  wire = await openWire(temporal.address)
  const { namespace } = temporal
  const endpoints = { database: database.url, temporal: wire.address, namespace, instance: 'lost' }
  writeFileSync(join(home, 'endpoints.json'), JSON.stringify(endpoints))
})

afterAll(async () => {
  wire.cut()
  await temporal.close()
  await database.drop()
  rmSync(home, { recursive: true, force: true })
})

describe('a command that waits', () => {
  it('says that the system cannot be reached any more when it stops', async () => {
    const waiting = run(['apply', '--timeout', '100', '--home', home], { env: process.env })
    const isAsked = await waitUntil(async () => {
      const { count } = await temporal.client.workflow.count('WorkflowId = "reconcile/lost"')
      return count === 1
    }, 20_000)
    wire.cut()

    const { exitCode, stderr } = await waiting

    expect(isAsked).toBe(true)
    expect(stderr).toMatch(
      /^error STATE_UNREACHABLE: Cannot reach Temporal at .* named by .*endpoints.json.*; start it/,
    )
    expect(exitCode).toBe(1)
  })
})

interface Wire {
  readonly address: string
  readonly cut: () => void
}

/** A way to the server that can be cut. */
async function openWire(address: string): Promise<Wire> {
  const [host = '', port] = address.split(':')
  const sockets = new Set<Socket>()
  const server: Server = createServer((near) => {
    const far = connect(Number(port), host)
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined))
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { address: `127.0.0.1:${portOf(server.address())}`, cut }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the wire has no port')
  return address.port
}
