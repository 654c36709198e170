import type { Command } from 'commander'
import type { StatusAnswer } from '../../core/model/answers.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { readHalts, type Halts } from '../system/read-halts.ts'
import { withState } from '../system/state.ts'
import { renderFindings } from '../text/findings.ts'
import { haltLines } from '../text/halts.ts'
import { renderHolds } from '../text/holds.ts'
import { renderTable } from '../text/table.ts'
import { short } from '../text/words.ts'

export function statusCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'status',
    summary: 'show which commit is in force, what is held, and where deliveries stand',
    examples: [
      ['guildhall status', 'at a glance'],
      ['guildhall status --home /srv/guildhall --json', 'of another system, for a program'],
    ],
  })
  return answerWith<object>(command, shell, async ({ options }) => {
    const { status, halts } = await withState(shell, options, async (state) => ({
      status: await state.store.readStatus(state.pool),
      halts: await readHalts(state),
    }))
    return { json: status, text: renderStatus(status, halts) }
  })
}

function renderStatus(status: StatusAnswer, halts: Halts): string {
  const stopped = haltLines(halts)
  return [
    renderCommits(status),
    ...(stopped.length === 0 ? [] : ['', ...stopped]),
    ...(status.holds.length === 0 ? [] : ['', 'Held:', renderHolds(status.holds)]),
    ...(status.errors.length === 0 ? [] : ['', 'Errors:', renderFindings(status.errors)]),
    '',
    renderFacilities(status),
  ].join('\n')
}

function renderCommits({ head, applied, errors }: StatusAnswer): string {
  if (head === null && errors.length > 0) return 'No commit is in force yet.'
  if (head === null)
    return 'No commit has been looked at yet. Is a worker running? `guildhall apply` asks for one and waits.'
  const scopes = Object.entries(applied)
  if (scopes.length === 0) return `Head is ${short(head)}; nothing of it is in force yet.`
  const rows = scopes.map(([scope, commit]) => [scope, short(commit), commit === head ? '' : 'behind'])
  return `Head is ${short(head)}\n\n${renderTable(['SCOPE', 'COMMIT IN FORCE', ''], rows)}`
}

function renderFacilities({ facilities }: StatusAnswer): string {
  const rows = facilities.flatMap((facility) =>
    facility.services.flatMap((service) =>
      service.destinations.map(({ name, state, generation, delivered }) => [
        facility.name,
        service.name,
        name,
        state,
        `${delivered ?? '–'} of ${generation ?? '–'}`,
      ]),
    ),
  )
  if (rows.length === 0) return 'No facility has a destination; add `spec.destinations` to a Facility document.'
  return renderTable(['FACILITY', 'SERVICE', 'DESTINATION', 'STATE', 'GENERATION'], rows)
}
