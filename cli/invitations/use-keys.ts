import type { Command } from 'commander'
import type { ActContext } from '../../api/acts/act.ts'
import type { GuildhallError } from '../../core/errors.ts'
import { actContext } from '../acts/act-context.ts'
import { attempt } from '../acts/attempt.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import type { CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'

/** What a command does with the keys of invitations. */
interface UseOfKeys<Options, Use, Done> {
  /** What the options tell, which name a key. */
  readonly readOne: (options: Options & { readonly key: string }) => Promise<Use>
  /** What stands in lines of standard input, where the options name no key. */
  readonly readMany: (options: Options) => Promise<readonly Use[]>
  /** An example of such a line. */
  readonly line: string
  readonly run: (context: ActContext, use: Use) => Promise<Done>
  readonly text: (done: Done) => string
  /** What names it beside the answer to its line; never the key. */
  readonly nameOf: (use: Use) => object
}

interface KeyOptions extends CommonOptions {
  readonly key?: string
}

/** Lets a command use the key that its options name or, where they name none, those of the lines of standard input. */
export function useKeys<Options extends KeyOptions, Use, Done extends object>(
  command: Command,
  shell: Shell,
  { readOne, readMany, line, run, text, nameOf }: UseOfKeys<Options, Use, Done>,
): Command {
  command.addHelpText(
    'after',
    `
Without a key it reads NDJSON from standard input, a key a line, and answers with a line each in the same order:
  ${line}`,
  )
  return command.action(async () => {
    const options = command.opts<Options>()
    const { key, json = false } = options
    if (key !== undefined) {
      const use = await readOne({ ...options, key })
      const done = await withState(shell, options, (open) => run(actContext(shell, open), use))
      shell.print(json ? `${JSON.stringify(done, null, 2)}\n` : `${text(done)}\n`)
      return
    }
    const answers = await useEach(shell, options, { uses: await readMany(options), run })
    printAnswers(shell, options, {
      ...{ answers, isStream: true, key: 'invitations', text: () => '' },
      refusal: ({ error }) => error,
      json: ({ use, done }, error) => ({ ...nameOf(use), ...(error === undefined ? done : refusalJson(error)) }),
    })
  })
}

interface Used<Use, Done> {
  readonly use: Use
  readonly done?: Done
  readonly error?: GuildhallError
}

async function useEach<Use, Done extends object>(
  shell: Shell,
  options: CommonOptions,
  { uses, run }: Pick<UseOfKeys<never, Use, Done>, 'run'> & { readonly uses: readonly Use[] },
): Promise<readonly Used<Use, Done>[]> {
  return withState(shell, options, async (open) => {
    const context = actContext(shell, open)
    const answers: Used<Use, Done>[] = []
    for (const use of uses) answers.push({ use, ...(await attempt(async () => ({ done: await run(context, use) }))) })
    return answers
  })
}
