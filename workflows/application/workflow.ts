import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { ApplicationActivities, ApplicationLook, SettledAct } from '../../activities/applications.ts'

import { renderDetails } from '../details.ts'
import { dueAtAttribute, needsHumanAttribute, stateAttribute, voAttribute } from '../search-attributes.ts'
import {
  applicationChanged,
  approve,
  reject,
  requestChanges,
  resubmit,
  verify,
  withdraw,
  type ApplicationInput,
  type ApplicationOutcome,
  type NotedActInput,
} from './messages.ts'

/** Whoever decides waits 20 s for an answer, also where a worker dies meanwhile. */
const looking = { startToCloseTimeout: '30 s', heartbeatTimeout: '10 s' } as const
const { lookAtApplication, settleApplicationAct } = proxyActivities<ApplicationActivities>(looking)

/** The server may fire a shorter timer a second late. */
const shortestMs = 2_000
/** So many times it looks before it goes on as a new run, with a short history. */
const mostTurns = 100
const placesEveryMs = 60 * 60 * 1000

/**
 * One application: settles what people do to it one after the other, sleeps to its next deadline, and ends with it. Everything
 * it knows stands in PostgreSQL.
 */
export async function application({ id }: ApplicationInput): Promise<ApplicationOutcome> {
  let wakes = 0
  const inbox: string[] = []
  const outcomes = new Map<string, SettledAct>()
  setHandler(applicationChanged, () => {
    wakes += 1
  })
  const enqueue = async ({ act }: NotedActInput): Promise<SettledAct> => {
    if (!outcomes.has(act)) inbox.push(act)
    await condition(() => outcomes.has(act))
    const outcome = outcomes.get(act)
    if (outcome === undefined) throw ApplicationFailure.nonRetryable(`act ${act} was lost`)
    return outcome
  }
  for (const update of [approve, reject, requestChanges, resubmit, verify, withdraw])
    setHandler(update, enqueue, { validator: requireNumber })

  for (let turns = 1; ; turns += 1) {
    const heard = wakes
    for (let act = inbox.shift(); act !== undefined; act = inbox.shift()) outcomes.set(act, await settle(act))
    const look = await lookAtApplication.executeWithOptions({ ...looking, summary: `Look at application ${id}` }, [
      { id, now: Date.now() },
    ])
    if (inbox.length > 0) continue
    if (look.kind === 'ended') {
      await condition(allHandlersFinished)
      if (inbox.length > 0) continue
      return { kind: look.outcome }
    }
    show(look)
    if (turns >= mostTurns || workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished)
      if (inbox.length === 0) return continueAsNew<typeof application>({ id })
    }
    await rest(look, () => inbox.length > 0 || wakes !== heard)
  }
}

async function settle(act: string): Promise<SettledAct> {
  const summary = `Settle act ${act}`
  return settleApplicationAct.executeWithOptions({ ...looking, summary }, [{ act, now: Date.now() }])
}

function requireNumber({ act }: NotedActInput): void {
  if (!/^\d{1,19}$/.test(act)) throw ApplicationFailure.nonRetryable(`expected the number of an act, got "${act}"`)
}

type OpenLook = Extract<ApplicationLook, { readonly kind: 'open' }>

/** Nobody tells it of a place that gets free, so it looks every hour. */
function pause({ state, next }: OpenLook): number | undefined {
  const waits = [...(next === undefined ? [] : [next.at - Date.now()]), ...(state === 'waiting' ? [placesEveryMs] : [])]
  return waits.length === 0 ? undefined : Math.max(shortestMs, Math.min(...waits))
}

async function rest(look: OpenLook, isWoken: () => boolean): Promise<void> {
  const ms = pause(look)
  if (ms === undefined) return condition(isWoken)
  await condition(isWoken, ms, { summary: `Until ${nextStep(look)}` })
}

function show({ vo, state, sinceAt, next }: OpenLook): void {
  upsertSearchAttributes([
    { key: voAttribute, value: vo },
    { key: stateAttribute, value: state },
    { key: needsHumanAttribute, value: state === 'open' ? 'yes' : 'no' },
    { key: dueAtAttribute, value: next === undefined ? null : new Date(next.at) },
  ])
  setCurrentDetails(
    renderDetails({ waitingFor: waitingFor[state], sinceAt, ...(next === undefined ? {} : { nextAt: next.at }) }),
  )
}

const waitingFor: Readonly<Record<OpenLook['state'], string>> = {
  unverified: 'the confirmation of an address',
  open: 'a decision',
  'changes-requested': 'other answers',
  waiting: 'a place, or the membership of the VO',
}

function nextStep({ next }: OpenLook): string {
  if (next === undefined) return 'somebody acts'
  return { escalate: 'others may decide too', reject: 'it is rejected', remind: 'a reminder' }[next.kind]
}
