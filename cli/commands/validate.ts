import { resolve } from 'node:path'
import type { Command } from 'commander'
import { answerWith, describeCommand } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Shell } from '../shell.ts'
import { countFindings, renderFindings } from '../text/findings.ts'

export function validateCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'validate',
    arguments: '<dir>',
    summary: 'check the files of a configuration repository as they lie there',
    description:
      'Checks the files of a configuration repository as they lie there, committed or not. Needs no running system. Each mistake is one line: file:line:column, what is wrong, what would be right.',
    examples: [
      ['guildhall validate .', 'before a commit'],
      ['guildhall validate config-repo --json', 'for a program'],
    ],
  })
  return answerWith<object>(command, shell, async ({ arguments: [folder = '.'] }) => {
    const { validateFolder } = await import('../../connectors/config-repo/validate-folder.ts')
    const { readAbilities } = await import('../system/abilities.ts')
    const validation = await validateFolder(resolve(shell.cwd, folder), readAbilities())
    const { valid, findings } = validation
    const verdict = `${folder} is ${valid ? 'valid' : 'not valid'}: ${countFindings(findings)}`
    const text = findings.length === 0 ? `${folder} is valid` : `${renderFindings(findings)}\n\n${verdict}`
    return { json: validation, text, exitCode: valid ? exitCodes.done : exitCodes.error }
  })
}
