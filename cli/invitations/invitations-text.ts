import { lastDayBefore } from '../../core/lifecycle/calendar.ts'
import { shownActor } from '../../core/model/authentication.ts'
import type { InviteAnswer, ListedInvitation, ShownInvitation } from '../../store/index.ts'
import { renderTable } from '../text/table.ts'
import { moment } from '../text/words.ts'

/** Names what an invitation is to. */
export function targetOf({ vo, group }: { readonly vo: string; readonly group?: string | null }): string {
  return group === undefined || group === null ? vo : `${vo}/${group}`
}

const isUnsent = ({ state, mail }: ListedInvitation): boolean => state === 'open' && mail !== 'sent'

/** Of an open one whose mail has not gone out, how that stands. */
function stateOf(one: ListedInvitation): string {
  return isUnsent(one) ? `open, mail ${one.mail ?? 'not written'}` : one.state
}

/** Says which invitations there are. */
export function listText(invitations: readonly ListedInvitation[]): string {
  if (invitations.length === 0) return 'There are no such invitations.'
  const rows = invitations.map((one) => [
    ...[
      String(one.id),
      targetOf(one),
      one.address ?? 'forgotten',
      stateOf(one),
      lastDayBefore(one.until),
      one.preApproved ? 'yes' : 'no',
    ],
    ...[shownActor(one.actor, one.authentication === 'unauthenticated' ? 'unauthenticated' : undefined)],
  ])
  return renderTable(['ID', 'TO', 'ADDRESS', 'STATE', 'LAST DAY', 'APPROVED', 'BY'], rows)
}

/** Says how an invitation stands, and what was filed by it. */
export function showText(shown: ShownInvitation): string {
  const { id, address, name, language, message, sending, createdAt, changedAt, endedBy, reason, applications } = shown
  const filed = applications.map(({ application, identity, state }) => [String(application), identity, state])
  return [
    `Invitation ${id} of ${address ?? 'somebody forgotten'}${name === null ? '' : ` (${name})`} to ${targetOf(shown)}: ${stateOf(shown)}`,
    `Made ${moment(createdAt.toISOString())} by ${shown.actor}, ${shown.preApproved ? 'approved beforehand' : 'to be approved'}; its last day is ${lastDayBefore(shown.until)}`,
    `Mail ${sending} is ${shown.mail ?? 'not written'}${language === null ? '' : `, in ${language}`}`,
    ...(endedBy === null
      ? []
      : [`Ended ${moment(changedAt.toISOString())} by ${endedBy}${reason === '' ? '' : `: ${reason}`}`]),
    ...(message === '' ? [] : ['', message]),
    ...(filed.length === 0 ? [] : ['', renderTable(['APPLICATION', 'IDENTITY', 'STATE'], filed)]),
  ].join('\n')
}

/** Says what came of each address. */
export function createdText(answers: readonly InviteAnswer[]): string {
  const rows = answers.map((answer) =>
    'refused' in answer
      ? ['–', answer.address, 'refused', answer.refused.message]
      : [String(answer.invitation), answer.address, 'invited', `the last day is ${lastDayBefore(answer.until)}`],
  )
  return `${renderTable(['ID', 'ADDRESS', 'STATE', 'WHY'], rows)}\n`
}
