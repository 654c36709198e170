import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { readAbilities } from '../../../cli/system/abilities.ts'
import { desireFolder } from '../../../connectors/config-repo/validate-folder.ts'
import { writeRepository } from '../../../connectors/config-repo/write-repository.ts'
import { exportState } from '../../../core/export/export-state.ts'
import { isKind, type DesiredObject } from '../../../core/model/config-object.ts'
import { isIdentity } from '../../../schemas/validate.ts'
import { desire, instance, source, user, vo } from '../../support/builders.ts'
import { randomConfig } from '../../support/random-config.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { momentOf, planApproved, reach, stateOf } from '../bars/database-world.ts'

jest.setTimeout(300_000)

const folder = mkdtempSync(join(tmpdir(), 'guildhall-export-random-'))
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

it('random configurations that are in force are exported so that their plan is empty', async () => {
  const seed = Number(process.env['GUILDHALL_TEST_SEED'] ?? 20261127)
  const abilities = readAbilities()
  for (const [index, documents] of fc.sample(randomConfig, { numRuns: 40, seed }).entries()) {
    await reach(database.pool, desire(...documents), index)
    const state = await stateOf(database.pool)
    const place = join(folder, String(index))

    await writeRepository(exportState(state, isIdentity), {
      folder: place,
      shown: place,
      adds: false,
      toleratesFaults: true,
      abilities,
    })

    // Some of these documents name what is not there; what the plan does is asked, not what is wrong with them.
    const { objects, ...desired } = await desireFolder(place, abilities)
    const asked = { ...desired, objects: objects.map(withItsHash), findings: [] }
    const { plan, apply } = planApproved(state, asked, momentOf(index))
    expect({ index, seed, changes: plan.changes, apply }).toEqual({ index, seed, changes: [], apply: [] })
  }
})

it('people are named by what documents may hold, also where the source of their first identity is gone and another has its name', async () => {
  const world = await createTestDatabase()
  try {
    const ada = user('ada', { identities: ['hr/1', 'idp/ada'] })
    const idp = [instance(), source('idp')]
    const astro = vo('astro', { members: ['idp/ada'] })
    await reach(world.pool, desire(...idp, source('hr'), source('ldap'), ada, astro), 0)
    await reach(world.pool, desire(...idp, source('ldap'), astro), 1)
    await reach(world.pool, desire(...idp, source('hr', { previously: ['ldap'] }), astro), 2)
    const state = await stateOf(world.pool)

    const files = exportState(state, isIdentity)

    expect(state.people.map(({ identities }) => identities)).toEqual([
      [expect.stringMatching(/^hr \(until .*\)\/1$/), 'idp/ada'],
    ])
    const documents = files.flatMap((file) => file.documents)
    expect(documents.flatMap(({ kind, spec }) => (kind === 'VO' ? [spec.members] : []))).toEqual([['idp/ada']])
  } finally {
    await world.drop()
  }
})

/** These terms have the number of the text in place of its hash. */
function withItsHash(object: DesiredObject): DesiredObject {
  if (!isKind(object, 'VO') || object.spec.terms === undefined) return object
  const { text } = object.spec.terms
  return { ...object, spec: { ...object.spec, terms: { ...object.spec.terms, sha256: text.slice('Terms '.length) } } }
}
