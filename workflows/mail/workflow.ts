import {
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { MailActivities, MailTurn } from '../../activities/mail.ts'
import { renderDetails } from '../details.ts'
import { mailQueued, type MailInput, type MailRunOutcome } from './messages.ts'

const sending = { startToCloseTimeout: '30 min', heartbeatTimeout: '15 s' } as const
const { sendMails } = proxyActivities<MailActivities>(sending)

/** The server may fire a shorter timer a second late. */
const shortestMs = 2_000
const mostTurns = 100

/** The mail of an instance: sends what is due, waits for what is to be tried again, and ends when nothing is left. */
export async function mail(input: MailInput): Promise<MailRunOutcome> {
  let sent = input.sent ?? 0
  let wakes = 0
  setHandler(mailQueued, () => {
    wakes += 1
  })
  for (let turns = 0; turns < mostTurns && !workflowInfo().continueAsNewSuggested; turns += 1) {
    const heard = wakes
    const isWoken = () => wakes !== heard
    const turn = await sendMails.executeWithOptions({ ...sending, summary: 'Send what is due' }, [{ now: Date.now() }])
    sent += turn.sent
    if (turn.nextAt === undefined && !isWoken()) {
      await condition(allHandlersFinished)
      return { kind: 'done', sent }
    }
    await rest(turn, isWoken)
  }
  await condition(allHandlersFinished)
  return continueAsNew<typeof mail>({ sent })
}

async function rest({ nextAt }: MailTurn, isWoken: () => boolean): Promise<void> {
  if (nextAt === undefined || nextAt <= Date.now() || isWoken()) return
  setCurrentDetails(renderDetails({ waitingFor: 'the next attempt', sinceAt: Date.now(), nextAt }))
  await condition(isWoken, Math.max(shortestMs, nextAt - Date.now()), { summary: 'Until the next attempt' })
}
