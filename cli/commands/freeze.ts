import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { Scope } from '../../core/model/scope.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { askForReconcile } from '../system/ask-for-reconcile.ts'
import { readHalts } from '../system/read-halts.ts'
import { withState, type OpenState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'
import { renderTable } from '../text/table.ts'
import { moment } from '../text/words.ts'

interface FreezeOptions {
  readonly lift?: boolean
  readonly list?: boolean
  readonly reason?: string
}

export function freezeCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'freeze',
    arguments: '[scope]',
    summary: 'stop applying commits, everywhere or in one scope',
    description:
      'Stops applying commits, everywhere or in one scope (`instance` or `vo:<name>`). People, deliveries and everything in force stay as they are.',
    examples: [
      ['guildhall freeze --reason "moving the database"', 'stop everywhere'],
      ['guildhall freeze vo:astro --reason "audit"', 'stop one VO'],
      ['guildhall freeze vo:astro --lift', 'go on'],
      ['guildhall freeze --list', 'what is frozen, by whom and why'],
    ],
  })
    .option('--reason <text>', 'why, for whoever asks later')
    .option('--lift', 'go on applying')
    .option('--list', 'only list what is frozen')
  return answerWith<FreezeOptions>(command, shell, async ({ arguments: [name], options }) => {
    const scope = name === undefined ? undefined : parseScope(name)
    requireReason(options)
    return withState(shell, options, async (state) => {
      if (options.list !== true) await change(shell, state, { ...options, ...(scope && { scope }) })
      const { freezes } = await readHalts(state)
      const rows = freezes.map(({ scope, by, reason, at }) => [scope ?? 'everything', by, moment(at), reason])
      const text = rows.length === 0 ? 'Nothing is frozen.' : renderTable(['FROZEN', 'BY', 'SINCE', 'REASON'], rows)
      return { json: { freezes }, text }
    })
  })
}

async function change(
  shell: Shell,
  state: OpenState,
  options: FreezeOptions & { readonly scope?: Scope },
): Promise<void> {
  const { store, pool } = state
  const by = `local/${shell.userName()}`
  const what = options.scope === undefined ? {} : { scope: options.scope }
  if (options.lift === true) {
    await store.inTransaction(pool, (tx) => store.unfreeze(tx, { ...what, by, at: shell.now() }))
    await withTemporal(state.system, (client) => askForReconcile(client, state.system, 'command'))
    return
  }
  const { reason = '' } = options
  await store.inTransaction(pool, (tx) => store.freeze(tx, { ...what, by, reason, at: shell.now() }))
}

function requireReason({ lift, list, reason }: FreezeOptions): void {
  if (lift === true || list === true || (reason !== undefined && reason.trim() !== '')) return
  throw new GuildhallError(
    'COMMAND_MISUSED',
    'Cannot freeze without a reason; add `--reason "…"` for whoever asks later',
  )
}

/** Reads a scope as people type it. */
function parseScope(name: string): Scope {
  if (name === 'instance') return name
  const vo = name.startsWith('vo:') ? name.slice('vo:'.length) : ''
  if (vo !== '') return `vo:${vo}`
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot use scope "${name}": expected "instance" or "vo:<name>", such as "vo:astro"`,
    {
      facts: { scope: name },
    },
  )
}
