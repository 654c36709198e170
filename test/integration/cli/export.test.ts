import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { writeConfig } from '../../../scripts/rust-team/write.ts'
import { reportFaults } from '../../cli/report-faults.ts'
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

Acts upon memberships that are in no document, and what does them again:
  guildhall member add astro < acts/astro.ndjson  # 2
  guildhall group add astro/telescope:guides < acts/astro_telescope_guides.ndjson  # 1
  guildhall member disable astro < acts/astro-disabled.ndjson  # 1

Memberships that are given again by what gave them:
  rule: 1

Left out: 3 files of the old repository that sources read, as the state does not hold them. Copy each to the same path below "sample":
  survey/people.csv of source catalogue
  survey/guests.csv of source guests
  survey/sites.csv of source places
`

type Guildhall = (args: readonly string[], input?: string) => ReturnType<typeof run>

/** The command against a database in which a folder is in force. */
async function inForce(folder: string): Promise<Guildhall> {
  const database = await createTestDatabase()
  databases.push(database)
  await applyFolder(database.pool, folder)
  return commandOn(database)
}

function commandOn(database: TestDatabase): Guildhall {
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
      ['member', 'disable', 'astro', 'idp/agnes', '--reason', 'was DISABLED where this was exported'],
    ])
      await guildhall(act)
  })

  it('writes documents whose plan is empty, and what no document can say beside them', async () => {
    const exported = await guildhall(['export', 'sample', '--acts', 'acts'], '', { cwd: root })
    const asJson = await guildhall(['export', 'as-json', '--acts', 'acts-as-json', '--json'], '', { cwd: root })
    const plan = await guildhall(['plan', 'sample', '--json'], '', { cwd: root })

    expect(exported).toEqual({ exitCode: 2, stdout: report, stderr: '' })
    expect(reportFaults('export-report', asJson.stdout)).toEqual([])
    expect({ exitCode: plan.exitCode, plan: JSON.parse(plan.stdout) as object }).toMatchObject({
      ...{ exitCode: 0, plan: { changes: [] } },
    })
  })

  it('can be brought into force elsewhere, with the same members', async () => {
    const elsewhere = await inForce(join(root, 'sample'))
    for (const [file, act] of [
      ['astro.ndjson', ['member', 'add', 'astro']],
      ['astro_telescope_guides.ndjson', ['group', 'add', 'astro/telescope:guides']],
      ['astro-disabled.ndjson', ['member', 'disable', 'astro']],
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

describe('guildhall export where not everything can be written', () => {
  const document = (kind: string, name: string, rest: string): string =>
    `apiVersion: guildhall/v1\nkind: ${kind}\nmetadata: { name: ${name}${rest}\n`
  const sources = (...lines: readonly string[]): string =>
    [
      document('Instance', 'one', ' }\nspec: { trust: { signatures: none } }'),
      ...lines,
      document('VO', 'astro', ' }\nspec: { members: [idp/grace] }'),
    ].join('---\n')
  const declared = (name: string, rest = ''): string => document('Source', name, `${rest} }\nspec: { type: declared }`)
  const configurations = [
    sources(declared('idp'), declared('hr'), declared('ldap')),
    sources(declared('idp'), declared('ldap')),
    sources(declared('idp'), declared('hr', ', previously: [ldap]')),
  ]

  let guildhall: Guildhall
  /** Of another database, in which everybody can be named. */
  let whole: Guildhall
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    databases.push(database)
    guildhall = commandOn(database)
    for (const [index, text] of configurations.entries()) {
      const folder = join(root, `nameless-${index}`)
      mkdirSync(folder)
      writeFileSync(join(folder, 'all.yaml'), text)
      await applyFolder(database.pool, folder, {
        commit: String(index).repeat(40),
        asOf: new Date(Date.UTC(2026, 10, 20 + index)),
      })
      if (index > 0) continue
      await guildhall(['member', 'add', 'astro', 'hr/ada', '--never'])
      await guildhall(['member', 'add', 'astro', 'idp/mary', '--expires', '2026-11-30'])
    }
    whole = await inForce(join(root, 'nameless-0'))
    await whole(['member', 'add', 'astro', 'idp/mary', '--never'])
  })

  it('ends with 2 where people are left out whom no document can name, and says what to do', async () => {
    const { exitCode, stdout } = await guildhall(['export', 'without-nameless'])

    expect(exitCode).toBe(2)
    expect(stdout).toContain(
      `
