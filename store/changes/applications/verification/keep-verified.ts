import type { Surroundings } from '../../../../core/config/catalog.ts'
import { isEnded } from '../../../../core/applications/application.ts'
import { asksForAddresses } from '../../../../core/applications/verification.ts'
import type { Tx } from '../../../pool.ts'
import type { Trail } from '../../trail.ts'
import { followVo, tryRule } from '../follow-vo.ts'
import { findApplication, type FoundApplication } from '../found-application.ts'
import { moveTo } from '../move-to.ts'
import { tellApplicants } from '../tell-by-mail.ts'
import { openWaiting, rejectWaiting } from '../wait-for-vo.ts'
import { askForConfirmation } from './ask.ts'
import { unconfirmedAddresses, type Verifying } from './unconfirmed-addresses.ts'

interface Keeping extends Verifying {
  readonly compileSchema: Surroundings['compileSchema']
}

/**
 * Lets an application go on only while each of its addresses is confirmed: one that is open or waits becomes `unverified` where one is
 * not, and mails go out; one that was unverified goes on where all are. Answers how it stands.
 */
export async function keepVerified(tx: Tx, trail: Trail, keeping: Keeping): Promise<FoundApplication> {
  const { application, target } = keeping
  const { id, state } = application
  const isAsked = asksForAddresses(target.form.items) && (state === 'open' || state === 'waiting')
  if (!isAsked && state !== 'unverified') return application
  const addresses = await unconfirmedAddresses(tx, keeping, trail.at)
  if (addresses.length > 0) {
    if (state !== 'unverified') await moveTo(tx, { id, state: 'unverified', reason: null, at: trail.at })
    await askForConfirmation(tx, trail, { application: id, addresses, isAgain: false })
  } else if (state === 'unverified') await goOn(tx, trail, keeping)
  return findApplication(tx, id)
}

async function goOn(tx: Tx, trail: Trail, { application, target, compileSchema }: Keeping): Promise<void> {
  const { id, version } = application
  const isOfVo = target.set.kind === 'vo'
  const next = { state: isOfVo ? 'open' : 'waiting', waitingFor: isOfVo ? null : 'vo-member' } as const
  await moveTo(tx, { id, ...next, reason: null, at: trail.at })
  // The membership of the VO may have come or gone while nobody confirmed.
  await followVo(tx, trail, { application: await findApplication(tx, id), target })
  const followed = await findApplication(tx, id)
  if (isEnded(followed.state)) return
  const done = await tryRule(tx, trail, { id, target, compileSchema })
  if (done?.state === 'approved') return openWaiting(tx, trail, { application: followed, target })
  if (done?.state === 'rejected') return rejectWaiting(tx, trail, { application: followed, target })
  if (done !== undefined) return
  const event = version === 1 ? 'application.filed' : 'application.resubmitted'
  await tellApplicants(tx, trail, { event, applications: [id] })
}
