import { readFileSync, rmSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { MembershipChange } from '../../core/model/plan.ts'
import { applyChanges, inTransaction, takeEpoch, type Pool } from '../../store/index.ts'
import { endWorker } from '../support/built-worker.ts'
import { poolOf, startBuilt } from './built-world.ts'
import { percentile, rounded, type Row } from './measure.ts'
import { document, ground, makeHome, numbers, together, type Files } from './world.ts'

const goals = { 'latency-p50': { share: 0.5, ms: 300 }, 'latency-p99': { share: 0.99, ms: 1_000 } } as const
const samples = 300
const warmUp = 5
const people = 1_000
const idleFacilities = 40
const idleDestinations = 50
const destinations = 1 + idleFacilities * idleDestinations

/** One membership change until the file is there: the built worker, its servers as `guildhall dev` starts them. */
export const latencyBenches = {
  names: Object.keys(goals),
  run: async (): Promise<readonly Row[]> => {
    const home = makeHome()
    const worker = await startBuilt(home, configuration(), destinations)
    try {
      const times = await sample(home)
      return Object.entries(goals).map(([name, { share, ms }]): Row => {
        const value = rounded(percentile(times, share))
        return { name, ratio: rounded(value / ms), goal: 1, value, baseline: ms, unit: 'ms', n: times.length }
      })
    } finally {
      await endWorker(worker, 'SIGTERM')
      rmSync(home, { recursive: true, force: true })
    }
  },
}

function configuration(): Files {
  const service = (name: string, generator: string) =>
    document('Service', { name }, { generator, requires: ['user.login'] })
  const offers = [{ name: 'main', vo: 'big' }]
  const facility = (name: string, count: number) => {
    const destinations = numbers(count).map((index) => ({
      ...{ name: `d${index}`, services: ['people'], type: 'directory' },
      options: { path: `${name}/d${index}` },
    }))
    return document('Facility', { name }, { services: { people: {} }, offers, destinations })
  }
  const users = numbers(people).map((index) =>
    document('User', { name: `p${index}` }, { identities: [`idp/p${index}`], attributes: { login: `p${index}x` } }),
  )
  const resource = (name: string, where: string, groups: readonly string[]) =>
    document('Resource', { vo: 'big', name }, { facility: where, services: ['people'], groups })
  return {
    'instance.yaml': ground(
      service('people', 'json'),
      facility('hpc', 1),
      ...numbers(idleFacilities).map((index) => facility(`idle${index}`, idleDestinations)),
    ),
    'users.yaml': together(...users),
    'vo.yaml': together(
      document('VO', { name: 'big' }, {}),
      document('Group', { vo: 'big', name: 'all' }, { members: numbers(people).map((index) => `idp/p${index}`) }),
      document('Group', { vo: 'big', name: 'few' }, { members: ['idp/p0', 'idp/p1'] }),
      resource('batch', 'hpc', ['all']),
      ...numbers(idleFacilities).map((index) => resource(`idle${index}`, `idle${index}`, ['few'])),
    ),
  }
}

/** Somebody who is not in the idle facilities leaves the big group and comes back, one change after the other. */
async function sample(home: string): Promise<number[]> {
  const pool = poolOf(home)
  if (pool === undefined) throw new Error('There is no database')
  const file = join(home, 'out', 'hpc', 'd0', 'people', 'people.json')
  const epoch = await takeEpoch(pool, ['vo:big'])
  const times: number[] = []
  try {
    for (let index = 0; index < samples + warmUp; index += 1) {
      const action = index % 2 === 0 ? 'remove' : 'add'
      const took = await changeOnce({ pool, epoch, file, action })
      if (index >= warmUp) times.push(took)
    }
    return times
  } finally {
    await pool.end()
  }
}

interface Sample {
  readonly pool: Pool
  readonly epoch: number
  readonly file: string
  readonly action: 'add' | 'remove'
}

async function changeOnce({ pool, epoch, file, action }: Sample): Promise<number> {
  const { ino } = await stat(file)
  const user = 'idp/p500'
  const change: MembershipChange = { scope: 'vo:big', action, kind: 'GroupMember', vo: 'big', name: 'all', user }
  const input = {
    scope: 'vo:big',
    changes: [change],
    losses: [],
    statuses: [],
    epoch,
    cause: { actor: 'bench' },
    phase: 'main',
    offers: [],
  } as const
  const from = performance.now()
  await inTransaction(pool, async (tx) => applyChanges(tx, { ...input, asOf: new Date() }))
  while ((await stat(file)).ino === ino) {
    if (performance.now() - from > 60_000) throw new Error('The change did not arrive within 60 s')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const took = performance.now() - from
  if (readFileSync(file, 'utf8').includes(`"${user}"`) !== (action === 'add'))
    throw new Error('The file is of another change')
  return took
}
