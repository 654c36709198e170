import { Option, type Command } from 'commander'
import { submitApplication, type Filed, type SubmitInput } from '../../api/acts/applications/submit.ts'
import { GuildhallError } from '../../core/errors.ts'
import { actContext } from '../acts/act-context.ts'
import { attempt, type Attempt } from '../acts/attempt.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { splitGroup } from '../acts/split-group.ts'
import { describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { collect, readAnswers, type AnswerOptions } from './read-answers.ts'
import { readFilings } from './read-filings.ts'

interface SubmitOptions extends CommonOptions, AnswerOptions {
  readonly as?: string
  readonly extension?: boolean
  readonly offered?: boolean
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
    .option('--offered', 'what the form offers them is taken over where they answer nothing')
    .option('--language <language>', 'what the person reads, such as cs', named('a language'))
    .addHelpText(
      'after',
      `
Without a VO it reads NDJSON from standard input, an application a line, and answers with a line each in the same order:
  {"vo":"astro","group":"telescope","identity":"idp/ada","answers":{"name":"Ada Lovelace"}}`,
    )
  return command.action(() => run(shell, command))
}

type Submitted = { readonly filing: SubmitInput } & Attempt<Filed>

async function run(shell: Shell, command: Command): Promise<void> {
  const [target] = command.args
  const options = command.opts<SubmitOptions>()
  const isStream = target === undefined
  const filings = isStream ? await filingsOf(shell, options) : [await filingOf(shell, target, options)]
  const answers = await withState(shell, options, async (open) => {
    const context = actContext(shell, open)
    const done: Submitted[] = []
    for (const filing of filings)
      done.push({ filing, ...(await attempt(() => submitApplication.run(context, filing))) })
    return done
  })
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'applications', text: () => textOf(answers) },
    refusal: (answer) => ('error' in answer ? answer.error : undefined),
    json,
  })
}

async function filingsOf(
  shell: Shell,
  { as, extension, offered, language, answers, answer }: SubmitOptions,
): Promise<SubmitInput[]> {
  const given = [as, extension, offered, language, answers, answer].some((option) => option !== undefined)
  if (!given) return readFilings(shell.input())
  throw new GuildhallError(
    'COMMAND_MISUSED',
    'Cannot tell what the application is for: give a VO or a group, or only NDJSON on standard input without options',
  )
}

async function filingOf(shell: Shell, target: string, options: SubmitOptions): Promise<SubmitInput> {
  const { as, extension = false, offered = false, language } = options
  if (as === undefined)
    throw new GuildhallError('COMMAND_MISUSED', `Cannot apply for "${target}": say who applies with \`--as IDENTITY\``)
  requireIdentity(as)
  return {
    ...(target.includes('/') ? splitGroup(target) : { vo: target }),
    ...{ kind: extension ? 'extension' : 'initial', as, answers: await readAnswers(shell, options) },
    ...(offered && { offered }),
    ...(language !== undefined && { language }),
  }
}

function json({ filing, ...answer }: Submitted): object {
  const { vo, group = null } = filing
  const asked = { vo, group, identity: applicantOf(filing) }
  return { ...asked, ...('error' in answer ? refusalJson(answer.error) : answer) }
}

function applicantOf({ as, identity = as }: SubmitInput): string {
  return identity ?? ''
}

function textOf(answers: readonly Submitted[]): string {
  const rows = answers.flatMap((answer) => {
    const { vo, group } = answer.filing
    const applicant = applicantOf(answer.filing)
    const who = [applicant, group === undefined ? vo : `${vo}/${group}`]
    if ('error' in answer) return [['–', ...who, 'refused', answer.error.message]]
    const { application, state, waitingFor, status, chosen = [] } = answer
    const stands = waitingFor === null ? state : `${state} for ${waitingFor}`
    const groups = chosen.map((one) => [String(one.application), applicant, `${vo}/${one.group}`, 'chosen', '–'])
    return [[String(application), ...who, stands, status ?? '–'], ...groups]
  })
  return `${renderTable(['ID', 'IDENTITY', 'FOR', 'STATE', 'MEMBER'], rows)}\n`
}
