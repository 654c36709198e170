import type { Command } from 'commander'
import type { StatusAnswer } from '../../core/model/answers.ts'
import { count } from '../../core/model/count.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { readHalts, type Halts } from '../system/read-halts.ts'
import { withState } from '../system/state.ts'
import { blockLine } from '../text/blocks.ts'
import { renderFindings } from '../text/findings.ts'
import { haltLines } from '../text/halts.ts'
import { renderHolds } from '../text/holds.ts'
import { renderTable } from '../text/table.ts'
import { unreadLine } from '../text/unread-line.ts'
import { moment, short } from '../text/words.ts'

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
      status: await state.store.readStatus(state.pool, shell.now()),
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
    ...renderMail(status),
    ...renderClocks(status),
    ...renderOwnerless(status),
    ...renderUnread(status),
    ...renderBlocks(status),
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

/** Mail that is on its way, or that somebody should look at. */
function renderMail({ mail }: StatusAnswer): string[] {
  const { waiting = 0, unknown = 0, failed = 0 } = mail ?? {}
  const parts = [
    ...(waiting === 0 ? [] : [count(waiting, 'message waits', 'messages wait')]),
    ...(unknown === 0 ? [] : [`${unknown} may have arrived or not`]),
    ...(failed === 0 ? [] : [`${failed} refused`]),
  ]
  return parts.length === 0 ? [] : ['', `Mail: ${parts.join(', ')}; \`guildhall mail list\` tells more`]
}

function renderClocks({ clocks }: StatusAnswer): string[] {
  if (clocks === undefined) return []
  const due = clocks.map(({ vo, at, kind, count: people }) => [vo, moment(at), kind, String(people)])
  const table = renderTable(['CLOCK', 'NEXT', 'WHAT', 'PEOPLE'], due)
  return ['', `${table}\n\`guildhall forecast\` tells what comes of it`]
}

function renderOwnerless({ withoutOwner = [] }: StatusAnswer): string[] {
  if (withoutOwner.length === 0) return []
  return ['', `Service accounts that nobody answers for: ${withoutOwner.join(', ')}`]
}

function renderUnread({ unread = [] }: StatusAnswer): string[] {
  return unread.flatMap((sync) => ['', unreadLine(sync)])
}

function renderBlocks({ blocks = [] }: StatusAnswer): string[] {
  return blocks.length === 0 ? [] : ['', ...blocks.map(blockLine)]
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
