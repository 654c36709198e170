import type { Command } from 'commander'
import { parseResource } from '../../core/config/references.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { WhyAnswer, WhyMembershipAnswer } from '../../core/model/answers.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { asOfOption } from '../as-of.ts'
import { renderTable } from '../text/table.ts'
import { moment } from '../text/words.ts'

interface WhyOptions {
  readonly asOf?: string | Date
}

export function whyCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'why',
    arguments: '<identity> <vo[/resource]>',
    summary: 'tell why a person has access to a resource, or how they stand in a VO',
    examples: [
      ['guildhall why idp/ada astro/cluster-batch', 'the chain of facts, each with its file and line'],
      ['guildhall why idp/ada astro/cluster-batch --as-of 2026-03-31', 'as it was at the end of that day'],
      ['guildhall why idp/ada astro', 'the status in the VO, the rows behind it, and what is missing'],
      ['guildhall why idp/tycho history/reading-room --json', 'for a program'],
    ],
  }).addOption(asOfOption())
  return answerWith<WhyOptions>(command, shell, async ({ arguments: [identity = '', target = ''], options }) => {
    const { asOf } = options
    const question = { identity, askedAt: shell.now(), ...(asOf === undefined ? {} : { asOf }) }
    const { vo, resource } = splitTarget(target)
    return withState(shell, options, async ({ store, pool }) => {
      if (resource === undefined) {
        const answer = await store.explainMembership(pool, { ...question, vo })
        return { json: answer, text: renderMembership(answer, { identity, target, asOf }) }
      }
      const answer = await store.explain(pool, { ...question, vo, resource })
      return { json: answer, text: renderWhy(answer, { identity, target, asOf }) }
    })
  })
}

function splitTarget(target: string): { readonly vo: string; readonly resource?: string } {
  const named = parseResource(target)
  if (named !== undefined) return { vo: named.vo, resource: named.name }
  if (target !== '' && !target.includes('/')) return { vo: target }
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot look up "${target}": expected a VO and a resource, such as "astro/cluster-batch", or a VO alone`,
    { facts: { target } },
  )
}

interface Question {
  readonly identity: string
  readonly target: string
  readonly asOf: WhyOptions['asOf']
}

/** How somebody stands in a VO, and why. */
function renderMembership(answer: WhyMembershipAnswer, { identity, target, asOf }: Question): string {
  const { status, reason, expires } = answer
  const verb = asOf === undefined ? 'is' : 'was'
  const until = expires === undefined ? '' : `, until ${expires}`
  const verdict = `${identity} ${verb} ${status === null ? 'no member' : `a member`} of VO ${target}`
  return [
    status === null ? verdict : `${verdict} (status ${status}${until})`,
    ...(reason === undefined ? [] : [`The membership stands so because: ${reason}`]),
    ...rowsOf(answer, target),
    ...valuesOf(answer),
    ...levelsAndTerms(answer),
    ...missing(answer),
  ].join('\n')
}

function rowsOf({ rows, status }: WhyMembershipAnswer, vo: string): string[] {
  if (rows.length === 0) return status === null ? [] : ['', 'No row holds them any more.']
  const shown = rows.map(({ place, origin, by, holds, status: rowStatus, expires, file, line }) => [
    `  ${place}`,
    `${origin}${by === undefined ? '' : ` ${by}`}`,
    rowStatus,
    expires ?? '–',
    holds ? 'yes' : 'no',
    file === undefined ? '' : `${file}:${line ?? 1}`,
  ])
  return ['', renderTable(['  ROW OF', 'ORIGIN', 'STATUS', 'EXPIRES', `HOLDS IN ${vo}`, 'DECLARED AT'], shown)]
}

/** Of two sources that say something of one value the one of more authority is in force. */
function valuesOf({ values = [] }: WhyMembershipAnswer): string[] {
  if (values.length === 0) return []
  const shown = values.map(({ name, origin, before = [] }) => [`  ${name}`, origin, before.join(', ') || '–'])
  return ['', renderTable(['  VALUE OF', 'ORIGIN', 'GOES BEFORE'], shown)]
}

function levelsAndTerms({ levels, terms }: WhyMembershipAnswer): string[] {
  const known = levels === null ? 'not kept of then' : levels.join(', ') || 'none known'
  const accepted = terms?.accepted === undefined ? 'nothing accepted yet' : acceptedBy(terms.accepted)
  return [
    '',
    `LoA: ${known}`,
    ...(terms === undefined ? [] : [`Terms: version ${terms.version} in force, ${accepted}`]),
  ]
}

function acceptedBy({ version, at }: { readonly version: string; readonly at: string }): string {
  return `version ${version} accepted ${moment(at)}`
}

function renderWhy(answer: WhyAnswer, { identity, target, asOf }: Question): string {
  const verb = asOf === undefined ? 'has' : 'had'
  const verdict = `${identity} ${verb} ${answer.access ? '' : 'no '}access to ${target}`
  const status = answer.status === null ? '' : ` (status ${answer.status})`
  const reason = answer.reason === undefined ? [] : [`The membership stands so because: ${answer.reason}`]
  return [`${verdict}${status}`, ...reason, ...chain(answer), ...missing(answer), ...deliveries(answer)].join('\n')
}

function chain({ chain: links, origins }: WhyAnswer): string[] {
  if (links.length === 0) return []
  const rows = links.map(({ kind, name, file, line, source }) => {
    const at = file === undefined ? '' : `${file}:${line ?? 1}`
    return [`  ${kind}`, name, source === undefined ? at : `${at}, made by source ${source}`]
  })
  const rules = links.flatMap(({ because }) => (because === undefined ? [] : ['', `By ${because}`]))
  const from = origins.length === 0 ? [] : ['', `Membership comes from: ${origins.join(', ')}`]
  return ['', renderTable(['  THROUGH', 'NAME', 'DECLARED AT'], rows), ...rules, ...from]
}

function missing({ missing: facts }: Pick<WhyAnswer, 'missing'>): string[] {
  return facts.length === 0 ? [] : ['', 'Missing:', ...facts.map(({ code, message }) => `  ${code}: ${message}`)]
}

function deliveries({ deliveries: list }: WhyAnswer): string[] {
  if (list.length === 0) return []
  const rows = list.map(({ facility, service, destination, state }) => [`  ${facility}`, service, destination, state])
  return ['', renderTable(['  FACILITY', 'SERVICE', 'DESTINATION', 'STATE'], rows)]
}
