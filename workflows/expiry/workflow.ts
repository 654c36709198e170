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
import { count } from '../../core/model/count.ts'
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
      const summary = `${describe(next)} in ${vo}`
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

const words: Readonly<Record<NonNullable<NextMoment['kind']>, readonly [one: string, many: string]>> = {
  sponsor: ['guest follows a sponsor who is gone or there again', 'guests follow sponsors who are gone or there again'],
  notice: ['person is told when their membership ends', 'people are told when their memberships end'],
  expire: ['membership ends', 'memberships end'],
  end: ['VO, group or resource ends', 'VOs, groups or resources end'],
  lapse: ['level of assurance lapses', 'levels of assurance lapse'],
  accept: ['member has to have accepted the terms', 'members have to have accepted the terms'],
  follow: ['rule follows levels of assurance', 'rules follow levels of assurance'],
  disable: ['EXPIRED member becomes DISABLED', 'EXPIRED members become DISABLED'],
  delete: ['DISABLED member is deleted', 'DISABLED members are deleted'],
  invite: ['invitation ends or is forgotten', 'invitations end or are forgotten'],
  remove: ['EXPIRED membership of a group is removed', 'EXPIRED memberships of groups are removed'],
  forget: ['application forgets its answers', 'applications forget their answers'],
}

function describe({ count: due, kind = 'expire' }: NextMoment): string {
  return count(due, ...words[kind])
}

function isDue({ at }: NextMoment): boolean {
  return at !== undefined && at <= Date.now()
}

async function sleepUntil(next: NextMoment, isWoken: () => boolean): Promise<void> {
  const { at } = next
  if (at === undefined) return condition(isWoken)
  await condition(isWoken, Math.max(shortestMs, at - Date.now()), { summary: describe(next) })
}

function show(next: NextMoment): void {
  const { at } = next
  // A moment of before, perhaps of a run before, would make the clock look overdue for ever.
  if (at !== undefined || patched('is-due-no-more'))
    upsertSearchAttributes([{ key: dueAtAttribute, value: at === undefined ? null : new Date(at) }])
  const waitingFor = at === undefined ? 'a membership with a date' : describe(next)
  setCurrentDetails(renderDetails({ waitingFor, sinceAt: Date.now(), ...(at === undefined ? {} : { nextAt: at }) }))
}
