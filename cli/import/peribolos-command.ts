import type { Command } from 'commander'
import { named } from '../command.ts'
import type { Shell } from '../shell.ts'
import { describeImport, readInputFile, sourceOption, writeWith } from './import-command.ts'

interface PeribolosOptions {
  readonly source: string
  readonly org?: string
}

/** Makes `guildhall import peribolos`. */
export function peribolosCommand(shell: Shell): Command {
  const command = describeImport({
    name: 'peribolos',
    arguments: '<files...>',
    summary: 'of the organisations of a GitHub, from the files of peribolos',
    description: `Makes a configuration of peribolos files: an organisation becomes a VO, a team a group, and what may be done in a
repository a resource. What two files tell of one organisation is put together.`,
    examples: [
      ['guildhall import peribolos org.yaml --to config', 'a file with the key orgs'],
      ['guildhall import peribolos org.yaml sig-*/teams.yaml --org kubernetes --to config', 'parts without it'],
    ],
  })
    .option(...sourceOption('github'))
    .option('--org <name>', 'organisation of files without the key orgs', named('an organisation'))
  return writeWith<PeribolosOptions>(command, shell, async (paths, { instance, source, org }) => {
    const { readYamlInput } = await import('../../connectors/config-repo/read-yaml-input.ts')
    const { importPeribolos } = await import('../../core/import/peribolos/import-peribolos.ts')
    const files = await Promise.all(paths.map(async (path) => readYamlInput(path, await readInputFile(shell, path))))
    return importPeribolos(files.flat(), { instance, source, ...(org !== undefined && { org }) })
  })
}
