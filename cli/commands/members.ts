import { Option, type Command } from 'commander'
import { parseResource } from '../../core/config/references.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { ListedMember, MembersAnswer } from '../../core/model/answers.ts'
import { count, countPeople } from '../../core/model/count.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { asOfOption } from '../as-of.ts'
import { renderTable } from '../text/table.ts'

interface MembersOptions {
  readonly vo?: string
  readonly group?: string
  readonly resource?: string
  readonly asOf?: string | Date
}

export function membersCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'members',
    summary: 'list the effective members of a VO or a group, or who has access to a resource',
    examples: [
      ['guildhall members --vo astro', 'everybody in the VO'],
      ['guildhall members --vo astro --group telescope', 'subgroups and included groups count'],
      ['guildhall members --vo astro --as-of 2026-03-31', 'who was in it at the end of that day, and how'],
      ['guildhall members --vo astro --group members --json', 'for a program'],
      [
        'guildhall members --resource astro/cluster-batch',
        'who has access, or none although in a group, and by which groups',
      ],
    ],
  })
    .option('--vo <name>', 'the VO')
    .option('--group <name>', 'a group of the VO; the status is then the worse of VO and group')
    .addOption(
      new Option('--resource <vo/name>', 'a resource: everybody in the groups assigned to it').conflicts([
        'vo',
        'group',
      ]),
    )
    .addOption(asOfOption())
  return answerWith<MembersOptions>(command, shell, async ({ options }) => {
    const { resource, asOf } = options
    const when = { ...(asOf === undefined ? {} : { asOf }), askedAt: shell.now() }
    if (resource !== undefined) {
      const { vo, name } = splitResource(resource)
      const list = await withState(shell, options, ({ store, pool }) =>
        store.listAccess(pool, { vo, resource: name, ...when }),
      )
      return { json: list, text: renderAccess(list, { resource, asOf }) }
    }
    const set = setOf(options)
    const answer = await withState(shell, options, ({ store, pool }) => store.listMembers(pool, { ...set, ...when }))
    return { json: answer, text: renderMembers(answer, set, asOf !== undefined) }
  })
}

function splitResource(resource: string): { readonly vo: string; readonly name: string } {
  const named = parseResource(resource)
  if (named !== undefined) return named
  const message = `Cannot look up resource "${resource}": expected a VO and a resource, such as "astro/cluster-batch"`
  throw new GuildhallError('COMMAND_MISUSED', message, { facts: { resource } })
}

interface AskedSet {
  readonly vo: string
  readonly group?: string
}

function setOf({ vo, group }: MembersOptions): AskedSet {
  if (vo !== undefined) return group === undefined ? { vo } : { vo, group }
  throw new GuildhallError('COMMAND_MISUSED', 'Cannot list members: expected --vo NAME, or --resource VO/NAME')
}

function renderAccess(
  { members }: MembersAnswer,
  { resource, asOf }: { readonly resource: string; readonly asOf: MembersOptions['asOf'] },
): string {
  const isPast = asOf !== undefined
  if (members.length === 0)
    return `Nobody ${isPast ? 'was' : 'is'} in a group that ${isPast ? 'was' : 'is'} assigned to resource ${resource}${isPast ? ' then' : ''}`
  const rows = members.map(({ user, status, access, banned, through = [] }) => [
    user,
    access === true ? 'yes' : 'no',
    `${status}${banned === true ? ', banned' : ''}`,
    through.map(throughText).join(', '),
  ])
  const having = members.filter(({ access }) => access === true).length
  const table = renderTable(['USER', 'ACCESS', 'STATUS', 'THROUGH'], rows)
  return `${table}\n\n${having} of ${countPeople(members.length)} ${isPast ? 'had' : 'have'} access to resource ${resource}`
}

function throughText({ group, row, origin }: NonNullable<ListedMember['through']>[number]): string {
  const by = origin === undefined ? '' : ` (${origin})`
  return row === group ? `${group}${by}` : `${row} in ${group}${by}`
}

function renderMembers(answer: MembersAnswer, { vo, group }: AskedSet, isPast: boolean): string {
  const { members, source } = answer
  const subject = group === undefined ? `VO ${vo}` : `group ${vo}/${group}`
  if (members.length === 0 && isPast) return `Nobody was a member of ${subject} then`
  if (members.length === 0) return `Nobody is a member of ${subject}. ${waysIn(answer)}`
  const rows = members.map(({ identities, status, direct, expires, banned, reason, ...named }) => [
    named.serviceAccount === true ? `${named.user} (service account)` : named.user,
    `${status}${banned === true ? ', banned' : ''}${lacking(named)}${reason === undefined ? '' : `: ${reason}`}`,
    howOf(direct, named.origins),
    fromWhere(named),
    expires ?? '–',
    identities.slice(1).join(', '),
  ])
  const table = renderTable(['USER', 'STATUS', 'HOW', 'ORIGINS', 'EXPIRES', 'ALSO KNOWN AS'], rows)
  const by = source === undefined ? '' : `, which source ${source} makes`
  return `${table}\n\n${count(members.length, 'member')} of ${subject}${by}`
}

function waysIn({ rule, source }: MembersAnswer): string {
  if (source !== undefined)
    return `Source ${source} makes the group; a sync fills it, or a manager does by \`guildhall group add\`.`
  if (rule === undefined) return 'Name people under spec.members of its document, commit, and run `guildhall apply`.'
  return `Its rule brings in nobody: ${rule.where} (${rule.file}:${rule.line})`
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
