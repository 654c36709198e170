import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { compileCheck } from '../../schemas/validate.ts'
import { aboutOne, fileApplication, inTransaction, openPool, type FileInput, type Pool } from '../../store/index.ts'
import { isObject } from '../../worker/embedded/json.ts'
import { readIfThere } from '../../worker/embedded/processes.ts'
import { endWorker, spawnWorker } from '../support/built-worker.ts'
import { timed, type Bench, type Sides } from './measure.ts'
import { buildProgram, document, ground, makeHome, makeRepository, numbers, together, type Files } from './world.ts'

const atOnce = 20
const each = 1_000
const bareQueue = 'bare'
const patienceMs = 120_000

/** 1,000 people apply and become members by a form's rule, until their workflows are over, against 1,000 workflows of one activity that does nothing. */
export const applicationBench: Bench = {
  name: 'application',
  goal: 3,
  prepare: async () => {
    const home = makeHome()
    const ends = [async () => rmSync(home, { recursive: true, force: true })]
    const close = async () => {
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
    }
    try {
      return { ...(await prepareIn(home, ends)), close }
    } catch (error) {
      await close()
      throw error
    }
  },
}

/** Notes what ends everything that it starts. */
async function prepareIn(home: string, ends: (() => Promise<void>)[]): Promise<Omit<Sides, 'close'>> {
  buildProgram()
  const worker = spawnWorker({ home, repository: makeRepository(home, configuration()), prints: 'errors' })
  ends.push(async () => endWorker(worker, 'SIGTERM'))
  const { address, namespace, database } = await waitUntilReady(home)
  const pool = openPool(database)
  ends.push(async () => pool.end())
  const connection = await Connection.connect({ address })
  ends.push(async () => connection.close())
  const client = new Client({ connection, namespace })
  ends.push(await startBare(address, namespace))
  return {
    value: async (round) =>
      timed(async () => {
        await aFewAtOnce((index) => file(pool, `idp/p${round}-${index}`))
        await untilOver(client, 'application', round)
      }),
    baseline: async (round) =>
      timed(async () => {
        await aFewAtOnce(async (index) => {
          await client.workflow.start('bare', { taskQueue: bareQueue, workflowId: `bare/${round}-${index}` })
        })
        await untilOver(client, 'bare', round)
      }),
  }
}

function configuration(): Files {
  const items = [
    { name: 'name', type: 'text', label: { en: 'Name' }, required: true, fills: 'user.displayName' },
    { name: 'why', type: 'area', label: { en: 'Why' } },
  ]
  return {
    'instance.yaml': ground(),
    'vo.yaml': together(
      document('VO', { name: 'big' }, {}),
      document(
        'Form',
        { vo: 'big', name: 'join' },
        { for: 'initial', items, approval: { autoWhen: 'answers.why != ""' } },
      ),
    ),
  }
}

interface Ready {
  readonly address: string
  readonly namespace: string
  readonly database: string
}

/** Once the first commit is in force. */
async function waitUntilReady(home: string): Promise<Ready> {
  const file = join(home, 'endpoints.json')
  for (const from = performance.now(); readIfThere(file) === undefined;) {
    if (performance.now() - from > patienceMs)
      throw new Error(`The worker was not ready within ${patienceMs / 1_000} s`)
    await pause()
  }
  const found: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const text = (key: string): string => String(isObject(found) ? Reflect.get(found, key) : undefined)
  const database = text('database')
  const pool = openPool(database)
  try {
    while ((await pool.query('select from form')).rowCount === 0) await pause()
  } finally {
    await pool.end()
  }
  return { address: text('temporal'), namespace: text('namespace'), database }
}

/** A worker of this process, for bare workflows alone. */
async function startBare(address: string, namespace: string): Promise<() => Promise<void>> {
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') })
  const connection = await NativeConnection.connect({ address })
  const worker = await Worker.create({
    ...{ connection, namespace, taskQueue: bareQueue },
    workflowsPath: fileURLToPath(new URL('bare/workflow.ts', import.meta.url)),
    activities: { nothing: async () => undefined },
    maxCachedWorkflows: 200,
    maxConcurrentActivityTaskExecutions: 20,
  })
  const running = worker.run()
  return async () => {
    worker.shutdown()
    await running
    await connection.close()
  }
}

async function aFewAtOnce(work: (index: number) => Promise<void>): Promise<void> {
  const waiting = numbers(each)
  const lane = async () => {
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) await work(index)
  }
  await Promise.all(numbers(atOnce).map(lane))
}

async function file(pool: Pool, identity: string): Promise<void> {
  const input: FileInput = {
    ...{ vo: 'big', kind: 'initial', identity, answers: { name: 'New', why: 'Work' } },
    ...{ cause: { actor: identity }, now: new Date(), compileSchema: (schema) => compileCheck(schema) },
  }
  const answer = await inTransaction(pool, (tx) => fileApplication(tx, input), aboutOne)
  if ('refused' in answer || answer.state !== 'approved')
    throw new Error(`Expected an approval, got ${JSON.stringify(answer)}`)
}

/** All of this round and of those before. */
async function untilOver(client: Client, type: string, round: number): Promise<void> {
  const query = `WorkflowType = '${type}' and ExecutionStatus = 'Completed'`
  for (const from = performance.now(); (await client.workflow.count(query)).count < each * (round + 1);) {
    if (performance.now() - from > patienceMs)
      throw new Error(`Not all of ${type} were over within ${patienceMs / 1_000} s`)
    await pause()
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50))
