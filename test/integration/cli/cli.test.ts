import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { recordRun } from '../../../store/index.ts'
import { run, type Ran } from '../../cli/run-program.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { openTemporal, quietActivities, withWorkers, commit as quietCommit } from '../workflows/harness.ts'
import { applyFolder, firstCommit, sampleFolder } from './sample.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'guildhall-cli-'))
let database: TestDatabase
let temporal: TestTemporal

beforeAll(async () => {
  database = await createTestDatabase()
  temporal = await openTemporal()
  await applyFolder(database.pool, sampleFolder)
})

afterAll(async () => {
  await temporal.close()
  await database.drop()
  rmSync(work, { recursive: true, force: true })
})

function environment(): Record<string, string> {
  return { DATABASE_URL: database.url, TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace }
}

function guildhall(...args: readonly string[]): Promise<Ran> {
  return run(args, { cwd: work, env: environment() })
}

async function answerOf(...args: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await guildhall(...args, '--json')
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

/** A copy of the sample with one text replaced. */
function edited(name: string, file: string, [from, to]: readonly [string, string]): string {
  const folder = join(work, name)
  cpSync(sampleFolder, folder, { recursive: true })
  const text = readFileSync(join(folder, file), 'utf8')
  if (!text.includes(from)) throw new Error(`the sample no longer says ${from}`)
  writeFileSync(join(folder, file), text.replace(from, to))
  return folder
}

function lineOf(word: string): number {
  const text = readFileSync(join(work, 'bad', 'astro/groups.yaml'), 'utf8')
  return text.slice(0, text.indexOf(word)).split('\n').length
}

const telescope = 'members: [idp/annie, idp/cecilia, { user: idp/henrietta, expires: 2030-10-01 }]'

describe('members', () => {
  it('is a table for people, and says what to do where nobody is', async () => {
    const some = await guildhall('members', '--vo', 'history', '--group', 'curators')
    const none = await guildhall('members', '--vo', 'history', '--group', 'guests')

    expect(some.stdout).toBe(
      [
        'USER            STATUS  HOW     ORIGINS  EXPIRES  ALSO KNOWN AS',
        'idp/mary        VALID   direct  config   –',
        'idp/williamina  VALID   direct  config   –',
        '',
        '2 members of group history/curators',
        '',
      ].join('\n'),
    )
    expect(none.stdout).toMatch(/^Nobody is a member of group history\/guests\. .*guildhall apply/)
  })

  it.each([
    [['--vo', 'ASTRO'], 'VO "ASTRO": it is not in force; did you mean "astro"?'],
    [
      ['--vo', 'nothing-like-it'],
      'VO "nothing-like-it": it is not in force; expected one of "astro", "history", "school", "survey"',
    ],
    [['--vo', 'ASTRO', '--group', 'telescope'], 'VO "ASTRO": it is not in force; did you mean "astro"?'],
    [['--vo', 'astro', '--group', 'telescop'], 'group "astro/telescop": it is not in force; did you mean "telescope"?'],
  ])('says of %j what is unknown, and what was probably meant', async (words, reason) => {
    const { exitCode, stderr } = await guildhall('members', ...words)

    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `error OBJECT_UNKNOWN: Cannot look up ${reason}\n`,
    })
  })
})

describe('why', () => {
  it('says what is missing for no access', async () => {
    const why = await answerOf('why', 'idp/tycho', 'history/reading-room')
    const { stdout } = await guildhall('why', 'idp/tycho', 'history/reading-room')

    expect(why).toMatchObject({
      access: false,
      status: 'INVALID',
      missing: [{ code: 'terms-due' }, { code: 'attribute-missing' }, { code: 'attribute-missing' }],
    })
    expect(stdout).toMatch(/^idp\/tycho has no access to history\/reading-room \(status INVALID\)\n/)
    expect(stdout).toMatch(/\nMissing:\n  terms-due: .*\n  attribute-missing: /)
  })
})

