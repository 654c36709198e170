import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import mysql from 'mysql2/promise'
import { openDoor } from '../../../test/connectors/door.ts'
import type { Way } from '../../../test/connectors/door.ts'
import { hasMariaDb } from '../../../test/connectors/mariadb.ts'
import type { MariaDb } from '../../../test/connectors/mariadb.ts'
import { readAll } from '../../../test/connectors/read-source.ts'
import { startSilentServer } from '../../../test/connectors/silent-server.ts'
import type { SilentServer } from '../../../test/connectors/silent-server.ts'
import { until } from '../../../test/connectors/source-rig.ts'
import { mariaDbRig } from '../../../test/connectors/sql-rig.ts'

type Rig = Awaited<ReturnType<typeof mariaDbRig>>

const withServer = hasMariaDb ? describe : describe.skip
const saidNothing = { code: 'SOURCE_UNREACHABLE', message: expect.stringContaining('it said nothing for 1 seconds') }

withServer('a session that works for longer than it may', () => {
  let rig: Rig
  let other: Rig
  let silent: SilentServer
  beforeAll(async () => {
    rig = await mariaDbRig()
    other = await mariaDbRig()
    silent = await startSilentServer()
  })
  afterEach(() => rig.run('kill user reader'))
  afterAll(async () => {
    silent.stop()
    await other.remove()
    await rig.remove()
  })

  /** Reads by a door that leads whoever comes second, to have the session ended, this way, or is shut; gives the error. */
  async function readTooLong(second: Way | undefined): Promise<unknown> {
    const door = await openDoor((visitor) => {
      if (second === undefined) door.stop()
      return visitor === 1 ? { port: rig.server.port } : (second ?? { port: 1 })
    })
    const source = rig.source('select sleep(600) as login', { port: door.port, timeoutSeconds: 1 })
    try {
      return await readAll(source).catch((error: unknown) => error)
    } finally {
      door.stop()
    }
  }

  /** The numbers of the sessions of sources that are not told to end. */
  const working = (): Promise<unknown[]> =>
    valuesOf(rig.server, `select id from information_schema.processlist where user = 'reader' and command = 'Query'`)

  it('is ended', async () => {
    expect(await readTooLong({ port: rig.server.port })).toMatchObject(saidNothing)

    expect(await until(async () => (await working()).length === 0)).toBe(true)
  })

  it('is left alone where its number, user and host are met at a server of another name', async () => {
    const [name] = await valuesOf(rig.server, 'select @@hostname')
    const seen = (answered: Buffer): Buffer => renamed(answered, String(name))

    expect(await readTooLong({ port: rig.server.port, seen })).toMatchObject(saidNothing)

    expect(await working()).toHaveLength(1)
  })

  it("is no reason to end somebody else's session of the same number at another server", async () => {
    await countAlike(rig.server, other.server)
    const bystander = await mysql.createConnection({
      ...{ host: '127.0.0.1', port: other.server.port, user: 'reader' },
      password: other.contract.secrets[0] ?? '',
    })

    expect(await readTooLong({ port: other.server.port })).toMatchObject(saidNothing)

    expect(await working()).toEqual([bystander.threadId])
    expect(await bystander.query('select 1 as alive')).toMatchObject([[{ alive: 1 }], expect.anything()])
    bystander.destroy()
  })

  it.each<[string, () => Way | undefined]>([
    ['is refused', () => undefined],
    ['gets no answer', () => ({ port: silent.port })],
    ['is cut off', () => ({ port: rig.server.port, cutAfter: 0 })],
  ])('fails a read for no other reason where who is to end it %s', async (_, second) => {
    expect(await readTooLong(second())).toMatchObject(saidNothing)

    expect(await working()).toHaveLength(1)
  })
})

async function valuesOf(server: MariaDb, query: string): Promise<unknown[]> {
  const rows = await server.run(query)
  return Array.isArray(rows) ? rows.flatMap((row: object): unknown[] => Object.values(row)) : []
}

/** Has sessions begun at both until the next one has the same number at either. */
async function countAlike(one: MariaDb, another: MariaDb): Promise<void> {
  const last = async (server: MariaDb): Promise<number> => Number(await valuesOf(server, 'select connection_id()'))
  let [here, there] = [await last(one), await last(another)]
  while (here < there) here = await last(one)
  while (there < here) there = await last(another)
}

/** In as many bytes, since MySQL says before each text how long it is. */
function renamed(answered: Buffer, name: string): Buffer {
  return Buffer.from(answered.toString('latin1').replaceAll(name, 'x'.repeat(name.length)), 'latin1')
}
