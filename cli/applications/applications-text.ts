import type { ListedApplication, ShownApplication } from '../../store/index.ts'
import { renderTable } from '../text/table.ts'
import { moment, short } from '../text/words.ts'

const targetOf = ({ vo, group }: Pick<ListedApplication, 'group' | 'vo'>): string =>
  group === null ? vo : `${vo}/${group}`
const stateOf = ({ state, waitingFor }: ListedApplication): string =>
  waitingFor === null ? state : `${state} for ${waitingFor}`

/** Says which applications there are. */
export function listText(applications: readonly ListedApplication[]): string {
  if (applications.length === 0) return 'There are no such applications.'
  const rows = applications.map((one) => [
    ...[String(one.id), targetOf(one), one.kind, one.identity, stateOf(one)],
    ...[moment(one.filedAt.toISOString()), one.reason ?? ''],
  ])
  return renderTable(['ID', 'FOR', 'KIND', 'IDENTITY', 'STATE', 'FILED', 'REASON'], rows)
}

/** Says how an application stands, what it answers and what was done to it. */
export function showText(shown: ShownApplication): string {
  const { id, kind, identity, version, policy, filedAt, reason, answers, acts } = shown
  const said = Object.entries(answers).map(([name, answer]) => [name, JSON.stringify(answer)])
  const done = acts.map(({ act, actor, standsFor, at, reason: why, outcome }) => [
    ...[
      act,
      standsFor === null ? actor : `${actor} for ${standsFor}`,
      moment(at.toISOString()),
      outcome ?? 'not settled yet',
      why,
    ],
  ])
  return [
    `Application ${id} (${kind}) of ${identity} for ${targetOf(shown)}: ${stateOf(shown)}${reason === null ? '' : `, ${reason}`}`,
    `Filed ${moment(filedAt.toISOString())}; version ${version}, policy ${short(policy)}`,
    ...(said.length === 0 ? [] : ['', renderTable(['ITEM', 'ANSWER'], said)]),
    ...(done.length === 0 ? [] : ['', renderTable(['ACT', 'BY', 'AT', 'OUTCOME', 'REASON'], done)]),
  ].join('\n')
}
