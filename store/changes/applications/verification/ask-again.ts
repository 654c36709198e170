import { askAgainAfterMs, mostAsked } from '../../../../core/applications/verification.ts'
import { GuildhallError } from '../../../../core/errors.ts'
import type { IdentityRef } from '../../../../core/model/state.ts'
import { lockVos } from '../../../locks.ts'
import type { Tx } from '../../../pool.ts'
import { beginTrail, recordEvents, type Cause } from '../../trail.ts'
import { findApplication, voOfApplication, type FoundApplication } from '../found-application.ts'
import { readTarget } from '../read-target.ts'
import { askForConfirmation } from './ask.ts'
import { unconfirmedAddresses } from './unconfirmed-addresses.ts'

/** Who wants another mail for which application. */
export interface AskAgainInput {
  readonly application: number
  /** Whose application it has to be; without it the system's own user asks. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/**
 * Has another mail go to each address of an application that is not confirmed yet, in the caller's transaction; keys of before count no
 * more. Returns the addresses. Throws APPLICATION_REFUSED, APPLICATION_UNKNOWN, VO_BUSY.
 */
export async function askAgain(tx: Tx, input: AskAgainInput): Promise<readonly string[]> {
  const { application: id, actor, cause, now } = input
  const vo = await voOfApplication(tx, id)
  await lockVos(tx, vo === undefined ? [] : [vo], { mode: 'shared' })
  const application = await findApplication(tx, id)
  if (actor !== undefined && !(await isTheirs(tx, application, actor)))
    throw refusal(id, 'not-eligible', `only "${application.identity}" asks for it`)
  if (application.state !== 'unverified' || application.isTargetGone)
    throw refusal(id, 'not-open', 'none of its addresses waits to be confirmed')
  await requireSeldom(tx, input)
  const { vo: voName, group, kind, identity: user } = application
  const target = await readTarget(tx, { vo: voName, group, kind, now })
  const addresses = await unconfirmedAddresses(tx, { application, target }, now)
  const trail = await beginTrail(tx, cause, now)
  await askForConfirmation(tx, trail, { application: id, addresses, isAgain: true })
  const name = group === undefined ? voName : `${voName}/${group}`
  await recordEvents(tx, trail, [
    { action: 'ask-again', kind: 'Application', vo: voName, name, personal: { user, application: id } },
  ])
  return addresses
}

async function isTheirs(tx: Tx, { identity, person }: FoundApplication, actor: IdentityRef): Promise<boolean> {
  if (identity === actor) return true
  const { rowCount } = await tx.query('select from identity where ref = $1 and person_id = $2', [actor, person ?? null])
  return rowCount === 1
}

/** Nobody's mailbox is filled by somebody else's application. */
async function requireSeldom(tx: Tx, { application, now }: AskAgainInput): Promise<void> {
  const { rows } = await tx.query<{ asked: number | null; at: Date | null }>(
    'select max(asked) as asked, max(asked_at) as at from verification where application_id = $1 and act_id is null',
    [application],
  )
  const { asked, at } = rows[0] ?? { asked: null, at: null }
  if ((asked ?? 0) >= mostAsked)
    throw refusal(
      application,
      'too-often',
      `${mostAsked} mails went out; withdraw it, and apply again with another address`,
    )
  const waitMs = at === null ? 0 : at.getTime() + askAgainAfterMs - now.getTime()
  if (waitMs > 0)
    throw refusal(application, 'too-soon', `a mail went out; ask again in ${Math.ceil(waitMs / 60_000)} minutes`)
}

function refusal(application: number, reason: string, message: string): GuildhallError {
  return new GuildhallError(
    'APPLICATION_REFUSED',
    `Cannot send another mail for application ${application}: ${message}`,
    { facts: { application, reason } },
  )
}
