import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { inTransaction, syncMembers } from '../../../store/index.ts'
import { run, type Ran } from '../../cli/run-program.ts'
import { source } from '../../support/builders.ts'
import { subjectsOf } from '../../support/subjects.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring } from '../store/commits.ts'
import { readStructure, structuredWorld, tuesday } from '../store/structures-world.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  const { pool } = database
  const attributes = { 'user.email': '${mail}' }
  await bring(
    pool,
    structuredWorld(...['hr', 'ldap'].map((name) => source(name, { type: 'csv', vos: ['astro'], attributes }))),
  )
  await readStructure(pool, ['1 a', '2 b'])
  for (const name of ['hr', 'ldap']) {
    const said = { others: [{ identity: 'idp/ada' }], values: { 'user.email': `ada@${name}.example.org` } }
    await inTransaction(pool, (tx) =>
      syncMembers(tx, {
        ...{ source: name, vo: 'astro', group: 'teams:a', mode: 'full', authoritative: false, now: tuesday },
        ...{ absent: { then: 'remove', runs: 1 }, subjects: subjectsOf([{ identity: `${name}/ada`, ...said }]) },
      }),
    )
  }
})
afterAll(async () => database.drop())

const guildhall = async (...args: readonly string[]): Promise<Ran> => run(args, { env: { DATABASE_URL: database.url } })

it('why names the source of each row and value, and whom it goes before', async () => {
  const { stdout } = await guildhall('why', 'idp/ada', 'astro')
  const json: unknown = JSON.parse((await guildhall('why', 'idp/ada', 'astro', '--json')).stdout)

  expect(stdout).toMatch(/\n +astro\/teams:a +sync:hr +VALID .*\n +astro\/teams:a +sync:ldap +VALID /)
  expect(stdout).toMatch(/\n +VALUE OF +ORIGIN +GOES BEFORE\n +user.email +sync:hr +ldap\n/)
  expect(json).toMatchObject({ values: [{ name: 'user.email', origin: 'sync:hr', before: ['ldap'] }] })
})

it('a group that a source makes is shown with the name of the source', async () => {
  const { stdout } = await guildhall('members', '--vo', 'astro', '--group', 'teams:a')
  const empty = await guildhall('members', '--vo', 'astro', '--group', 'teams:b')
  const ofGit = await guildhall('members', '--vo', 'astro', '--group', 'teams', '--json')
  const json: unknown = JSON.parse((await guildhall('members', '--vo', 'astro', '--group', 'teams:a', '--json')).stdout)
  const why = await guildhall('why', 'idp/ada', 'astro/all')

  expect(stdout).toMatch(/\n1 member of group astro\/teams:a, which source teams makes\n$/)
  expect(empty.stdout).toBe(
    'Nobody is a member of group astro/teams:b. Source teams makes the group; a sync fills it, or a manager does by `guildhall group add`.\n',
  )
  expect(json).toMatchObject({ source: 'teams', members: [{ origins: ['sync:hr', 'sync:ldap'] }] })
  expect(JSON.parse(ofGit.stdout)).not.toHaveProperty('source')
  expect(why.stdout).toMatch(/\n +Group +astro\/teams:a +\S+:\d+, made by source teams\n/)
})
