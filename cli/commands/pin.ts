import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { causeOf } from '../../api/acts/acting-as.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { askForReconcile } from '../system/ask-for-reconcile.ts'
import { lookUpCommit, type FoundCommit } from '../system/look-up-commit.ts'
import { readHalts } from '../system/read-halts.ts'
import { withState, type OpenState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'
import { pinLine } from '../text/halts.ts'

interface PinOptions {
  readonly lift?: boolean
}

export function pinCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'pin',
    arguments: '[commit]',
    summary: 'keep one commit in force, whatever the head is',
    description:
      'Keeps one commit in force, whatever the head is, until the pin is lifted. The guard looks at what this changes like at any commit. Without a commit it shows the pin.',
    examples: [
      ['guildhall pin 3f1c9a27d5b8e6f40a1b2c3d4e5f60718293a4b5', 'go to this commit and stay there'],
      ['guildhall pin', 'show the pin'],
      ['guildhall pin --lift', 'follow the head again'],
    ],
  }).option('--lift', 'follow the head again')
  return answerWith<PinOptions>(command, shell, async ({ arguments: [commit], options }) => {
    if (commit !== undefined) requireHash(commit, options)
    return withState(shell, options, async (state) => {
      const isChecked = commit === undefined || (await requireCommit(shell, state, commit))
      if (commit !== undefined || options.lift === true) await setPin(shell, state, commit)
      const { pin } = await readHalts(state)
      const text = pin === null ? 'Nothing is pinned: the head of the branch is brought into force.' : pinLine(pin)
      return { json: { pin }, text: isChecked ? text : `${text}\n${uncheckedLine}` }
    })
  })
}

const uncheckedLine =
  'Whether there is such a commit was not checked: the configuration repository is not kept here; `guildhall status` shows what becomes of it'

function requireHash(commit: string, { lift }: PinOptions): void {
  if (lift === true)
    throw new GuildhallError('COMMAND_MISUSED', 'Cannot pin and lift at once: give a commit, or `--lift`')
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot pin "${commit}": expected the full hash of a commit; \`git rev-parse ${/^[\w./-]+$/.test(commit) ? commit : 'NAME'}\` prints it`,
    { facts: { commit } },
  )
}

/** Refuses what is no commit; false where that cannot be told here. */
async function requireCommit(shell: Shell, { system }: OpenState, hash: string): Promise<boolean> {
  const found = await lookUpCommit(shell, system.mirror, hash)
  const wrong = whatIsWrong(found)
  if (wrong === undefined) return found.kind === 'commit'
  throw new GuildhallError('COMMIT_UNKNOWN', `Cannot pin "${hash}": ${wrong}`, { facts: { commit: hash } })
}

function whatIsWrong(found: FoundCommit): string | undefined {
  switch (found.kind) {
    case 'commit':
    case 'unchecked':
      return undefined
    case 'tag':
      return `it is the hash of a tag; its commit is ${found.commit}`
    case 'no-commit':
      return 'it is the hash of a file or folder; expected that of a commit, as `git log` shows it'
    case 'unknown':
      return 'no such commit was fetched from the configuration repository; expected one of the branch that is followed, as `git log` shows it; what was just pushed is fetched within minutes, or at once by `guildhall apply`'
  }
}

async function setPin(shell: Shell, { store, pool, system }: OpenState, commit: string | undefined): Promise<void> {
  const { actor: by, authentication } = causeOf(shell, undefined)
  await store.inTransaction(pool, (tx) => store.setPin(tx, { commit, by, authentication, at: shell.now() }))
  await withTemporal(system, (client) => askForReconcile(client, system, 'command'))
}
