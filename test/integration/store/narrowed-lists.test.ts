import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Plan } from '../../../core/model/plan.ts'
import { attributesWithOtherLists } from '../../../core/plan/other-lists.ts'
import { changeValues, inTransaction, listMembers, loadState } from '../../../store/index.ts'
import {
  attribute,
  desire,
  facility,
  group,
  instance,
  people,
  resource,
  service,
  source,
  vo,
  type Document,
} from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bringApproved } from './commits.ts'
import { monday as asOf } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const members = people(12)

interface Lists {
  readonly shells?: readonly string[] | undefined
  readonly offered?: readonly string[] | undefined
}

/** A VO that requires a shell of its list of each member, and a service that requires a queue of the facility's list. */
function world({ shells = ['bash', 'zsh'], offered = ['fast', 'slow'] }: Lists = {}, also: object = {}): Document[] {
  return [
    ...[instance(), source('idp')],
    ...['vo.shells', 'facility.queues'].map((name) => attribute(name, { type: 'array' })),
    attribute('member.shell', { type: 'string', within: ['vo.shells'], write: ['vo-managers'] }),
    attribute('member-resource.queue', { type: 'string', within: ['facility.queues'], write: ['vo-managers'] }),
    service('jobs', { generator: 'json', requires: ['member-resource.queue'] }),
    facility('hpc', { services: { jobs: {} }, attributes: { queues: [...offered] } }),
    vo('astro', { requires: { attributes: ['member.shell'] }, members, attributes: { shells: [...shells] }, ...also }),
    group('astro/team', { members }),
    resource('astro/disk', { groups: ['team'], services: ['jobs'] }),
  ]
}

/** Brings the database to these documents; what was planned. */
async function reach(documents: readonly Document[]): Promise<Plan> {
  return bringApproved(database.pool, documents)
}

async function pick(holder: string, name: string, value: JsonValue): Promise<void> {
  const named = parseHolder(holder)
  if (named === undefined) throw new Error(`"${holder}" is no holder`)
  const answers = await inTransaction(database.pool, (tx) =>
    changeValues(tx, {
      ...{ requests: [{ holder: named, name, value }], reason: '', now: asOf },
      ...{ cause: { actor: 'test' }, compileSchema: () => () => [] },
    }),
  )
  expect(answers.filter((answer) => 'refused' in answer)).toEqual([])
}

async function withPicks(): Promise<void> {
  await reach(world())
  for (const [index, user] of members.entries()) {
    await pick(`member:astro/${user}`, 'member.shell', index < 4 ? 'zsh' : 'bash')
    await pick(`member-resource:astro/disk/${user}`, 'member-resource.queue', index < 2 ? 'slow' : 'fast')
  }
}

async function invalid(): Promise<string[]> {
  const { members: listed } = await listMembers(database.pool, { vo: 'astro' })
  return listed.flatMap(({ user, status }) => (status === 'INVALID' ? [user] : []))
}