describe('status and deliveries', () => {
  it('tell head, applied commits, holds, errors, clocks and every destination', async () => {
    const destination = { name: 'files', state: 'pending', generation: null, delivered: null }
    const onlyFiles = (name: string) => ({ name, destinations: [destination] })

    expect(await answerOf('status')).toEqual({
      head: firstCommit,
      applied: {
        instance: firstCommit,
        'vo:astro': firstCommit,
        'vo:history': firstCommit,
        'vo:school': firstCommit,
        'vo:survey': firstCommit,
      },
      holds: [],
      errors: [],
      clocks: [
        { vo: 'astro', kind: 'notice', at: '2030-09-02T22:00:00.000Z', count: 1 },
        { vo: 'history', kind: 'accept', at: '2026-12-21T23:00:00.000Z', count: 3 },
      ],
      facilities: [
        { name: 'archive', services: ['people', 'readers'].map(onlyFiles) },
        {
          name: 'hpc',
          services: [
            onlyFiles('group'),
            { name: 'passwd', destinations: [destination, { ...destination, name: 'login1' }] },
            onlyFiles('people'),
            onlyFiles('sshkeys'),
          ],
        },
      ],
    })
  })

  it('filter by facility, service and state', async () => {
    const some = await answerOf('deliveries', '--facility', 'hpc', '--service', 'passwd')
    const none = await guildhall('deliveries', '--state', 'failing')

    expect(some).toMatchObject({
      deliveries: [{ destination: 'files' }, { destination: 'login1', failures: 0, since: null }],
    })
    expect(none.stdout).toBe('No delivery matches; `guildhall deliveries` lists all.\n')
  })

  it.each([
    [['--facility', 'hpd'], 'facility "hpd": none of this name is in force; did you mean "hpc"?'],
    [['--service', 'passwrd'], 'service "passwrd": no facility has it; did you mean "passwd"?'],
    [
      ['--facility', 'archive', '--service', 'sshkeys'],
      'service "sshkeys": facility "archive" does not have it; expected one of "people", "readers"',
    ],
  ])('refuse %j, which is not in force', async (words, reason) => {
    const { exitCode, stdout, stderr } = await guildhall('deliveries', ...words)

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toBe(`error OBJECT_UNKNOWN: Cannot list deliveries of ${reason}\n`)
  })

  it('say why nothing is in force where not even the first commit could be fetched', async () => {
    const fresh = await createTestDatabase()
    const message = 'Cannot reconcile: it has no commit yet'
    const findings = [{ severity: 'error', code: 'reconcile-failed', message }] as const
    await recordRun(fresh.pool, { commit: '', at: new Date(), outcome: 'failed', findings })

    const { stdout } = await run(['status'], { env: { DATABASE_URL: fresh.url } })
    await fresh.drop()

    expect(stdout).toMatch(/^No commit is in force yet\.\n\nErrors:\nerror reconcile-failed .* has no commit yet\n/)
  })

  it('come from the real program too, found by a home', () => {
    const home = mkdtempSync(join(work, 'home-'))
    writeFileSync(join(home, 'endpoints.json'), JSON.stringify({ database: database.url }))

    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', join(root, 'cli/main.ts'), 'status', '--home', home, '--json'],
      { cwd: root, encoding: 'utf8', env: { PATH: process.env['PATH'] } },
    )

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ head: firstCommit })
  })
})