Left out: 1 membership of 1 person whom no document can name, as their source is gone and another has
its name. Add them again by an identity of a source that is there, as members in documents or by \`guildhall member add\`:
  hr (until 2026-11-22T00:00:00.000Z)/ada in astro
`,
    )
  })

  it('ends with 2 where acts of managers are not written, and with 0 where they are', async () => {
    const twoFolders = ['export', 'all-of-it', '--acts', 'all-acts']

    const codes = [await whole(['export', 'documents-alone']), await whole(twoFolders)].map(({ exitCode }) => exitCode)

    expect(codes).toEqual([2, 0])
  })

  it('ends with 2 where memberships were asked for that nothing gives again', async () => {
    await database.pool.query(`update membership set status = 'EXPIRED' where expires = '2026-11-30'`)

    const asked = await guildhall(['export', 'with-acts', '--acts', 'acts-of-one'])

    expect(asked.stdout).toContain(
      'Memberships by managers and applications that are EXPIRED, and are not written:\n  1\n',
    )
    expect(asked.exitCode).toBe(2)
  })

  it('ends with 2 where files are not written that sources read, and says where to copy them', async () => {
    const read = (name: string, options: string): string =>
      document('Source', name, ` }\nspec: { type: csv, options: { ${options} } }`)
    const people = read('hr', 'file: lists/people.csv')
    const same = read('guests', 'file: lists/people.csv')
    const vouched = read('ldap', 'url: "https://example.org/people.csv", ca: trust/ca.pem')
    mkdirSync(join(root, 'with-files', 'lists'), { recursive: true })
    mkdirSync(join(root, 'with-files', 'trust'))
    writeFileSync(join(root, 'with-files', 'all.yaml'), sources(declared('idp'), people, same, vouched))
    writeFileSync(join(root, 'with-files', 'lists', 'people.csv'), 'login\nada\n')
    writeFileSync(join(root, 'with-files', 'trust', 'ca.pem'), '')
    const reading = await inForce(join(root, 'with-files'))

    const { exitCode, stdout } = await reading(['export', 'without-files'])

    expect(stdout.split('\n').slice(1)).toEqual([
      '',
      'Left out: 2 files of the old repository that sources read, as the state does not hold them. Copy each to the same path below "without-files":',
      '  lists/people.csv of source guests',
      '  lists/people.csv of source hr',
      '  trust/ca.pem of source ldap',
      '',
    ])
    expect(exitCode).toBe(2)
  })

  it('ends with 2 where scopes of different commits are not valid together, and writes them all the same', async () => {
    const world = await createTestDatabase()
    databases.push(world)
    const configured = (type: string, motto: string, members: readonly string[]): string =>
      [
        document('Instance', 'one', ' }\nspec: { trust: { signatures: none } }'),
        declared('idp'),
        document('Attribute', 'vo.motto', ` }\nspec: { type: ${type} }`),
        document('VO', 'astro', ` }\nspec: { members: [${members.join(', ')}], attributes: { motto: ${motto} } }`),
      ].join('---\n')
    const everybody = Array.from({ length: 50 }, (_, index) => `idp/p${index}`)
    for (const [index, text] of [
      configured('string', 'upwards', everybody),
      configured('integer', '7', []),
    ].entries()) {
      const folder = join(root, `torn-${index}`)
      mkdirSync(folder)
      writeFileSync(join(folder, 'all.yaml'), text)
      const asOf = new Date(Date.UTC(2026, 10, 20 + index))
      await applyFolder(world.pool, folder, { commit: String(index).repeat(40), asOf })
    }

    const { exitCode, stdout } = await commandOn(world)(['export', 'torn'])

    expect(stdout).toContain(
      `
What is in force is not valid as a whole, as its scopes are of different commits:
  vos/astro/vo.yaml:`,
    )
    expect(exitCode).toBe(2)
    expect(readFileSync(join(root, 'torn', 'vos', 'astro', 'vo.yaml'), 'utf8')).toContain('motto: upwards')
  })

  it('prints JSON as its schema says', async () => {
    const { exitCode, stdout } = await guildhall(['export', 'nameless-as-json', '--json'])

    expect(reportFaults('export-report', stdout)).toEqual([])
    expect({ exitCode, report: JSON.parse(stdout) as object }).toMatchObject({
      exitCode: 2,
      report: { nameless: [{ user: 'hr (until 2026-11-22T00:00:00.000Z)/ada', place: 'astro' }] },
    })
  })
})
