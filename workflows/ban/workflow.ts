import { proxyActivities } from '@temporalio/workflow'
import type { BanActivities } from '../../activities/bans.ts'
import { endWhenDue } from '../end-when-due.ts'
import { banChanged, placeAttributes, type BanInput, type BanOutcome } from './messages.ts'

const looking = { startToCloseTimeout: '15 s' } as const
const { findBanEnd, endBan } = proxyActivities<BanActivities>(looking)

/** The end of one ban: sleeps until it is due and lifts it; what was lifted or replaced meanwhile has nothing left to end. */
export async function ban({ id }: BanInput): Promise<BanOutcome> {
  const kind = await endWhenDue({
    changed: banChanged,
    find: () => findBanEnd.executeWithOptions({ ...looking, summary: 'When does it end?' }, [{ id }]),
    end: (now) => endBan.executeWithOptions({ ...looking, summary: 'Lift the ban' }, [{ id, now }]),
    placeOf: placeAttributes,
    waitingFor: 'the end of the ban',
    summary: 'Until the ban ends',
  })
  return { kind }
}
