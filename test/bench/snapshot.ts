import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MockActivityEnvironment } from '@temporalio/testing'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { createDeliveryActivities } from '../../activities/delivery.ts'
import { createPropagationActivities } from '../../activities/propagation.ts'
import { destinationTypes, generators } from '../../connectors/registry.ts'
import * as store from '../../store/index.ts'
import { destinationEnvironment } from '../connectors/destination-rig.ts'
import { timed, type Bench, type Sides } from './measure.ts'
import { apply, asOf, document, fill, ground, openWorld, read, together, writeFiles, type World } from './world.ts'

const people = 100_000
const facility = 'hpc'

/** What files are made of, with the options that they need. */
interface Format {
  readonly generator: string
  readonly options: object
}

const passwd: Format = { generator: 'passwd', options: {} }
const formats: readonly Format[] = [
  passwd,
  { generator: 'json', options: {} },
  { generator: 'csv', options: {} },
  { generator: 'ldap', options: { baseDn: 'dc=example,dc=org' } },
  { generator: 'scim', options: {} },
]

/** Query to fsynced file, against the same query sent to nobody. */
export const snapshotBenches: readonly Bench[] = formats.map((format) => ({
  name: format === passwd ? 'snapshot' : `snapshot-${format.generator}`,
  goal: 1.5,
  prepare: async () => prepare(format, 'whole'),
}))

/** What the rules of access cost: that query against one that takes every member. */
export const snapshotRulesBench: Bench = {
  name: 'snapshot-rules',
  goal: 4,
  prepare: async () => prepare(passwd, 'query'),
}

async function prepare(format: Format, what: 'query' | 'whole'): Promise<Sides> {
  const world = await openWorld()
  await apply(world.pool, await read(writeFiles(`${world.home}/configuration`, configuration(format))))
  await fill(world.pool, people)
  const queries = await queriesOf(world, format)
  const close = async () => world.close()
  if (what === 'query') {
    return {
      baseline: async () => copyOut(world, queries.map(withoutRules)),
      value: async () => copyOut(world, queries),
      close,
    }
  }
  return {
    baseline: async () => copyOut(world, queries),
    value: async (round) => snapshotAndDeliver(world, { ...format, round }),
    close,
  }
}

function configuration({ generator, options }: Format) {
  const uid = document(
    'Attribute',
    { name: 'user-facility.uid' },
    {
      ...{ type: 'integer', unique: 'facility', read: ['everyone'], write: ['nobody'] },
      generate: { sequence: { from: 10_000, to: 500_000, per: 'facility' } },
    },
  )
  const service = document('Service', { name: generator }, { generator, requires: ['user.login', 'user-facility.uid'] })
  const offers = [{ name: 'main', vo: 'big' }]
  const destinations = [{ name: 'files', services: [generator], type: 'directory', options: { path: 'hpc' } }]
  const place = document(
    'Facility',
    { name: facility },
    { services: { [generator]: { options } }, offers, destinations },
  )
  return {
    'instance.yaml': ground(uid, service, place),
    'vo.yaml': together(
      document('VO', { name: 'big' }, {}),
      document('Group', { vo: 'big', name: 'all' }, {}),
      document('Resource', { vo: 'big', name: 'batch' }, { facility, services: [generator], groups: ['all'] }),
    ),
  }
}

/** What a snapshot really reads by `copy`, each walk once more. */
async function queriesOf({ pool }: World, { generator: name }: Format): Promise<readonly string[]> {
  const generator = generators.get(name)
  if (generator === undefined) throw new Error(`There is no generator "${name}"`)
  const seen: string[] = []
  await store.inTransaction(
    pool,
    async (tx) => {
      const listening = new Proxy(tx, {
        get: (target, name) => {
          const found: unknown = Reflect.get(target, name, target)
          if (name !== 'query' || typeof found !== 'function') return found
          return (...words: readonly unknown[]): unknown => {
            seen.push(textOf(words[0]))
            return Reflect.apply(found, target, words)
          }
        },
      })
      const input = await store.readSnapshotInput(listening, { facility, service: name }, generator)
      let pieces = 0
      for await (const piece of generator.generate(input)) if (piece.kind === 'text') pieces += 1
      if (pieces < 2) throw new Error(`Generator "${name}" made nothing`)
    },
    { isolation: 'repeatable read' },
  )
  const copied = seen.filter((text) => text.startsWith('copy '))
  if (copied.length === 0) throw new Error('The snapshot copied nothing')
  return copied
}

function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement
  const isNamed = typeof statement === 'object' && statement !== null && 'text' in statement
  return isNamed && typeof statement.text === 'string' ? statement.text : ''
}

/** The same columns and joins over every member. */
function withoutRules(query: string): string {
  return query.replace(
    /from \([^]*?\) x(?=\s+join person)/,
    'from (select 0 as place, person_id, status from member) x',
  )
}

async function copyOut({ url }: World, queries: readonly string[]): Promise<number> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await timed(async () => {
      for (const query of queries) {
        const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
        await pipeline(client.query(copyTo(query)), nowhere)
      }
    })
  } finally {
    await client.end()
  }
}

/** As the worker does it: the snapshot is stored, then written to its directory. */
async function snapshotAndDeliver(
  { pool, home }: World,
  { generator: service, round }: Format & { readonly round: number },
): Promise<number> {
  await pool.query(
    `update attribute_value set value = to_jsonb('round' || $1::integer)
     where attribute = 'user.login' and subject = (select min(id) from person where identities[1] like 'idp/p%')`,
    [round],
  )
  const shared = { pool, store, reached: () => undefined }
  const { takeSnapshot } = createPropagationActivities({
    ...shared,
    generators,
    workflows: { deliver: async () => undefined },
    onLeftOut: () => undefined,
  })
  const { attemptDelivery } = createDeliveryActivities({
    ...shared,
    destinationTypes,
    readFile: async () => undefined,
    environment: () => destinationEnvironment({ out: `${home}/out` }),
  })
  const at = asOf.getTime()
  const environment = new MockActivityEnvironment()
  return timed(async () => {
    await environment.run(takeSnapshot, { facility, service, at })
    const result: unknown = await environment.run(attemptDelivery, { facility, service, destination: 'files', at })
    if (!JSON.stringify(result).includes('delivered')) throw new Error(`Not delivered: ${JSON.stringify(result)}`)
  })
}
