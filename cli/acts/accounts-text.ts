import { shownActor } from '../../core/model/authentication.ts'
import type { AccountAnswer, ActForAccount, ActForAnswer, ServiceAccount } from '../../store/index.ts'
import { renderTable } from '../text/table.ts'
import { moment } from '../text/words.ts'

/** What owners are told who want to act, a line each. */
export function toldText(answers: readonly ActForAnswer[]): string {
  const lines = answers.map(({ account, what, owner, refused }) =>
    refused === undefined
      ? `allowed: ${owner} may do "${what}" for ${account}`
      : `refused: ${owner} may not do "${what}" for ${account}: ${refused.message}`,
  )
  return `${lines.join('\n')}\n`
}

/** What came of changes to service accounts: those that were changed, then who was refused. */
export function accountAnswersText(answers: readonly AccountAnswer[]): string {
  const refusals = answers.flatMap((answer) => ('refused' in answer ? [answer] : []))
  const accounts = answers.flatMap((answer) => ('refused' in answer ? [] : [answer]))
  const said = refusals.map(({ account, refused }) => `refused: ${account}: ${refused.message}`)
  return [...(accounts.length === 0 ? [] : [accountsText(accounts)]), ...said].join('\n')
}

/** Service accounts with whoever answers for them, a line each. */
export function accountsText(accounts: readonly ServiceAccount[]): string {
  if (accounts.length === 0) return 'There is no service account.'
  const rows = accounts.map(({ account, owners, purpose, mayAct, declared }) => [
    ...[account, owners.length === 0 ? 'nobody any more' : owners.join(', '), purpose],
    ...[mayAct.length === 0 ? '–' : mayAct.join(', '), declared === null ? '' : `${declared.file}:${declared.line}`],
  ])
  return renderTable(['ACCOUNT', 'OWNERS', 'PURPOSE', 'OWNERS MAY DO', 'DECLARED AT'], rows)
}

/** What was done for a service account, a line each. */
export function actsForText(acts: readonly ActForAccount[]): string {
  if (acts.length === 0) return 'Nobody has acted for it yet.'
  const rows = acts.map(({ owner, authentication, what, refused, reason, at }) => [
    ...[
      moment(at.toISOString()),
      shownActor(owner ?? 'erased', authentication),
      what,
      refused === null ? 'allowed' : `refused: ${refused}`,
      reason,
    ],
  ])
  return renderTable(['WHEN', 'WHO', 'WHAT', '', 'WHY'], rows)
}
