import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createApplicationActivities } from '../../../activities/applications.ts'
import * as store from '../../../store/index.ts'
import { run, type Ran } from '../../cli/run-program.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, compileSchema } from '../store/applications-world.ts'
import { add, apply, document } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from '../workflows/harness.ts'

jest.setTimeout(60_000)

describe('guildhall delegation', () => {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-delegation-'))
  let database: TestDatabase
  let temporal: TestTemporal
  const { astro, filed } = applicationsIn(() => database)
  beforeAll(async () => {
    database = await createTestDatabase()
    temporal = await openTemporal()
    await astro()
    await apply(database.pool, [add(document('User', 'linus', { identities: ['idp/linus'] }))])
    const { address, namespace } = temporal
    writeFileSync(
      join(home, 'endpoints.json'),
      JSON.stringify({ database: database.url, temporal: address, namespace }),
    )
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
    rmSync(home, { recursive: true, force: true })
  })

  async function guildhall(args: readonly string[], input = ''): Promise<Ran> {
    async function* lines(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(input)
    }
    return run([...args, '--home', home], { input: lines })
  }
  const json = ({ stdout, stderr }: Ran): unknown => JSON.parse(stdout === '' ? stderr : stdout)
  const ada = ['--as', 'idp/ada']

  it('is added by who is away, listed, used by the one who stands in, and ended', async () => {
    const id = String(await filed('idp/new'))
    const where = ['--vo', 'astro', '--until', '2999-01-01', '--reason', 'holidays']

    const added = await guildhall(['delegation', 'add', 'idp/ada', 'idp/linus', ...where, ...ada])
    const list = await guildhall(['delegation', 'list', '--delegate', 'idp/linus', '--json'])
    const queue = await guildhall(['application', 'list', '--waiting-for', 'idp/linus', '--json'])
    const activities = {
      ...quietActivities(),
      ...createApplicationActivities({ pool: database.pool, store, compileSchema, reached: () => undefined }),
    }
    const approved = await withWorkers(temporal, activities, () =>
      guildhall(['application', 'approve', id, '--as', 'idp/linus', '--for', 'idp/ada', '--json']),
    )
    const ended = await guildhall(['delegation', 'end', '1', '--reason', 'back', ...ada, '--json'])
    const past = await guildhall(['delegation', 'list', '--ended'])

    expect(added.stdout).toMatch(
      /^idp\/linus stands in for idp\/ada in VO astro from \d{4}-\d\d-\d\d on, the last day is 2998-12-31 \(delegation 1\)\n$/,
    )
    expect(json(list)).toMatchObject({
      delegations: [
        {
          ...{
            id: 1,
            delegator: 'idp/ada',
            delegate: 'idp/linus',
            vo: 'astro',
            application: null,
            until: '2999-01-01',
          },
          ...{ reason: 'holidays', actor: 'idp/ada', authentication: 'unauthenticated', endedAt: null },
        },
      ],
    })
    expect(json(queue)).toMatchObject({ applications: [{ id: Number(id) }] })
    expect(json(approved)).toEqual({ applications: [{ application: Number(id), state: 'approved' }] })
    expect((await guildhall(['application', 'show', id])).stdout).toMatch(/approve +idp\/linus for idp\/ada /)
    expect(json(ended)).toEqual({ delegations: [{ delegation: 1, ended: true }] })
    expect((await guildhall(['delegation', 'list'])).stdout).toBe('There is no such delegation.\n')
    expect(past.stdout).toMatch(/1 +idp\/ada +idp\/linus +VO astro .* idp\/ada \(unauthenticated\) +holidays/)
    expect((await guildhall(['audit', 'list', '--vo', 'astro'])).stdout).toMatch(/idp\/ada .* end Delegation/)
  })

  it('is about one application where that is named', async () => {
    const id = String(await filed('idp/other'))

    const ran = await guildhall(['application', 'delegate', id, 'idp/linus', ...ada, '--json'])

    expect(json(ran)).toMatchObject({
      delegations: [{ delegator: 'idp/ada', delegate: 'idp/linus', application: Number(id), until: null }],
    })
    expect((await guildhall(['application', 'delegate', id, 'idp/ada', ...ada])).stderr).toMatch(
      /^error DELEGATION_REFUSED: Cannot let "idp\/ada" stand in for "idp\/ada" in application \d+: nobody stands in for themselves/,
    )
  })

  it('takes many from standard input, and answers a line each', async () => {
    const lines = [
      { delegator: 'idp/ada', delegate: 'idp/grace', vo: null },
      { delegator: 'idp/linus', delegate: 'idp/grace', vo: 'nowhere' },
    ]

    const ran = await guildhall(
      ['delegation', 'add', '--reason', 'strike'],
      lines.map((line) => JSON.stringify(line)).join('\n'),
    )
    const [first, second] = ran.stdout.trim().split('\n')
    const { delegation } = JSON.parse(first ?? '') as { delegation: number }
    const ended = await guildhall(['delegation', 'end'], `{"delegation":${delegation}}\n{"delegation":999}\n`)

    expect([ran.exitCode, JSON.parse(second ?? '')]).toMatchObject([
      1,
      { delegator: 'idp/linus', vo: 'nowhere', error: { code: 'DELEGATION_REFUSED', facts: { reason: 'vo-unknown' } } },
    ])
    expect([ended.exitCode, ended.stdout]).toEqual([
      1,
      expect.stringMatching(
        /^\{"delegation":\d+,"ended":true\}\n\{"delegation":999,"error":.*delegation-unknown.*\}\n$/,
      ),
    ])
  })

  it.each([
    [['delegation', 'add', 'idp/ada', 'idp/linus', '--reason', 'x'], 'give `--vo NAME`, or `--all`'],
    [['delegation', 'add', 'idp/ada', '--all', '--reason', 'x'], 'name who stands in for them'],
    [['delegation', 'add', 'idp/ada', 'idp/linus', '--all'], 'expected `--reason "…"`'],
    [
      ['delegation', 'add', 'idp/ada', 'idp/linus', '--all', '--vo', 'astro', '--reason', 'x'],
      'give `--vo` or `--all`',
    ],
    [['delegation', 'add', 'idp/ada', 'x', '--all', '--reason', 'x'], 'expected an identity such as "idp/ada"'],
    [['delegation', 'list', '--vo', 'astor'], 'did you mean "astro"?'],
    [['delegation', 'list', '--delegate', 'idp/nobody'], 'IDENTITY_UNKNOWN'],
    [['delegation', 'end', 'x'], 'expected the number of a delegation'],
    [['delegation', 'end', '999'], 'DELEGATION_REFUSED: Cannot end delegation 999'],
    [['application', 'delegate', '1', 'idp/linus'], 'say who acts with `--as IDENTITY`'],
  ])('says what is wrong with %j', async (args, message) => {
    expect(await guildhall(args)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(message) })
  })
})
