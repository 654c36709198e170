import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Call } from '../../core/import/perun/beans.ts'
import { GuildhallError } from '../../core/errors.ts'
import { named } from '../command.ts'
import type { Shell } from '../shell.ts'
import { describeImport, readInputFile, writeWith } from './import-command.ts'

interface PerunOptions {
  readonly loginNamespace?: string
}

/** Makes `guildhall import perun`. */
export function perunCommand(shell: Shell): Command {
  const command = describeImport({
    name: 'perun',
    arguments: '<folder>',
    summary: 'of VOs, groups and people of a Perun, from answers of its RPC',
    description: `Makes a configuration of the answers of Perun's RPC in JSON, a file each, named by the method and what it was asked with, such as
vosManager.getVos.json, groupsManager.getGroupMembers.group=12.json or groupsManager/getGroupMembers?group=12. Taken are VOs,
members, users with their external sources, groups with unions, facilities, resources with their groups, managers, and
attributes of VOs, groups, facilities and resources.`,
    examples: [
      ['guildhall import perun answers --to config', 'all files of the folder'],
      ['guildhall import perun answers --login-namespace einfra --to config', 'with the logins of a namespace'],
    ],
  }).option('--login-namespace <name>', 'namespace whose logins are user.login', named('a namespace'))
  return writeWith<PerunOptions>(command, shell, async ([folder = ''], { instance, loginNamespace }) => {
    const { importPerun } = await import('../../core/import/perun/import-perun.ts')
    const { isCapability } = await import('../../schemas/validate.ts')
    const calls: Call[] = []
    for (const path of await filesIn(shell, folder)) calls.push(await readCall(shell, folder, path))
    const namespace = loginNamespace === undefined ? {} : { namespace: loginNamespace }
    return importPerun(calls, { instance, isCapability, ...namespace })
  })
}

async function filesIn(shell: Shell, folder: string): Promise<string[]> {
  try {
    const entries = await readdir(resolve(shell.cwd, folder), { recursive: true, withFileTypes: true })
    const base = resolve(shell.cwd, folder)
    const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    return files.map(({ parentPath, name }) => join(parentPath, name).slice(base.length + 1)).sort()
  } catch (cause) {
    throw new GuildhallError('COMMAND_MISUSED', `Cannot read "${folder}": expected a folder with files`, {
      facts: { folder },
      cause,
    })
  }
}

async function readCall(shell: Shell, folder: string, path: string): Promise<Call> {
  const { readJsonInput } = await import('../../connectors/config-repo/read-json-input.ts')
  const words = path.replace(/\.json$/, '').split(/[^A-Za-z0-9=]+/)
  const method = words.find((word) => /^get[A-Z]/.test(word)) ?? path
  const asked = words.flatMap((word): [string, number][] => {
    const [, name, number] = /^([A-Za-z]+)=(\d{1,15})$/.exec(word) ?? []
    return name === undefined ? [] : [[name, Number(number)]]
  })
  const file = join(folder, path)
  return { file: path, method, asked: new Map(asked), entries: readJsonInput(path, await readInputFile(shell, file)) }
}
