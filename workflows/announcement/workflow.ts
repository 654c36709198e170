import { isCancellation, proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow'
import type { AnnouncementActivities } from '../../activities/announcement.ts'
import { approvalLastsMs } from '../../core/model/approval.ts'
import { renderDetails } from '../details.ts'
import { reasonOf } from '../outcome.ts'
import type { AnnouncementInput, AnnouncementOutcome } from './messages.ts'

const writing = { startToCloseTimeout: '15 s' } as const
const posting = {
  startToCloseTimeout: '15 s',
  // As long as a hold lasts: what is older helps nobody.
  scheduleToCloseTimeout: approvalLastsMs,
  retry: { initialInterval: '1 s', backoffCoefficient: 2, maximumInterval: '15 min' },
} as const
const { writeAnnouncement } = proxyActivities<AnnouncementActivities>(writing)
const { postAnnouncement } = proxyActivities<AnnouncementActivities>(posting)

/** Posts one event of a hold, beside the hold: a receiver that is away delays nothing but its own announcement. */
export async function announcement(input: AnnouncementInput): Promise<AnnouncementOutcome> {
  const { event, scope } = input
  setCurrentDetails(renderDetails({ waitingFor: 'the receiver of announcements', sinceAt: input.at }))
  const body = await writeAnnouncement.executeWithOptions({ ...writing, summary: `Write ${event} of ${scope}` }, [
    input,
  ])
  if (body === null) return { kind: 'nobody-to-tell' }
  try {
    const id = workflowInfo().workflowId
    await postAnnouncement.executeWithOptions({ ...posting, summary: `Post ${event} of ${scope}` }, [{ id, body }])
    return { kind: 'posted' }
  } catch (error) {
    if (isCancellation(error)) throw error
    return { kind: 'given-up', reason: reasonOf(error) }
  }
}
