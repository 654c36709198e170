import {
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { AttemptActivities } from '../../activities/delivery.ts'
import type { PropagationActivities } from '../../activities/propagation.ts'
import { count } from '../../core/model/count.ts'
import { renderDetails } from '../details.ts'
import { reasonOf } from '../outcome.ts'
import { deliveryQueue } from '../task-queues.ts'
import {
  changed,
  propagationProgress,
  type Attempt,
  type Changed,
  type PropagationInput,
  type PropagationOutcome,
} from './messages.ts'

const activitiesPerRun = 1_000
const attemptsAtOnce = 50
const snapshotsAtOnce = 10
/** For each snapshot, so that all of them stay below what a workflow may have under way. */
const handOversAtOnce = 20

/** Of a change that nobody waits for. */
const ordinary = 3

const quick = { startToCloseTimeout: '15 s', retry: { maximumInterval: '15 s' } } as const
const snapshotOptions = {
  startToCloseTimeout: '15 min',
  heartbeatTimeout: '15 s',
  retry: { initialInterval: '200 ms', maximumInterval: '15 s', maximumAttempts: 8 },
} as const
/**
 * What a destination may take is counted by the attempt itself (`withinMs`). Here is room for the rest, and as long as it
 * takes to get a turn: a busy machine is no trouble of the destination.
 */
const attemptOptions = {
  taskQueue: deliveryQueue,
  startToCloseTimeout: '30 s',
  heartbeatTimeout: '15 s',
  retry: { maximumAttempts: 1 },
} as const
const { takeSnapshot, handOver } = proxyActivities<PropagationActivities>(quick)
const { attemptDelivery } = proxyActivities<AttemptActivities>(attemptOptions)

interface Flow {
  readonly facility: string
  readonly inbox: Changed[]
  readonly queue: Map<string, Attempt>
  /** Destinations that are being attempted. */
  readonly trying: Set<string>
  inFlight: number
  activities: number
  priority: number
  snapshots: number
  delivered: number
  handedOver: number
  lastError: string | undefined
}

/** Snapshots what is stale at once and makes the first attempt at every destination that differs; trouble is handed over. */
export async function propagation(input: PropagationInput): Promise<PropagationOutcome> {
  const flow = begin(input)
  setHandler(changed, (change) => void flow.inbox.push(change))
  setHandler(propagationProgress, () => ({ ...counts(flow), waiting: flow.queue.size, inFlight: flow.inFlight }))

  const startedAt = Date.now()
  while (isBusy(flow)) {
    const isFull = flow.activities >= activitiesPerRun || workflowInfo().continueAsNewSuggested
    if (isFull && flow.inFlight === 0) return goOn(flow)
    if (!isFull) await work(flow)
    await wait(flow, { startedAt, isFull })
  }
  await condition(allHandlersFinished)
  return counts(flow)
}

function isBusy({ inbox, queue, inFlight }: Flow): boolean {
  return inbox.length > 0 || queue.size > 0 || inFlight > 0
}

async function work(flow: Flow): Promise<void> {
  await takeSnapshots(flow)
  startAttempts(flow)
}

/** Waits for something to do: a change that arrives, as long as this run may take it, or an attempt under way that ends. */
async function wait(flow: Flow, { startedAt, isFull }: { startedAt: number; isFull: boolean }): Promise<void> {
  const hasNews = () => !isFull && flow.inbox.length > 0
  if (flow.inFlight === 0 || hasNews()) return
  setCurrentDetails(renderDetails(describe(flow, startedAt)))
  const { inFlight } = flow
  await condition(() => flow.inFlight < inFlight || hasNews())
}

function begin({ facility, changes, attempts }: PropagationInput): Flow {
  return {
    facility,
    inbox: [...(changes ?? [])],
    queue: new Map((attempts ?? []).map((attempt) => [keyOf(attempt), attempt])),
    trying: new Set(),
    inFlight: 0,
    activities: 0,
    priority: ordinary,
    snapshots: 0,
    delivered: 0,
    handedOver: 0,
    lastError: undefined,
  }
}

async function goOn({ facility, inbox, queue }: Flow): Promise<never> {
  await condition(allHandlersFinished)
  return continueAsNew<typeof propagation>({ facility, changes: [...inbox], attempts: [...queue.values()] })
}

/** Folds all that waits in the inbox into one snapshot per service. */
async function takeSnapshots(flow: Flow): Promise<void> {
  const changes = flow.inbox.splice(0)
  const services = [...new Set(changes.flatMap((change) => change.services))]
  // What is less urgent than ordinary is so only by itself.
  flow.priority = changes.length === 0 ? ordinary : Math.min(...changes.map((change) => change.priority))
  for (let start = 0; start < services.length; start += snapshotsAtOnce) {
    await Promise.all(services.slice(start, start + snapshotsAtOnce).map((service) => snapshot(flow, service)))
  }
}

/** A snapshot that cannot be taken holds up no other service; the service stays stale, and the relay asks again. */
async function snapshot(flow: Flow, service: string): Promise<void> {
  flow.activities += 1
  try {
    const taken = await takeSnapshot.executeWithOptions(
      { ...snapshotOptions, summary: `Snapshot ${service}`, priority: { priorityKey: flow.priority } },
      [{ facility: flow.facility, service, at: Date.now() }],
    )
    flow.snapshots += 1
    for (const destination of taken.destinations) enqueue(flow, { service, destination, generation: taken.generation })
    for (let start = 0; start < taken.troubled.length; start += handOversAtOnce) {
      const some = taken.troubled.slice(start, start + handOversAtOnce)
      await Promise.all(some.map((destination) => handOverTo(flow, { service, destination })))
    }
  } catch (error) {
    flow.lastError = `${service}: ${reasonOf(error)}`
    log.warn('Snapshot failed', { facility: flow.facility, service, reason: reasonOf(error) })
  }
}

/** What waits already may be as urgent as it was. */
function enqueue({ queue, priority: now }: Flow, attempt: Attempt): void {
  const key = keyOf(attempt)
  const waiting = queue.get(key)
  const priority = waiting === undefined ? now : Math.min(now, urgency(waiting))
  queue.set(key, priority === ordinary ? attempt : { ...attempt, priority })
}

function urgency(attempt: Attempt | undefined): number {
  return attempt?.priority ?? ordinary
}

/** The urgent before all others, however long those have waited. */
function startAttempts(flow: Flow): void {
  const waiting = [...flow.queue].sort(([, one], [, other]) => urgency(one) - urgency(other))
  for (const [key, attempt] of waiting) {
    if (flow.inFlight >= attemptsAtOnce || flow.activities >= activitiesPerRun) return
    if (flow.trying.has(key) && isOneAtATime()) continue
    flow.queue.delete(key)
    flow.trying.add(key)
    flow.inFlight += 1
    flow.activities += 1
    void tryOnce(flow, attempt).finally(() => {
      flow.trying.delete(key)
      flow.inFlight -= 1
    })
  }
}

/** Asked only where it makes a difference, so that most histories have no mark of it. */
function isOneAtATime(): boolean {
  return patched('one-attempt-at-a-time')
}

/** One try; a destination that fails it gets a workflow of its own. */
async function tryOnce(flow: Flow, attempt: Attempt): Promise<void> {
  const { facility } = flow
  const { service, destination } = attempt
  const name = `${service} to ${destination}`
  try {
    const result = await attemptDelivery.executeWithOptions(
      { ...attemptOptions, summary: `Deliver ${name}`, priority: { priorityKey: urgency(attempt) } },
      [{ facility, service, destination, at: Date.now(), withinMs: 5_000 }],
    )
    if (result.kind === 'delivered') {
      flow.delivered += 1
      dropDone(flow, attempt, result.generation)
      for (const freed of result.frees ?? []) enqueue(flow, { service: freed, destination })
    }
    if (result.kind !== 'failed' && result.kind !== 'busy') return
    flow.lastError = `${name}: ${result.kind === 'failed' ? result.reason : 'busy'}`
  } catch (error) {
    flow.lastError = `${name}: ${reasonOf(error)}`
  }
  dropDone(flow, attempt)
  await handOverTo(flow, attempt)
}

/** An attempt sends the newest snapshot there is, so it may have done what waits; a workflow of its own sees to all of it. */
function dropDone({ queue }: Flow, attempt: Attempt, delivered = Infinity): void {
  const waiting = queue.get(keyOf(attempt))
  if (waiting === undefined || (waiting.generation ?? 0) > delivered) return
  if (isOneAtATime()) queue.delete(keyOf(attempt))
}

async function handOverTo(flow: Flow, attempt: Attempt): Promise<void> {
  flow.activities += 1
  flow.handedOver += 1
  await handOver.executeWithOptions({ ...quick, summary: `Hand ${attempt.service} to ${attempt.destination} over` }, [
    { facility: flow.facility, service: attempt.service, destination: attempt.destination },
  ])
}

function counts({ snapshots, delivered, handedOver }: Flow): PropagationOutcome {
  return { snapshots, delivered, handedOver }
}

function describe(flow: Flow, sinceAt: number) {
  const waitingFor = `${count(flow.inFlight, 'attempt')}, ${flow.queue.size} waiting`
  return { waitingFor, sinceAt, ...(flow.lastError === undefined ? {} : { lastError: flow.lastError }) }
}

function keyOf({ service, destination }: Attempt): string {
  return `${service}/${destination}`
}
