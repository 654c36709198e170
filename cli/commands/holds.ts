import type { Command } from 'commander'
import type { ListedHold, ListedLoss } from '../../core/model/answers.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState, type OpenState } from '../system/state.ts'
import { renderHolds } from '../text/holds.ts'

export function holdsCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'holds',
    summary: 'list what the guard holds back, and how to let it through',
    examples: [
      ['guildhall holds', 'each held scope with its reasons and digest'],
      ['guildhall holds --json', 'for a program'],
    ],
  })
  return answerWith<object>(command, shell, async ({ options }) => {
    const holds = await withState(shell, options, readHolds)
    const text = holds.length === 0 ? 'The guard holds nothing back.' : renderHolds(holds)
    return { json: { holds }, text }
  })
}

/** The holds; of changes that are held by themselves with who would lose what. */
async function readHolds({ store, pool }: OpenState): Promise<(ListedHold & { readonly losses?: ListedLoss[] })[]> {
  const { holds } = await store.readStatus(pool)
  return Promise.all(
    holds.map(async (hold) =>
      hold.change === undefined ? hold : { ...hold, losses: await store.listHeldLosses(pool, hold.digest) },
    ),
  )
}
