import { countPeople } from '../model/count.ts'
import type { AccessDelta, Change, Plan, ScopeVerdict } from '../model/plan.ts'
import type { Finding } from '../model/finding.ts'
import { groupBy } from '../model/group-by.ts'
import { describeChange, describePlace, summarize } from './summary.ts'

const signs = { add: '+', change: '~', move: '>', remove: '-' } as const

/** How many people are listed with what they gain or lose; the rest is counted. */
const shownPeople = 20

/** Writes a plan for a terminal: changes, who gains and loses what, and what to type next. */
export function renderText(plan: Plan): string {
  const { add, change, move, remove } = summarize(plan)
  const head = `Plan ${plan.digest.slice(0, 12)}: ${add} to add, ${change} to change, ${move} to move, ${remove} to remove`
  const sections = [
    plan.findings.map(findingLine),
    plan.changes.length === 0 ? [] : [head, ...aligned(plan.changes)],
    impactLines(plan),
    plan.guard.scopes.filter(({ verdict }) => verdict === 'held').flatMap(heldLines),
  ].filter((lines) => lines.length > 0)
  if (plan.changes.length === 0) sections.push(['Nothing to do'])
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function findingLine({ severity, code, message, at, path }: Finding): string {
  const place = [describePlace(at), path].filter((part) => part !== undefined && part !== '').join(' ')
  return `${severity} ${code}: ${place === '' ? '' : `${place}: `}${message}`
}

function aligned(changes: readonly Change[]): string[] {
  const lines = changes.map((change) => ({
    text: `  ${signs[change.action]} ${describeChange(change)}`,
    place: describePlace(change.at),
  }))
  const width = Math.min(
    72,
    lines.reduce((longest, { text }) => Math.max(longest, text.length), 0),
  )
  return lines.map(({ text, place }) => `${text.padEnd(width)}  ${place}`.trimEnd())
}

function impactLines({ impact: { gained, lost }, changes }: Plan): string[] {
  if (changes.length === 0) return []
  if (gained.length + lost.length === 0) return ['Nobody gains or loses access']
  return [
    `Access: ${whoDoes('gain', gained)}, ${whoDoes('lose', lost)}`,
    ...perPerson('+', gained),
    ...perPerson('-', lost),
  ]
}

function whoDoes(verb: 'gain' | 'lose', deltas: readonly AccessDelta[]): string {
  const people = new Set(deltas.map(({ user }) => user)).size
  if (people === 0) return `nobody ${verb}s any`
  return `${countPeople(people)} ${people === 1 ? `${verb}s` : verb} ${deltas.length}`
}

function perPerson(sign: string, deltas: readonly AccessDelta[]): string[] {
  const people = [...groupBy(deltas, ({ user }) => user)]
  const lines = people.slice(0, shownPeople).map(([user, ofUser]) => {
    const shown = ofUser.slice(0, 3).map(({ vo, resource, facility }) => `${vo}/${resource} on ${facility}`)
    const more = ofUser.length > shown.length ? ` and ${ofUser.length - shown.length} more` : ''
    return `  ${sign} ${user}: ${shown.join(', ')}${more}`
  })
  return people.length > shownPeople
    ? [...lines, `  ${sign} and ${countPeople(people.length - shownPeople, 'more ')}`]
    : lines
}

function heldLines({ scope, digest, reasons }: ScopeVerdict): string[] {
  return [
    `Held: ${scope} waits for approval, nothing of it is applied until then`,
    ...reasons.map(({ message }) => `  ! ${message}`),
    `  guildhall approve ${digest} --reason "…"`,
  ]
}
