import { Option, type Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { splitGroup } from '../acts/split-group.ts'
import { describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { collect, readAnswers, type AnswerOptions } from './read-answers.ts'
import { readFilings, submit, type Filing, type Submitted } from './submit.ts'

interface SubmitOptions extends CommonOptions, AnswerOptions {
  readonly as?: string
  readonly extension?: boolean
  readonly language?: string
}

/** Makes `guildhall application submit`. */
export function submitCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'submit', arguments: '[target]', summary: 'file an application for a membership' },
    description:
      'Files an application for the membership of a VO (astro) or a group (astro/telescope), or for more time in it.',
    examples: [
      ['guildhall application submit astro --as idp/ada --answer "name=Ada Lovelace"', 'to become a member'],
      ['guildhall application submit astro --extension --as idp/ada --answers a.json', 'for more time'],
      ['guildhall application submit < applications.ndjson', 'many, each in a transaction of its own'],
    ],
    exitCodes: { 1: 'error, or an application was refused' },
  })
    .addOption(new Option('--as <identity>', 'who applies').argParser(named('an identity')))
    .option('--extension', 'for more time instead of a membership')
    .option('--answers <file>', 'a JSON object of answers; - for standard input', named('a file'))
    .option('--answer <name=value>', 'one answer, as JSON or text; may be repeated', collect)
    .option('--language <language>', 'what the person reads, such as cs', named('a language'))
    .addHelpText(
      'after',
      `
Without a VO it reads NDJSON from standard input, an application a line, and answers with a line each in the same order:
  {"vo":"astro","group":"telescope","identity":"idp/ada","answers":{"name":"Ada Lovelace"}}`,
    )
  return command.action(() => run(shell, command))
}

async function run(shell: Shell, command: Command): Promise<void> {
  const [target] = command.args
  const options = command.opts<SubmitOptions>()
  const isStream = target === undefined
  const filings = isStream ? await filingsOf(shell, options) : [await filingOf(shell, target, options)]
  const answers = await withState(shell, options, async (open) => {
    const done: Submitted[] = []
    for (const filing of filings) {
      const actor = isStream ? `local/${shell.userName()}` : filing.identity
      done.push(await submit(shell, open, { filing, actor }))
    }
    return done
  })
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'applications', text: () => textOf(answers) },
    refusal: (answer) => ('error' in answer ? answer.error : undefined),
    json,
  })
}

async function filingsOf(shell: Shell, { as, extension, language, answers, answer }: SubmitOptions): Promise<Filing[]> {
  const given = [as, extension, language, answers, answer].some((option) => option !== undefined)
  if (!given) return readFilings(shell.input())
  throw new GuildhallError(
    'COMMAND_MISUSED',
    'Cannot tell what the application is for: give a VO or a group, or only NDJSON on standard input without options',
  )
}

async function filingOf(shell: Shell, target: string, options: SubmitOptions): Promise<Filing> {
  const { as: identity, extension = false, language } = options
  if (identity === undefined)
    throw new GuildhallError('COMMAND_MISUSED', `Cannot apply for "${target}": say who applies with \`--as IDENTITY\``)
  requireIdentity(identity)
  return {
    ...(target.includes('/') ? splitGroup(target) : { vo: target }),
    ...{ kind: extension ? 'extension' : 'initial', identity, answers: await readAnswers(shell, options) },
    ...(language !== undefined && { language }),
  }
}

function json(answer: Submitted): object {
  const { vo, group = null, identity } = answer.filing
  const named = { vo, group, identity }
  if ('filed' in answer) return { ...named, ...answer.filed }
  return { ...named, ...refusalJson(answer.error), ...(answer.faults.length > 0 && { faults: answer.faults }) }
}

function textOf(answers: readonly Submitted[]): string {
  const rows = answers.map((answer) => {
    const { vo, group, identity } = answer.filing
    const target = group === undefined ? vo : `${vo}/${group}`
    if ('error' in answer) return ['–', identity, target, 'refused', answer.error.message]
    const { application, state, waitingFor, status } = answer.filed
    return [
      String(application),
      identity,
      target,
      waitingFor === null ? state : `${state} for ${waitingFor}`,
      status ?? '–',
    ]
  })
  return `${renderTable(['ID', 'IDENTITY', 'FOR', 'STATE', 'MEMBER'], rows)}\n`
}
