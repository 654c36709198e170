import {
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { AttemptActivities, AttemptResult } from '../../activities/delivery.ts'
import type { PropagationActivities } from '../../activities/propagation.ts'
import { count } from '../../core/model/count.ts'
import { renderDetails } from '../details.ts'
import { reasonOf } from '../outcome.ts'
import { dueAtAttribute, needsHumanAttribute, stateAttribute } from '../search-attributes.ts'
import { deliveryQueue } from '../task-queues.ts'
import { backOffMs, opensAfter, stateOf } from './back-off.ts'
import { newer, trouble as troubleQuery, type DeliveryInput, type DeliveryOutcome, type Trouble } from './messages.ts'

const attemptsPerRun = 300

const options = {
  taskQueue: deliveryQueue,
  startToCloseTimeout: '10 min',
  heartbeatTimeout: '15 s',
  retry: { maximumAttempts: 1 },
} as const
const { attemptDelivery } = proxyActivities<AttemptActivities>(options)
const quick = { startToCloseTimeout: '15 s', retry: { maximumInterval: '15 s' } } as const
const { handOver } = proxyActivities<PropagationActivities>(quick)

/** Tries, and tries again, until the newest snapshot is there, or the destination is gone or blocked; a newer one is tried at once. */
export async function delivery(input: DeliveryInput): Promise<DeliveryOutcome> {
  let trouble = input.trouble
  const inbox: 'newer'[] = []
  setHandler(newer, () => void inbox.push('newer'))
  setHandler(troubleQuery, () => trouble)

  for (let attempts = 1; ; attempts += 1) {
    await pause(trouble, inbox)
    inbox.splice(0)
    const result = await attempt(input, trouble)
    if (result.kind !== 'failed' && result.kind !== 'busy') {
      if (result.kind === 'delivered') await free(input, result.frees ?? [])
      await condition(allHandlersFinished)
      if (inbox.length === 0) return { kind: result.kind, attempts }
      trouble = undefined
      continue
    }
    trouble = worsen(trouble, result)
    show(input, trouble)
    if (attempts >= attemptsPerRun || workflowInfo().continueAsNewSuggested) await goOn(input, trouble, inbox)
  }
}

/** What waited at the destination for this service goes there at once, by workflows of its own. */
async function free({ facility, destination }: DeliveryInput, services: readonly string[]): Promise<void> {
  await Promise.all(
    services.map((service) =>
      handOver.executeWithOptions({ ...quick, summary: `Hand ${service} to ${destination} over` }, [
        { facility, service, destination },
      ]),
    ),
  )
}

/** Waits for the next attempt's time, or for something newer. */
async function pause(trouble: Trouble | undefined, inbox: readonly unknown[]): Promise<void> {
  if (trouble === undefined) return
  const waitMs = trouble.nextAt - Date.now()
  if (waitMs <= 0 || inbox.length > 0) return
  await condition(() => inbox.length > 0, waitMs, { summary: `Wait after ${count(trouble.failures, 'failure')}` })
}

/** Every failure, also of the worker under it, is one result: the workflow itself never gives up. */
async function attempt(input: DeliveryInput, trouble: Trouble | undefined): Promise<AttemptResult> {
  const { facility, service, destination } = input
  const isProbed = (trouble?.failures ?? 0) >= opensAfter
  const summary = `${isProbed ? 'Probe, then deliver' : 'Deliver'} ${service} to ${destination}`
  try {
    return await attemptDelivery.executeWithOptions({ ...options, summary }, [
      { facility, service, destination, at: Date.now(), isProbed },
    ])
  } catch (error) {
    return { kind: 'failed', code: 'UNKNOWN', reason: reasonOf(error) }
  }
}

function worsen(before: Trouble | undefined, result: AttemptResult): Trouble {
  const now = Date.now()
  if (result.kind === 'busy') {
    const kept = before ?? { failures: 0, sinceAt: now, reason: 'another attempt is under way' }
    return { ...kept, nextAt: now + 2_000 }
  }
  const failures = (before?.failures ?? 0) + 1
  const reason = result.kind === 'failed' ? `${result.code}: ${result.reason}` : ''
  return { failures, sinceAt: before?.sinceAt ?? now, nextAt: now + backOffMs(failures, Math.random()), reason }
}

function show({ destination }: DeliveryInput, trouble: Trouble): void {
  const state = stateOf(trouble, Date.now())
  upsertSearchAttributes([
    { key: stateAttribute, value: state },
    { key: needsHumanAttribute, value: state === 'degraded' ? 'yes' : 'no' },
    { key: dueAtAttribute, value: new Date(trouble.nextAt) },
  ])
  const waitingFor = `${destination}, ${state} after ${count(trouble.failures, 'failure')}`
  setCurrentDetails(
    renderDetails({ waitingFor, sinceAt: trouble.sinceAt, nextAt: trouble.nextAt, lastError: trouble.reason }),
  )
}

async function goOn(input: DeliveryInput, trouble: Trouble, inbox: readonly unknown[]): Promise<never> {
  await condition(allHandlersFinished)
  const { facility, service, destination } = input
  const nextAt = inbox.length > 0 ? Date.now() : trouble.nextAt
  return continueAsNew<typeof delivery>({ facility, service, destination, trouble: { ...trouble, nextAt } })
}
