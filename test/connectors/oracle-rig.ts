import oracle from 'oracledb'
import { sourceType } from '../../connectors/sources/sql/index.ts'
import { sourceEnvironment } from './read-source.ts'
import type { SqlRig } from './sql-rig.ts'

/**
 * An Oracle Database 23 or newer that the tests may use, as `oracle://USER:PASSWORD@HOST:PORT/SERVICE`: somebody with tables of their
 * own who may see and end sessions, for instance `system`.
 */
const given = process.env['GUILDHALL_TEST_ORACLE']

/** Whether an Oracle was given: none can be installed by a package, so its tests are there only with one. */
export const hasOracle = given !== undefined && given !== ''

/** The tables that tests make there. */
const tables = ['people', 'kinds', 'units']

/** The Oracle that was given; its sources read as whoever it was given as. */
export async function oracleRig(): Promise<SqlRig> {
  const { hostname, port, username, password: coded, pathname } = new URL(given ?? '')
  const [user, password, database] = [username, coded, pathname.slice(1)].map(decodeURIComponent)
  if (user === undefined || password === undefined || database === undefined) throw new Error('no Oracle was given')
  const admin = await oracle.getConnection({ user, password, connectString: `${hostname}:${port}/${database}` })
  const others = `from v$session where username = user and sid <> sys_context('userenv', 'sid')`
  const run = async (statement: string, values: readonly unknown[] = []): Promise<void> => {
    await admin.execute(statement, [...values] as string[], { autoCommit: true })
  }
  const drop = async (): Promise<void> => {
    for (const table of tables) await run(`drop table if exists ${table}`)
  }
  await drop()
  return {
    run,
    source: (query, options = {}) =>
      sourceType.create(
        {
          ...{ dialect: 'oracle', host: hostname, port: Number(port), user, database },
          ...{ password: { secret: 'password' }, query, ...options },
        },
        sourceEnvironment({ secret: (name) => Promise.resolve(name === 'wrong' ? `not ${password}` : password) }),
      ),
    async connections() {
      const { rows = [] } = await admin.execute<readonly [number]>(`select count(*) ${others}`)
      return rows[0]?.[0] ?? 0
    },
    async kill() {
      const { rows = [] } = await admin.execute<readonly [number, number]>(`select sid, serial# ${others}`)
      for (const [sid, serial] of rows) await run(`alter system kill session '${sid},${serial}' immediate`)
    },
    async remove() {
      await drop()
      await admin.close()
    },
    contract: {
      secrets: [password],
      nameType: 'blob',
      place: (number) => `:${number}`,
      name: (place) => place,
      broken: '1 / (id - 2000)',
    },
  }
}