describe('a commit that narrows a list of allowed values', () => {
  it('is planned with who is left without a value that the VO requires, and is judged by it', async () => {
    await withPicks()
    expect(await invalid()).toEqual([])

    const { statuses, impact, guard, findings } = await reach(world({ shells: ['bash'] }))

    const losing = members.slice(0, 4)
    expect(statuses).toEqual(losing.map((user) => ({ vo: 'astro', user, status: 'INVALID' })))
    expect(impact).toEqual({
      gained: [],
      lost: losing.map((user) => ({ user, vo: 'astro', resource: 'disk', facility: 'hpc' })),
    })
    expect(guard.scopes).toMatchObject([{ scope: 'vo:astro', verdict: 'held' }])
    expect(guard.scopes.flatMap(({ reasons }) => reasons.map(({ subject }) => subject))).toEqual([
      ...['facility hpc', 'group astro/team', 'resource astro/disk', 'vo astro'],
    ])
    expect(findings.filter(({ code }) => code === 'attribute-outside')).toEqual(
      losing.map((user) => ({
        ...{ severity: 'warning', code: 'attribute-outside', at: { file: 'VO--astro.yaml', line: 1, column: 1 } },
        message: `"${user}" chose zsh as member.shell, which is not in vo.shells of VO--astro.yaml:1 any more, so it will count as missing; required by VO "astro"`,
      })),
    )
    expect(await invalid()).toEqual(losing)
  })

  it('and one that widens it again, gives back what they had, as planned', async () => {
    await withPicks()
    await reach(world({ shells: ['bash'] }))

    const { statuses, impact } = await reach(world())

    const back = members.slice(0, 4)
    expect(statuses).toEqual(back.map((user) => ({ vo: 'astro', user, status: 'VALID' })))
    expect(impact.gained.map(({ user }) => user)).toEqual(back)
    expect(await invalid()).toEqual([])
  })

  it('tells who is left out of a service, which takes no access away', async () => {
    await withPicks()

    const { statuses, impact, guard, findings } = await reach(world({ offered: ['fast'] }))

    expect({ statuses, impact }).toEqual({ statuses: [], impact: { gained: [], lost: [] } })
    expect(guard.verdict).toBe('pass')
    expect(
      findings.filter(({ code }) => code === 'attribute-outside').map(({ message, at }) => [at?.file, message]),
    ).toEqual(
      members
        .slice(0, 2)
        .map((user) => [
          'Facility--hpc.yaml',
          `"${user}" chose slow as member-resource.queue, which is not in facility.queues of Facility--hpc.yaml:1 any more, so it will count as missing; required by service "jobs" on resource "astro/disk"`,
        ]),
    )
  })

  it('takes nothing from who has chosen anew since a choice of theirs was put aside', async () => {
    await withPicks()
    await reach(world({ shells: ['bash'] }))
    for (const user of members.slice(0, 4)) await pick(`member:astro/${user}`, 'member.shell', 'bash')

    const { statuses, findings } = await reach(world({ shells: ['bash', 'fish'] }))

    expect({ statuses, findings }).toEqual({ statuses: [], findings: [] })
    expect(await invalid()).toEqual([])
  })

  it('follows VOs to their new names', async () => {
    await withPicks()
    const renamed = world({ shells: ['bash'] }).map(({ object, members: rows }): Document => {
      if (object.kind === 'VO') return { members: rows, object: { ...object, name: 'stars', previously: ['astro'] } }
      return { members: rows, object: object.vo === 'astro' ? { ...object, vo: 'stars' } : object }
    })

    const { statuses } = await reach(renamed)

    expect(statuses).toEqual(members.slice(0, 4).map((user) => ({ vo: 'stars', user, status: 'INVALID' })))
    const { members: listed } = await listMembers(database.pool, { vo: 'stars' })
    expect(listed.filter(({ status }) => status === 'INVALID').map(({ user }) => user)).toEqual(members.slice(0, 4))
  })

  it('by no longer letting anybody choose outside another list, and where the definition names the list newly', async () => {
    await withPicks()
    const free = world().map((one): Document =>
      one.object.name === 'member.shell' ? attribute('member.shell', { type: 'string', write: ['vo-managers'] }) : one,
    )
    await reach(free)
    await pick(`member:astro/${members[5] ?? ''}`, 'member.shell', 'fish')

    const { statuses } = await reach(world())

    expect(statuses).toEqual([{ vo: 'astro', user: members[5], status: 'INVALID' }])
    expect(await invalid()).toEqual([members[5]])
  })
})

describe('the planner', () => {
  it('is given picks only of attributes whose lists the commit changes', async () => {
    await withPicks()
    const asked = async (documents: readonly Document[]): Promise<readonly string[]> => {
      const desired = desire(...documents)
      const { picks = [] } = await loadState(database.pool, {
        lossesSince: new Date(0),
        picksOf: (objects) => attributesWithOtherLists(objects, desired.objects),
      })
      return [...new Set(picks.map(({ attribute: name }) => name))]
    }

    expect(await asked(world())).toEqual([])
    expect(await asked(world({ shells: ['bash'] }))).toEqual(['member.shell'])
    expect(await asked(world({ offered: [] }))).toEqual(['member-resource.queue'])
  })
})
