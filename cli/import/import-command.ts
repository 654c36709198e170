import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { Imported } from '../../core/import/imported.ts'
import { nameFault } from '../../core/structure/name-fault.ts'
import { answerWith, describeCommand, named, type CommandDescription } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Shell } from '../shell.ts'
import { reportOf } from './report.ts'

/** Options of every import. */
interface ImportOptions {
  readonly to: string
  readonly add?: boolean
  readonly instance: string
}

/** Describes a command that imports. */
export function describeImport(description: CommandDescription): Command {
  return describeCommand({
    ...description,
    exitCodes: { [exitCodes.leftOut]: 'written, and something was left out' },
  })
    .requiredOption('--to <folder>', 'where to write the configuration: a new or empty folder', named('a folder'))
    .option('--add', 'add to the configuration in that folder, and change nothing of it')
    .option('--instance <name>', 'name of the installation', name, 'guildhall')
}

/** The option of an import into one VO. */
export const voOption = ['--vo <name>', 'name of the VO', name] as const

/** The option that names the source whose logins are read; without it, it has its usual name. */
export function sourceOption(usual: string) {
  return ['--source <name>', 'name of the source whose logins these are', name, usual] as const
}

type Make<Options> = (args: readonly string[], options: Options & ImportOptions) => Promise<Imported>

/** Lets the command write what `make` makes, and answer with a report. */
export function writeWith<Options>(command: Command, shell: Shell, make: Make<Options>): Command {
  return answerWith<Options & ImportOptions>(command, shell, async ({ arguments: args, options }) => {
    const { writeRepository } = await import('../../connectors/config-repo/write-repository.ts')
    const { readAbilities } = await import('../system/abilities.ts')
    const imported = await make(args, options)
    const written = await writeRepository(imported.files, {
      ...{ folder: resolve(shell.cwd, options.to), shown: options.to, adds: options.add ?? false },
      abilities: readAbilities(),
    })
    return reportOf(options.to, imported, written)
  })
}

/** Reads a file that the command line names. */
export async function readInputFile(shell: Shell, file: string): Promise<Uint8Array> {
  try {
    const place = resolve(shell.cwd, file)
    if ((await stat(place)).isDirectory()) throw new Error('it is a folder')
    return await readFile(place)
  } catch (cause) {
    throw new GuildhallError('COMMAND_MISUSED', `Cannot read "${file}": expected a file that can be read`, {
      facts: { file },
      cause,
    })
  }
}

/** Reads an option that is a name of a document. */
function name(text: string): string {
  const read = named('a name')(text)
  if (nameFault(read) === undefined) return read
  throw new InvalidArgumentError('expected a name of at most 100 letters, digits, ".", "_" and "-" such as "hpc"')
}
