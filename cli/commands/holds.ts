import type { Command } from 'commander'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
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
    const { holds } = await withState(shell, options, ({ store, pool }) => store.readStatus(pool))
    const text = holds.length === 0 ? 'The guard holds nothing back.' : renderHolds(holds)
    return { json: { holds }, text }
  })
}
