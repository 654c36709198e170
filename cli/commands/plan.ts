import { resolve } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { Plan } from '../../core/model/plan.ts'
import type { Desired, State } from '../../core/model/state.ts'
import { isDay, type Day } from '../../core/lifecycle/calendar.ts'
import { GuildhallError } from '../../core/errors.ts'
import { answerWith, describeCommand, type Answer, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { loadCurrentState } from '../system/load-current-state.ts'
import { withState, type OpenState } from '../system/state.ts'
import { questionOf } from '../../core/plan/state-question.ts'

interface PlanOptions {
  readonly markdown?: boolean
  readonly people: 'identities' | 'counts'
  readonly at?: Day
}

export function planCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'plan',
    arguments: '<dir>',
    summary: 'show what the files of a folder would change, and who would gain or lose access',
    description:
      'Shows what the files of a folder, as they lie there, would change in the running system, who would gain or lose which access, and what the guard says. Changes nothing.',
    examples: [
      ['guildhall plan .', 'before a commit'],
      ['guildhall plan . --markdown --people counts', 'as a comment on a pull request, without names'],
      ['guildhall plan . --json', 'for a program'],
      ['guildhall plan . --at 2027-02-01', 'as it would be judged at the end of that day, when others have lapsed'],
    ],
    exitCodes: { 2: 'there are changes', 3: 'a scope would be held' },
  })
    .option('--markdown', 'print Markdown, under 60,000 characters')
    .option('--at <day>', 'as on this day in the time zone of the instance, with all that lapses until then', day)
    .addOption(
      new Option('--people <how>', 'people in Markdown').choices(['identities', 'counts']).default('identities'),
    )
  return answerWith<PlanOptions>(command, shell, async ({ arguments: [folder = '.'], options }) =>
    answer(await makePlan(shell, folder, options), options),
  )
}

function day(text: string): Day {
  if (isDay(text)) return text
  throw new InvalidArgumentError('expected a day such as 2027-01-31')
}

async function makePlan(shell: Shell, folder: string, options: PlanOptions & CommonOptions): Promise<Plan> {
  const { desireFolder, surroundingsFor } = await import('../../connectors/config-repo/validate-folder.ts')
  const { readAbilities } = await import('../system/abilities.ts')
  const { planChanges } = await import('../../core/plan/plan-changes.ts')
  const abilities = readAbilities()
  const desired = await desireFolder(resolve(shell.cwd, folder), abilities)
  const { at } = options
  const { state, asOf } = await withState(shell, options, async (open) =>
    at === undefined
      ? { state: await loadCurrentState(shell, open, desired), asOf: shell.now() }
      : stateAt(shell, open, { at, desired }),
  )
  return planChanges(state, desired, { compileSchema: surroundingsFor(abilities).compileSchema, asOf })
}

/** The state as it will be at the end of a day, if nobody does anything. */
async function stateAt(
  shell: Shell,
  { store, pool }: OpenState,
  { at, desired }: { readonly at: Day; readonly desired: Desired },
): Promise<{ readonly state: State; readonly asOf: Date }> {
  const asOf = await store.endOfDay(pool, at)
  const from = shell.now()
  if (asOf < from) {
    throw new GuildhallError('COMMAND_MISUSED', `Cannot plan on ${at}: the day is over; expected today or a later one`)
  }
  const state = await store.rehearse(pool, async (tx) => {
    await store.foresee(tx, { from, until: asOf })
    return store.loadState(tx, questionOf(desired, asOf.getTime()))
  })
  return { state, asOf }
}

async function answer(plan: Plan, { markdown, people }: PlanOptions): Promise<Answer> {
  const { exitCode } = await import('../../core/plan/exit-code.ts')
  const { renderJson } = await import('../../core/plan/render-json.ts')
  const { renderMarkdown } = await import('../../core/plan/render-markdown.ts')
  const { renderText } = await import('../../core/plan/render-text.ts')
  return {
    json: renderJson(plan),
    text: markdown === true ? renderMarkdown(plan, { people }) : renderText(plan),
    exitCode: exitCode(plan),
  }
}
