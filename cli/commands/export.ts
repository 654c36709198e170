import type { Command } from 'commander'
import { resolve } from 'node:path'
import type { Written } from '../../connectors/config-repo/write-repository.ts'
import type { BeyondConfig } from '../../core/export/beyond-config.ts'
import { count, countPeople } from '../../core/model/count.ts'
import { answerWith, describeCommand, named, type Answer } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { countsOf, section } from '../import/report.ts'
import type { Shell } from '../shell.ts'
import { quoted } from '../../api/command-line.ts'
import { loadCurrentState } from '../system/load-current-state.ts'
import { withState } from '../system/state.ts'

interface ExportOptions {
  readonly acts?: string
}

/** Makes `guildhall export`. */
export function exportCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'export',
    arguments: '<folder>',
    summary: 'write what is in force as a configuration repository',
    description: `Writes the documents in force, with the members that git names, into a new or empty folder; planning it changes nothing.
What managers and applications gave, and who is DISABLED, is no configuration: --acts writes it as lines for the commands that do it again.`,
    examples: [
      ['guildhall export config', 'then `guildhall plan config` has no changes'],
      ['guildhall export config --acts acts', 'with what managers and applications did'],
    ],
    exitCodes: { [exitCodes.leftOut]: 'written, and something was left out, or is not valid' },
  }).option('--acts <folder>', 'where to write what managers and applications did', named('a folder'))
  return answerWith<ExportOptions>(command, shell, async ({ arguments: [folder = ''], options }) => {
    const { exportState } = await import('../../core/export/export-state.ts')
    const { beyondConfig } = await import('../../core/export/beyond-config.ts')
    const { writeRepository, writeTexts } = await import('../../connectors/config-repo/write-repository.ts')
    const { isIdentity } = await import('../../schemas/validate.ts')
    const { readAbilities } = await import('../system/abilities.ts')
    const state = await withState(shell, options, (open) => loadCurrentState(shell, open))
    const target = (shown: string) => ({ folder: resolve(shell.cwd, shown), shown })
    const abilities = readAbilities()
    const written = await writeRepository(exportState(state, isIdentity), {
      ...target(folder),
      ...{ adds: false, toleratesFaults: true, abilities },
    })
    const beyond = beyondConfig(state, isIdentity)
    if (options.acts !== undefined) await writeTexts(target(options.acts), textsOf(beyond))
    return answer({ folder, acts: options.acts }, written, beyond)
  })
}

function textsOf({ acts }: BeyondConfig): ReadonlyMap<string, string> {
  return new Map(
    acts.map(({ name, lines }) => [`${name}.ndjson`, lines.map((line) => `${JSON.stringify(line)}\n`).join('')]),
  )
}

interface Folders {
  readonly folder: string
  readonly acts: string | undefined
}

function answer({ folder, acts }: Folders, { files, paths, faults }: Written, beyond: BeyondConfig): Answer {
  const documents = countsOf(files.flatMap((file) => file.documents))
  const given = beyond.acts.map(({ name, command, lines }) => ({
    command: acts === undefined ? command : `${command} < ${quoted(`${acts}/${name}.ndjson`)}`,
    memberships: lines.length,
  }))
  const json = {
    folder,
    files: paths,
    documents,
    acts: given,
    ...{ over: beyond.over, others: beyond.others },
    nameless: beyond.nameless,
    sourceFiles: beyond.files,
    faults,
  }
  const kinds = Object.entries(documents).map(([kind, number]) => `${number} ${kind}`)
  const text = [
    `${count(paths.length, 'file')} written to "${folder}": ${kinds.join(', ')}`,
    ...section(
      toldOfActs(acts),
      given.map(({ command, memberships }) => `${command}  # ${memberships}`),
    ),
    ...section(
      'Memberships by managers and applications that are EXPIRED, and are not written:',
      beyond.over === 0 ? [] : [String(beyond.over)],
    ),
    ...section(
      'Memberships that are given again by what gave them:',
      Object.entries(beyond.others).map(([origin, number]) => `${origin}: ${number}`),
    ),
    ...section(
      toldOfNameless(beyond),
      beyond.nameless.map(({ user, place }) => `${user} in ${place}`),
    ),
    ...section(
      toldOfFiles(folder, beyond),
      beyond.files.map(({ source, file }) => `${file} of source ${source}`),
    ),
    ...section('What is in force is not valid as a whole, as its scopes are of different commits:', faults),
  ]
  return { json, text: text.join('\n'), ...(lacks(acts, beyond, faults) && { exitCode: exitCodes.leftOut }) }
}

/** Whether something that is in force is not there, or not as it has to be; what gives itself again lacks nothing. */
function lacks(folder: string | undefined, beyond: BeyondConfig, faults: readonly string[]): boolean {
  const { nameless, files, over, acts } = beyond
  const isWritten = folder !== undefined || acts.length === 0
  return nameless.length > 0 || files.length > 0 || faults.length > 0 || over > 0 || !isWritten
}

/** Several sources may read one file. */
function toldOfFiles(folder: string, { files }: BeyondConfig): string {
  const left = count(new Set(files.map(({ file }) => file)).size, 'file')
  return `Left out: ${left} of the old repository that sources read, as the state does not hold them. Copy each to the same path below "${folder}":`
}

function toldOfNameless({ nameless }: BeyondConfig): string {
  const people = countPeople(new Set(nameless.map(({ user }) => user)).size)
  return `Left out: ${count(nameless.length, 'membership')} of ${people} whom no document can name, as their source is gone and another has
its name. Add them again by an identity of a source that is there, as members in documents or by \`guildhall member add\`:`
}

function toldOfActs(acts: string | undefined): string {
  const what = 'Acts upon memberships that are in no document'
  return acts === undefined ? `${what}, which --acts writes:` : `${what}, and what does them again:`
}
