import type { Command } from 'commander'
import type { ListedMember, MembersAnswer } from '../../core/model/answers.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { asOfOption } from '../as-of.ts'
import { renderTable } from '../text/table.ts'
import { count } from '../text/words.ts'

interface MembersOptions {
  readonly vo: string
  readonly group?: string
  readonly asOf?: string | Date
}

export function membersCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'members',
    summary: 'list the effective members of a VO or a group',
    examples: [
      ['guildhall members --vo astro', 'everybody in the VO'],
      ['guildhall members --vo astro --group telescope', 'subgroups and included groups count'],
      ['guildhall members --vo astro --as-of 2026-03-31', 'who was in it at the end of that day, and how'],
      ['guildhall members --vo astro --group members --json', 'for a program'],
    ],
  })
    .requiredOption('--vo <name>', 'the VO (required)')
    .option('--group <name>', 'a group of the VO; the status is then the worse of VO and group')
    .addOption(asOfOption())
  return answerWith<MembersOptions>(command, shell, async ({ options }) => {
    const { vo, group, asOf } = options
    const asked = {
      vo,
      ...(group === undefined ? {} : { group }),
      ...(asOf === undefined ? {} : { asOf }),
      askedAt: shell.now(),
    }
    const answer = await withState(shell, options, ({ store, pool }) => store.listMembers(pool, asked))
    return { json: answer, text: renderMembers(answer, options) }
  })
}

function renderMembers({ members }: MembersAnswer, { vo, group, asOf }: MembersOptions): string {
  const subject = group === undefined ? `VO ${vo}` : `group ${vo}/${group}`
  if (members.length === 0 && asOf !== undefined) return `Nobody was a member of ${subject} then`
  if (members.length === 0) {
    return `Nobody is a member of ${subject}. Name people under spec.members of its document, commit, and run \`guildhall apply\`.`
  }
  const rows = members.map(({ identities, status, direct, expires, banned, reason, ...named }) => [
    named.serviceAccount === true ? `${named.user} (service account)` : named.user,
    `${status}${banned === true ? ', banned' : ''}${lacking(named)}${reason === undefined ? '' : `: ${reason}`}`,
    howOf(direct, named.origins),
    fromWhere(named),
    expires ?? '–',
    identities.slice(1).join(', '),
  ])
  const table = renderTable(['USER', 'STATUS', 'HOW', 'ORIGINS', 'EXPIRES', 'ALSO KNOWN AS'], rows)
  return `${table}\n\n${count(members.length, 'member')} of ${subject}`
}

function lacking({ missing }: Pick<ListedMember, 'missing'>): string {
  return missing === undefined ? '' : `, lacks ${missing.join(', ')}`
}

/** Who answers for a guest stands beside the origins. */
function fromWhere({ origins, sponsors = [] }: Pick<ListedMember, 'origins' | 'sponsors'>): string {
  return sponsors.length === 0 ? origins.join(', ') : `${origins.join(', ')} (${sponsors.join(', ')})`
}

/** Whom no row holds any more is a member until somebody ends the membership. */
function howOf(direct: boolean, origins: readonly string[]): string {
  if (origins.length === 0) return 'no row'
  return direct ? 'direct' : 'indirect'
}
