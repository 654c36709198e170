import {
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { ClockActivities, NextMoment } from '../../activities/clock.ts'
import { renderDetails } from '../details.ts'
import { dueAtAttribute } from '../search-attributes.ts'
import { dueChanged, expiryProgress, type ExpiryInput, type ExpiryOutcome } from './messages.ts'

const looking = { startToCloseTimeout: '15 s' } as const
const letting = { startToCloseTimeout: '10 min', heartbeatTimeout: '15 s' } as const
const { findNextMoment } = proxyActivities<ClockActivities>(looking)
const { runClock } = proxyActivities<ClockActivities>(letting)

/** The server may fire a shorter timer a second late. */
const shortestMs = 2_000

/** After a turn that had nothing to do although something was due. */
const patienceMs = 60_000

/** With two activities each, and a history that is quickly replayed. */
const mostTurns = 100

/** The clock of a VO: sleeps to the next moment at which something is due, does it, and looks again. */
export async function expiry(input: ExpiryInput): Promise<ExpiryOutcome> {
  const { vo } = input
  let ended = input.ended ?? 0
  let wakes = 0
  let next: NextMoment = { isGone: false, count: 0 }
  setHandler(dueChanged, () => {
    wakes += 1
  })
  setHandler(expiryProgress, () => ({ nextAt: next.at, count: next.count, ended }))

  for (let turns = 0; turns < mostTurns && !workflowInfo().continueAsNewSuggested; turns += 1) {
    const heard = wakes
    const isWoken = () => wakes !== heard
    next = await findNextMoment.executeWithOptions({ ...looking, summary: `What is due next in ${vo}` }, [{ vo }])
    if (next.isGone && !isWoken()) {
      await condition(allHandlersFinished)
      return { kind: 'gone', ended }
    }
    if (isDue(next)) {
      const summary = `${next.count} ${wordsOf(next)} in ${vo}`
      const { changed } = await runClock.executeWithOptions({ ...letting, summary }, [{ vo, now: Date.now() }])
      ended += changed
      if (changed === 0) await condition(isWoken, patienceMs, { summary: 'Look again' })
    } else if (!isWoken()) {
      show(next)
      await sleepUntil(next, isWoken)
    }
  }
  await condition(allHandlersFinished)
  return continueAsNew<typeof expiry>({ vo, ended })
}

const words: Readonly<Record<NonNullable<NextMoment['kind']>, string>> = {
  sponsor: 'guests follow sponsors who are gone or there again',
  notice: 'people are told when their membership ends',
  expire: 'memberships end',
  end: 'VOs, groups or resources end',
  lapse: 'levels of assurance lapse',
  accept: 'members have to have accepted the terms',
  follow: 'rules follow levels of assurance',
  disable: 'EXPIRED members become DISABLED',
  delete: 'DISABLED members are deleted',
  remove: 'EXPIRED memberships of groups are removed',
}

function wordsOf({ kind = 'expire' }: NextMoment): string {
  return words[kind]
}

function isDue({ at }: NextMoment): boolean {
  return at !== undefined && at <= Date.now()
}

async function sleepUntil(next: NextMoment, isWoken: () => boolean): Promise<void> {
  const { at } = next
  if (at === undefined) return condition(isWoken)
  await condition(isWoken, Math.max(shortestMs, at - Date.now()), { summary: `${next.count} ${wordsOf(next)}` })
}

function show(next: NextMoment): void {
  const { at } = next
  // A moment of before, perhaps of a run before, would make the clock look overdue for ever.
  if (at !== undefined || patched('is-due-no-more'))
    upsertSearchAttributes([{ key: dueAtAttribute, value: at === undefined ? null : new Date(at) }])
  const waitingFor = at === undefined ? 'a membership with a date' : `${next.count} ${wordsOf(next)}`
  setCurrentDetails(renderDetails({ waitingFor, sinceAt: Date.now(), ...(at === undefined ? {} : { nextAt: at }) }))
}