describe('plan', () => {
  it('finds nothing to do in what is in force, and exits 0', async () => {
    const { exitCode } = await guildhall('plan', sampleFolder)

    expect(exitCode).toBe(0)
    expect(await answerOf('plan', sampleFolder)).toMatchObject({
      version: 1,
      summary: { add: 0, change: 0, move: 0, remove: 0 },
      findings: [],
      changes: [],
      impact: { gained: [], lost: [] },
      guard: { verdict: 'pass' },
    })
  })

  it('shows each row and who gains what, and exits 2', async () => {
    const folder = edited('adds', 'astro/groups.yaml', ['members: [idp/edwin]', 'members: [idp/edwin, idp/johannes]'])

    const { exitCode } = await guildhall('plan', folder)
    const plan = await answerOf('plan', folder)

    expect(exitCode).toBe(2)
    expect(plan).toMatchObject({
      summary: { add: 1, change: 0, move: 0, remove: 0 },
      changes: [
        {
          ...{ scope: 'vo:astro', action: 'add', kind: 'GroupMember', vo: 'astro', name: 'telescope:operators' },
          ...{ user: 'idp/johannes', file: 'astro/groups.yaml' },
        },
      ],
      impact: {
        gained: [
          { user: 'idp/johannes', vo: 'astro', resource: 'cluster-batch', facility: 'hpc' },
          { user: 'idp/johannes', vo: 'astro', resource: 'plates', facility: 'archive' },
        ],
        lost: [],
      },
    })
  })

  it('exits 3 where a scope would be held, and 1 where something is wrong', async () => {
    const held = await guildhall('plan', edited('less', 'astro/groups.yaml', [telescope, 'members: [idp/annie]']))
    const bad = await guildhall(
      'plan',
      edited('bad', 'astro/groups.yaml', ['includes: [engineers]', 'includes: [enginers]']),
      '--json',
    )

    expect([held.exitCode, bad.exitCode]).toEqual([3, 1])
    expect(held.stdout).toMatch(/guildhall approve [0-9a-f]{64} --reason/)
    expect(JSON.parse(bad.stdout)).toMatchObject({
      findings: [{ severity: 'error', code: 'reference-unknown', file: 'astro/groups.yaml', line: lineOf('enginers') }],
    })
  })

  it('writes Markdown for a pull request, without names if asked', async () => {
    const folder = join(work, 'adds')

    const { stdout } = await guildhall('plan', folder, '--markdown', '--people', 'counts')

    expect(stdout).toMatch(/^### Guildhall plan/)
    expect(stdout).not.toContain('idp/johannes')
  })
})

describe('freeze, pin and audit', () => {
  it('freeze a scope, list it and lift it', async () => {
    const frozen = await answerOf('freeze', 'vo:astro', '--reason', 'audit')
    const lifted = await answerOf('freeze', 'vo:astro', '--lift')

    expect(frozen).toEqual({
      freezes: [{ scope: 'vo:astro', by: 'local/joan', reason: 'audit', at: '2026-11-22T22:00:00.000Z' }],
    })
    expect(lifted).toEqual({ freezes: [] })
  })

  it('pin a commit and lift the pin', async () => {
    const pinned = await answerOf('pin', firstCommit)
    const lifted = await answerOf('pin', '--lift')

    expect(pinned).toEqual({ pin: { commit: firstCommit, by: 'local/joan', at: '2026-11-22T22:00:00.000Z' } })
    expect(lifted).toEqual({ pin: null })
  })

  it('verify the audit log, and say where it was altered', async () => {
    const whole = await guildhall('audit', 'verify', '--json')
    await database.pool.query("update event set name = 'somebody' where id = (select min(id) from event)")
    const altered = await guildhall('audit', 'verify', '--json')
    const text = await guildhall('audit', 'verify')

    expect(whole.exitCode).toBe(0)
    expect(JSON.parse(whole.stdout)).toMatchObject({ valid: true })
    expect(altered.exitCode).toBe(1)
    expect(JSON.parse(altered.stdout)).toMatchObject({ valid: false, firstBad: { transaction: 1 } })
    expect(text.stdout).toMatch(/^AUDIT_BROKEN: /)
  })
})

describe('apply', () => {
  it('waits for the reconcile workflow and shows what became of the commit', async () => {
    const { exitCode, stdout } = await withWorkers(temporal, quietActivities(), () => guildhall('apply', '--json'))

    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'nothing', commit: quietCommit, holds: [], errors: [] })
  })

  it('says so when nobody works on it in time', async () => {
    const { exitCode, stderr } = await guildhall('apply', '--timeout', '1')

    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^error WAIT_ENDED: .*guildhall doctor/)
  })
})

describe('holds and approve', () => {
  it('approve what is held: by those who may, once, and not when it is over', async () => {
    await applyFolder(database.pool, join(work, 'less'), { commit: 'decade00'.padEnd(40, '0') })
    const holds = (await answerOf('holds')) as { holds: { scope: string; digest: string }[] }
    const digest = holds.holds[0]?.digest ?? ''
    const approve = async (...args: string[]) =>
      (await guildhall('approve', ...args, '--reason', 'they left')).stderr.split(':')[0]

    expect(holds).toMatchObject({
      holds: [{ scope: 'vo:astro', since: '2026-11-22T20:00:00.000Z', reasons: [{}, {}, {}] }],
    })
    expect(await approve('0'.repeat(64))).toBe('error HOLD_UNKNOWN')
    expect(await approve(digest, '--as', 'idp/nobody')).toBe('error IDENTITY_UNKNOWN')
    expect(await approve(digest, '--as', 'idp/annie')).toBe('error APPROVER_NOT_ELIGIBLE')
    expect(await answerOf('approve', digest, '--as', 'idp/caroline', '--reason', 'they left')).toEqual({
      approved: { scope: 'vo:astro', digest, by: 'idp/caroline', reason: 'they left' },
    })
    expect(await approve(digest)).toBe('error HOLD_NOT_APPROVABLE')
    await database.pool.query("update hold set closed_at = now(), outcome = 'superseded'")
    expect(await approve(digest)).toBe('error HOLD_NOT_APPROVABLE')
  })

  it('ask for a reconcile, which waits in Temporal', async () => {
    const reconciles = await temporal.client.workflow.getHandle('reconcile/guildhall').describe()

    expect(reconciles.status.name).toBe('RUNNING')
  })
})
