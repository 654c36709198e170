import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { actOnMembers, applyChanges, inTransaction, takeEpoch, type ApplyInput, type Tx } from '../../../store/index.ts'
import { naivePairs } from '../../support/naive-pairs.ts'
import { somebodyWaits } from '../../support/somebody-waits.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { pairDefinitions, pairsIn, pairsWorld } from './pairs-world.ts'
import { add, apply, change, document, monday, remove, row, stored, tuesday } from './world.ts'

let database: TestDatabase

const { commit } = pairsIn(() => database.pool)

beforeEach(async () => {
  database = await createTestDatabase()
  await pairsWorld(database.pool)
  const newton = document('User', 'newton', { identities: ['idp/newton'], attributes: { login: 'newton' } })
  await apply(database.pool, [...pairDefinitions(), add(newton), row('add', 'bio', 'idp/newton')])
})

afterEach(async () => database.drop())

type Work = (tx: Tx) => Promise<unknown>

/** Somebody comes into the group of one VO that another VO's resource is, was or will be for. */
const enter: Work = async (tx) => {
  const answers = await actOnMembers(tx, {
    ...{ act: 'add', vo: 'bio', group: 'lab', requests: [{ user: 'idp/newton' }] },
    ...{ reason: 'test', cause: { actor: 'local/test' }, now: tuesday },
  })
  expect(answers).toEqual([{ user: 'idp/newton', status: 'VALID', expires: null }])
}

/** Applies one changed document of the other VO. */
async function committing(kind: 'Resource' | 'VO', name: string, spec: object): Promise<Work> {
  const have = await stored(database.pool, kind, name)
  return applying({
    ...change(have, document(kind, name, { ...have.spec, ...spec }, have.vo)),
    fields: Object.keys(spec),
  })
}

async function applying(...changes: ApplyInput['changes']): Promise<Work> {
  const scope = 'vo:astro'
  const epoch = await takeEpoch(database.pool, [scope])
  const cause = { commit: 'c0ffee', actor: 'commit/c0ffee' }
  const offers = [{ vo: 'astro', name: 'cluster', isWithin: true }]
  const rest = { asOf: monday, losses: [], statuses: [], phase: 'main', cause, offers } as const
  return (tx) => applyChanges(tx, { scope, epoch, changes, ...rest })
}

/** The second begins once the first has done everything but commit, and the first commits once the second waits or is done. */
async function oneInTheOther(first: Work, second: Work): Promise<void> {
  const seconds: Promise<unknown>[] = []
  await inTransaction(database.pool, async (tx) => {
    await first(tx)
    seconds.push(inTransaction(database.pool, second))
    await Promise.race([...seconds, somebodyWaits(database.pool)])
  })
  await Promise.all(seconds)
}

async function derived(): Promise<string[]> {
  const { rows } = await database.pool.query<{ key: string }>(
    `select concat_ws(' ', attribute, subject, object, value #>> '{}') as key from attribute_value where origin = 'derived'`,
  )
  return rows.map(({ key }) => key).sort()
}

/** Who reaches the facility without having the number that its files need. */
async function withoutNumber(): Promise<string[]> {
  const { rows } = await database.pool.query<{ login: string }>(
    `select distinct p.identities[1] as login
     from reach w join resource r on r.id = w.resource_id join person p on p.id = w.person_id
     where not exists (
       select from attribute_value v
       where (v.attribute, v.subject, v.object) = ('user-facility.uid', w.person_id, r.facility_id))`,
  )
  return rows.map(({ login }) => login)
}

const assigned = { groups: ['telescope', 'bio/lab'] }

const commits: Readonly<Record<string, () => Promise<Work>>> = {
  'assigns the group': () => committing('Resource', 'cluster', assigned),
  'takes the group away': async () => {
    await commit('Resource', 'cluster', assigned)
    return committing('Resource', 'cluster', { groups: ['telescope'] })
  },
  'gives the resource another value': async () => {
    await commit('Resource', 'cluster', assigned)
    return committing('Resource', 'cluster', { attributes: { base: 7 } })
  },
  'gives the VO another value': async () => {
    await commit('Resource', 'cluster', assigned)
    return committing('VO', 'astro', { attributes: { code: 'Z' } })
  },
  'removes the resource': async () => {
    await commit('Resource', 'cluster', assigned)
    return applying(remove(await stored(database.pool, 'Resource', 'cluster')))
  },
}

const orders = ['the act first', 'the commit first'] as const

it.each(Object.keys(commits).flatMap((what) => orders.map((order) => [what, order] as const)))(
  'who comes into a group of another VO as a commit %s has the values that follow from both, %s',
  async (what, order) => {
    const commitOfTheOther = await commits[what]?.()
    if (commitOfTheOther === undefined) throw new Error(`no commit ${what}`)

    await (order === 'the act first' ? oneInTheOther(enter, commitOfTheOther) : oneInTheOther(commitOfTheOther, enter))

    expect({ derived: await derived(), withoutNumber: await withoutNumber() }).toEqual({
      derived: await naivePairs(database.pool),
      withoutNumber: [],
    })
  },
)
