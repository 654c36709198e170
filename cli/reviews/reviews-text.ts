import type { ShownReview } from '../../api/acts/reviews/look-up.ts'
import type { ListedReview, ReviewFinding, ReviewPlace } from '../../store/index.ts'
import { renderTable } from '../text/table.ts'
import { moment, short } from '../text/words.ts'

const placeOf = ({ kind, vo, group, resource }: ReviewPlace): string =>
  kind === 'vo' ? vo : `${kind} ${vo}/${group ?? resource ?? '?'}`
const stateOf = ({ state, outcome }: Pick<ListedReview, 'outcome' | 'state'>): string =>
  outcome === null ? state : `${state}, ${outcome}`

/** Says which reviews there are. */
export function listText(reviews: readonly ListedReview[]): string {
  if (reviews.length === 0) return 'There are no such reviews.'
  const rows = reviews.map((one) => [
    ...[String(one.review), placeOf(one.place), stateOf(one), moment(one.dueAt.toISOString())],
    ...[`${one.decided} of ${one.people}`, one.unanswered],
  ])
  return renderTable(['ID', 'OF', 'STATE', 'DUE', 'DECIDED', 'UNANSWERED'], rows)
}

/** Says who is reviewed, what was decided and what came of it. */
export function showText({ evidence, sha256, findings, patch, waiting }: ShownReview): string {
  const { review, place, startedBy, startedAt, dueAt, unanswered, people } = evidence
  const asked = waiting === null ? undefined : new Set(waiting)
  const rows = people
    .filter(({ user }) => asked?.has(user) ?? true)
    .map(({ user, decided, isDefault, rows: held, decisions }) => {
      const last = decisions.findLast(({ void: why }) => why === null)
      const word = decided ?? last?.decision ?? '–'
      return [
        ...[user, isDefault ? `${word} (nobody decided)` : word, last?.by ?? '–'],
        held
          .map(({ group, origin, outcome }) => [group, origin, outcome].filter((one) => one !== null).join(' '))
          .join(', '),
      ]
    })
  return [
    `Review ${review} of ${placeOf(place)}: ${stateOf(evidence)}; begun by ${startedBy} on ${moment(startedAt.toISOString())}, due ${moment(dueAt.toISOString())}`,
    `The unanswered: ${unanswered}. Evidence: SHA-256 ${short(sha256)}`,
    ...(rows.length === 0 ? [] : ['', renderTable(['USER', 'DECIDED', 'BY', 'ROWS'], rows)]),
    ...(findings.length === 0 ? [] : ['', renderTable(['LEFT', 'IN', 'WHERE', 'STATE'], findings.map(findingRow))]),
    ...(patch === null ? [] : ['', `To commit (${short(patch.commit)}):`, patch.text]),
  ].join('\n')
}

function findingRow({ user, group, origin, source, file, line, resolved }: ReviewFinding): string[] {
  const where = file === null ? `${origin} ${source ?? ''}`.trim() : `${file}:${line ?? 1}`
  const by = resolved?.commit == null ? '' : ` by ${short(resolved.commit)}`
  const state = resolved === null ? 'unresolved' : `resolved ${moment(resolved.at.toISOString())}${by}`
  return [user, group ?? 'the VO', where, state]
}
