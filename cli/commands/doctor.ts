import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { homeOf } from '../system/find-system.ts'
import { readWorkerOutput } from '../system/spawn-worker.ts'
import { renderTable } from '../text/table.ts'

interface Item {
  readonly name: string
  readonly ok: boolean
  readonly found?: string
  readonly fix?: string
}

export function doctorCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'doctor',
    summary: 'say what a start needs, what is missing and how to get it',
    examples: [
      ['guildhall doctor', 'before the first start, or when something is odd'],
      ['guildhall doctor --json', 'for a program'],
    ],
  })
  return answerWith<object>(command, shell, async ({ options }) => {
    const output = await readWorkerOutput(shell, 'doctor-main', { GUILDHALL_HOME: homeOf(shell, options) })
    const items = parseItems(output)
    const ok = items.every((item) => item.ok)
    return { json: { ok, items }, text: render(items), exitCode: ok ? 0 : 1 }
  })
}

function parseItems(output: string): Item[] {
  const examination: unknown = JSON.parse(output)
  const items: unknown =
    typeof examination === 'object' && examination !== null && 'items' in examination ? examination.items : []
  if (!Array.isArray(items)) throw new GuildhallError('UNEXPECTED', 'Cannot read what the examination found')
  return items.filter(isItem)
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && 'name' in value && 'ok' in value
}

function render(items: readonly Item[]): string {
  const rows = items.map(({ name, ok, found = '' }) => [ok ? 'ok' : 'MISSING', name, found])
  const fixes = items.flatMap(({ name, fix }) => (fix === undefined ? [] : [`${name}: ${fix}`]))
  const verdict = items.every(({ ok }) => ok) ? 'Nothing is missing.' : 'Something is missing:'
  return [renderTable(['', 'WHAT', 'FOUND'], rows), '', verdict, ...fixes].join('\n')
}
