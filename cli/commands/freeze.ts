import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { whatThereIs } from '../../core/model/nearest.ts'
import type { Scope } from '../../core/model/scope.ts'
import { causeOf } from '../../api/acts/acting-as.ts'
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
    requireSense(options)
    return withState(shell, options, async (state) => {
      const told = options.list === true ? [] : await change(shell, state, { ...options, ...(scope && { scope }) })
      const { freezes } = await readHalts(state)
      const rows = freezes.map(({ scope, by, reason, at }) => [scope ?? 'everything', by, moment(at), reason])
      const table = rows.length === 0 ? 'Nothing is frozen.' : renderTable(['FROZEN', 'BY', 'SINCE', 'REASON'], rows)
      return { json: { freezes }, text: [...told, table].join('\n') }
    })
  })
}

/** Freezes, or lifts a freeze; returns what there is to say of it beside what is frozen now. */
async function change(
  shell: Shell,
  state: OpenState,
  options: FreezeOptions & { readonly scope?: Scope },
): Promise<readonly string[]> {
  const { store, pool } = state
  const { actor: by, authentication } = causeOf(shell, undefined)
  const what = options.scope === undefined ? {} : { scope: options.scope }
  if (options.lift === true) {
    const wasFrozen = await store.inTransaction(pool, (tx) =>
      store.unfreeze(tx, { ...what, by, authentication, at: shell.now() }),
    )
    if (!wasFrozen) return [`There was no freeze of ${options.scope ?? 'everything'} to lift.`]
    await withTemporal(state.system, (client) => askForReconcile(client, state.system, 'command'))
    return []
  }
  if (options.scope !== undefined) await requireKnown(shell, state, options.scope)
  const { reason = '' } = options
  await store.inTransaction(pool, (tx) => store.freeze(tx, { ...what, by, authentication, reason, at: shell.now() }))
  return []
}

/** Whoever mistypes a scope would believe it frozen. */
async function requireKnown(shell: Shell, { store, pool }: OpenState, scope: Scope): Promise<void> {
  const { applied, holds } = await store.readStatus(pool, shell.now())
  const known = ['instance', ...Object.keys(applied), ...holds.map((hold) => hold.scope)]
  if (known.includes(scope)) return
  throw new GuildhallError(
    'OBJECT_UNKNOWN',
    `Cannot freeze "${scope}": no such VO is in force${whatThereIs(scope, known)}`,
    { facts: { scope } },
  )
}

function requireSense({ lift, list, reason }: FreezeOptions): void {
  if (lift === true && list === true)
    throw new GuildhallError('COMMAND_MISUSED', 'Cannot list and lift at once: give `--list` or `--lift`')
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
