import { createInterface } from 'node:readline/promises'
import { Readable } from 'node:stream'
import { GuildhallError } from '../../core/errors.ts'
import type { Shell } from '../shell.ts'

/** Asks for each identity to be typed again before something that cannot be undone; COMMAND_MISUSED where another answer comes. */
export async function confirmIdentities(shell: Shell, identities: readonly string[]): Promise<void> {
  const lines = createInterface({ input: Readable.from(shell.input()) })[Symbol.asyncIterator]()
  for (const identity of identities) {
    shell.complain(`This cannot be undone. Type ${identity} to go on: `)
    const answer = await lines.next()
    if (answer.done !== true && answer.value.trim() === identity) continue
    throw new GuildhallError(
      'COMMAND_MISUSED',
      `Cannot go on without the word: expected "${identity}" to be typed again; nothing was changed (\`--yes\` asks nothing)`,
      { facts: { identity } },
    )
  }
}
