import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import type { Plan } from '../../core/model/plan.ts'
import { answerWith, describeCommand, type Answer, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { loadCurrentState } from '../system/load-current-state.ts'
import { withState } from '../system/state.ts'

interface PlanOptions {
  readonly markdown?: boolean
  readonly people: 'identities' | 'counts'
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
    ],
    exitCodes: { 2: 'there are changes', 3: 'a scope would be held' },
  })
    .option('--markdown', 'print Markdown, under 60,000 characters')
    .addOption(
      new Option('--people <how>', 'people in Markdown').choices(['identities', 'counts']).default('identities'),
    )
  return answerWith<PlanOptions>(command, shell, async ({ arguments: [folder = '.'], options }) =>
    answer(await makePlan(shell, folder, options), options),
  )
}

async function makePlan(shell: Shell, folder: string, options: CommonOptions): Promise<Plan> {
  const { desireFolder, surroundingsFor } = await import('../../connectors/config-repo/validate-folder.ts')
  const { readAbilities } = await import('../system/abilities.ts')
  const { planChanges } = await import('../../core/plan/plan-changes.ts')
  const abilities = readAbilities()
  const desired = await desireFolder(resolve(shell.cwd, folder), abilities)
  const state = await withState(shell, options, (open) => loadCurrentState(shell, open, desired))
  return planChanges(state, desired, { compileSchema: surroundingsFor(abilities).compileSchema, asOf: shell.now() })
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
