import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { writeConfig } from '../../../scripts/rust-team/write.ts'
import { run } from '../../cli/run-program.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { rustFiles } from '../bars/rust-files.ts'
import { onSample } from './on-database.ts'
import { applyFolder } from './sample.ts'

jest.setTimeout(120_000)

const root = mkdtempSync(join(tmpdir(), 'guildhall-export-'))
const databases: TestDatabase[] = []
afterAll(async () => {
  for (const database of databases) await database.drop()
  rmSync(root, { recursive: true, force: true })
})

const report = `25 files written to "sample": 1 Instance, 5 Source, 23 Attribute, 5 Service, 14 User, 2 Facility, 4 VO, 16 Group, 5 Resource, 4 Form, 4 Notification

Memberships by managers and applications, and what makes them again:
  guildhall member add astro < acts/astro.ndjson  # 2
  guildhall group add astro/telescope:guides < acts/astro_telescope_guides.ndjson  # 1

Memberships that are given again by what gave them:
  rule: 1

Files of the repository that sources read, to be copied:
  survey/people.csv of source catalogue
  survey/guests.csv of source guests
  survey/sites.csv of source places
`

/** The command against a database in which a folder is in force. */
async function inForce(folder: string): Promise<(args: readonly string[], input?: string) => ReturnType<typeof run>> {
  const database = await createTestDatabase()
  databases.push(database)
  await applyFolder(database.pool, folder)
  return (args, input = '') => {
    async function* lines(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(input)
    }
    return run(args, { cwd: root, env: { DATABASE_URL: database.url }, input: lines })
  }
}

describe('guildhall export of the sample organisation', () => {
  const { guildhall } = onSample()
  beforeAll(async () => {
    for (const act of [
      ['member', 'add', 'astro', 'idp/mary', 'idp/agnes', '--expires', '2031-01-01'],
      ['group', 'add', 'astro/telescope:guides', 'idp/mary', '--never'],
    ])
      await guildhall(act)
  })

  it('writes documents whose plan is empty, and what no document can say beside them', async () => {
    const exported = await guildhall(['export', 'sample', '--acts', 'acts'], '', { cwd: root })
    const plan = await guildhall(['plan', 'sample', '--json'], '', { cwd: root })

    expect(exported).toEqual({ exitCode: 0, stdout: report, stderr: '' })
    expect({ exitCode: plan.exitCode, plan: JSON.parse(plan.stdout) as object }).toMatchObject({
      ...{ exitCode: 0, plan: { changes: [] } },
    })
  })

  it('can be brought into force elsewhere, with the same members', async () => {
    const elsewhere = await inForce(join(root, 'sample'))
    for (const [file, act] of [
      ['astro.ndjson', ['member', 'add', 'astro']],
      ['astro_telescope_guides.ndjson', ['group', 'add', 'astro/telescope:guides']],
    ] as const)
      expect(await elsewhere(act, readFileSync(join(root, 'acts', file), 'utf8'))).toMatchObject({
        ...{ exitCode: 0, stderr: '' },
      })

    const members = ['members', '--vo', 'astro', '--json']
    expect(JSON.parse((await elsewhere(members)).stdout)).toEqual(JSON.parse((await guildhall(members)).stdout))
  })
})

it('guildhall export of the Rust teams has an empty plan, and is the same again', async () => {
  const folder = join(root, 'rust-in-git')
  await writeConfig(folder, await rustFiles())
  const guildhall = await inForce(folder)

  const { exitCode, stdout } = await guildhall(['export', 'rust'])
  await guildhall(['export', 'again'])
  const plan = await guildhall(['plan', 'rust'])

  expect({ exitCode, first: stdout.split('\n')[0] }).toEqual({
    exitCode: 0,
    first:
      '9 files written to "rust": 1 Instance, 1 Source, 1 Attribute, 2 Service, 666 User, 4 Facility, 1 VO, 165 Group, 217 Resource',
  })
  expect({ exitCode: plan.exitCode, stderr: plan.stderr }).toEqual({ exitCode: 0, stderr: '' })
  const texts = (name: string): string[] =>
    readdirSync(join(root, name), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.includes('.'))
      .sort()
      .map((path) => `${path} ${readFileSync(join(root, name, path), 'utf8')}`)
  expect(texts('again')).toEqual(texts('rust'))
})
