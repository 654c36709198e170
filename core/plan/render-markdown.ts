import { countPeople } from '../model/count.ts'
import type { AccessDelta, Plan } from '../model/plan.ts'
import { describeChange, describePlace, summarize } from './summary.ts'

/** Pull requests take a little more; what does not fit is counted. */
const maxCharacters = 59_000

const signs = { add: '+', change: '~', move: '>', remove: '-' } as const

/** How people appear: by identity, or not at all. */
export interface MarkdownOptions {
  readonly people: 'identities' | 'counts'
}

/** Writes a plan for a pull request, under 60,000 characters. */
export function renderMarkdown(plan: Plan, { people }: MarkdownOptions): string {
  const { add, change, move, remove } = summarize(plan)
  const shown = people === 'identities' ? plan.changes : plan.changes.filter((entry) => !('user' in entry))
  const { gained, lost } = plan.impact
  const lines = [
    `### Guildhall plan: ${plan.guard.verdict === 'held' ? 'held' : 'passes'}`,
    '',
    `${add} to add, ${change} to change, ${move} to move, ${remove} to remove. Access: ${gained.length} gained, ${lost.length} lost.`,
    ...section(
      'Findings',
      plan.findings.map(
        ({ severity, code, message, at }) =>
          `- **${severity}** \`${code}\` ${escape(describePlace(at))} ${escape(message)}`,
      ),
    ),
    ...section('Held', heldLines(plan)),
    ...section(
      'Changes',
      shown.map((entry) =>
        `- \`${signs[entry.action]}\` ${escape(describeChange(entry))} ${escape(describePlace(entry.at))}`.trimEnd(),
      ),
    ),
    ...section('Access gained', accessLines(gained, people)),
    ...section('Access lost', accessLines(lost, people)),
  ]
  return shortened(lines)
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `#### ${title} (${lines.length})`, '', ...lines]
}

function heldLines({ guard }: Plan): string[] {
  return guard.scopes
    .filter(({ verdict }) => verdict === 'held')
    .flatMap(({ scope, digest, reasons }) => [
      `- **${escape(scope)}**: ${reasons.map(({ message }) => escape(message)).join('; ')}. To let it through: \`guildhall approve ${digest} --reason …\``,
    ])
}

function accessLines(deltas: readonly AccessDelta[], people: MarkdownOptions['people']): string[] {
  if (people === 'identities') {
    return deltas.map(({ user, vo, resource, facility }) => `- ${escape(`${user}: ${vo}/${resource} on ${facility}`)}`)
  }
  const counts = new Map<string, number>()
  for (const { vo, resource, facility } of deltas) {
    const where = `${vo}/${resource} on ${facility}`
    counts.set(where, (counts.get(where) ?? 0) + 1)
  }
  return [...counts].map(([where, count]) => `- ${escape(where)}: ${countPeople(count)}`)
}

/** Nothing that comes from a document may be read as markup, a mention or an image. */
function escape(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll(/[\\`*_[\]<>#|!~&]/g, String.raw`\$&`)
    .replaceAll('@', '@\u200b')
}

function shortened(lines: readonly string[]): string {
  let length = 0
  const kept: string[] = []
  for (const [index, line] of lines.entries()) {
    if (length + line.length + 1 > maxCharacters) {
      kept.push('', `… and ${lines.length - index} more lines: \`guildhall plan\` shows all`)
      break
    }
    kept.push(line)
    length += line.length + 1
  }
  return `${kept.join('\n')}\n`
}
