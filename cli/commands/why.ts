import type { Command } from 'commander'
import { parseResource } from '../../core/config/references.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { WhyAnswer } from '../../core/model/answers.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { asOfOption } from '../as-of.ts'
import { renderTable } from '../text/table.ts'

interface WhyOptions {
  readonly asOf?: string | Date
}

export function whyCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'why',
    arguments: '<identity> <vo/resource>',
    summary: 'tell why a person has access to a resource, or what is missing',
    examples: [
      ['guildhall why idp/ada astro/cluster-batch', 'the chain of facts, each with its file and line'],
      ['guildhall why idp/ada astro/cluster-batch --as-of 2026-03-31', 'as it was at the end of that day'],
      ['guildhall why idp/tycho history/reading-room --json', 'for a program'],
    ],
  }).addOption(asOfOption())
  return answerWith<WhyOptions>(command, shell, async ({ arguments: [identity = '', target = ''], options }) => {
    const { asOf } = options
    const question = { identity, ...splitResource(target), askedAt: shell.now() }
    const asked = { ...question, ...(asOf === undefined ? {} : { asOf }) }
    const answer = await withState(shell, options, ({ store, pool }) => store.explain(pool, asked))
    return { json: answer, text: renderWhy(answer, { identity, target, asOf }) }
  })
}

function splitResource(target: string): { readonly vo: string; readonly resource: string } {
  const named = parseResource(target)
  if (named !== undefined) return { vo: named.vo, resource: named.name }
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot look up resource "${target}": expected a VO and a resource, such as "astro/cluster-batch"`,
    { facts: { resource: target } },
  )
}

interface Question {
  readonly identity: string
  readonly target: string
  readonly asOf: WhyOptions['asOf']
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
  const rows = links.map(({ kind, name, file, line }) => [
    `  ${kind}`,
    name,
    file === undefined ? '' : `${file}:${line ?? 1}`,
  ])
  const rules = links.flatMap(({ because }) => (because === undefined ? [] : ['', `By ${because}`]))
  const from = origins.length === 0 ? [] : ['', `Membership comes from: ${origins.join(', ')}`]
  return ['', renderTable(['  THROUGH', 'NAME', 'DECLARED AT'], rows), ...rules, ...from]
}

function missing({ missing: facts }: WhyAnswer): string[] {
  return facts.length === 0 ? [] : ['', 'Missing:', ...facts.map(({ code, message }) => `  ${code}: ${message}`)]
}

function deliveries({ deliveries: list }: WhyAnswer): string[] {
  if (list.length === 0) return []
  const rows = list.map(({ facility, service, destination, state }) => [`  ${facility}`, service, destination, state])
  return ['', renderTable(['  FACILITY', 'SERVICE', 'DESTINATION', 'STATE'], rows)]
}
