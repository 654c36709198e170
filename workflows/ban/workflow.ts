import {
  allHandlersFinished,
  condition,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { BanActivities } from '../../activities/bans.ts'
import { renderDetails } from '../details.ts'
import { dueAtAttribute } from '../search-attributes.ts'
import { banChanged, placeAttributes, type BanInput, type BanOutcome } from './messages.ts'

const looking = { startToCloseTimeout: '15 s' } as const
const { findBanEnd, endBan } = proxyActivities<BanActivities>(looking)

/** The server may fire a shorter timer a second late. */
const shortestMs = 2_000

/** The end of one ban: sleeps until it is due and lifts it; what was lifted or replaced meanwhile has nothing left to end. */
export async function ban({ id }: BanInput): Promise<BanOutcome> {
  let wakes = 0
  setHandler(banChanged, () => {
    wakes += 1
  })
  for (;;) {
    const heard = wakes
    const { at, ...place } = await findBanEnd.executeWithOptions({ ...looking, summary: 'When does it end?' }, [{ id }])
    if (at === undefined) return end('gone')
    if (at <= Date.now()) {
      const ended = await endBan.executeWithOptions({ ...looking, summary: 'Lift the ban' }, [{ id, now: Date.now() }])
      if (ended) return end('ended')
    }
    // What the ban is from may have another name by now.
    upsertSearchAttributes([{ key: dueAtAttribute, value: new Date(at) }, ...placeAttributes(place)])
    setCurrentDetails(renderDetails({ waitingFor: 'the end of the ban', sinceAt: Date.now(), nextAt: at }))
    await condition(() => wakes !== heard, Math.max(shortestMs, at - Date.now()), { summary: 'Until the ban ends' })
  }
}

async function end(kind: BanOutcome['kind']): Promise<BanOutcome> {
  await condition(allHandlersFinished)
  return { kind }
}
