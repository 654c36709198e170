import type { Command } from 'commander'
import { named } from '../command.ts'
import type { Shell } from '../shell.ts'
import { describeImport, readInputFile, sourceOption, voOption, writeWith } from './import-command.ts'

interface LdifOptions {
  readonly vo: string
  readonly source: string
  readonly login: string
}

/** Makes `guildhall import ldif`. */
export function ldifCommand(shell: Shell): Command {
  const command = describeImport({
    name: 'ldif',
    arguments: '<files...>',
    summary: 'of the people and groups of a directory, from LDIF files',
    description: `Makes a configuration of the entries of a directory, as slapcat and ldapsearch write them: people (inetOrgPerson, posixAccount …)
become members of the VO, groups (groupOfNames, groupOfUniqueNames, posixGroup) its groups, with those within them included.`,
    examples: [
      ['guildhall import ldif people.ldif groups.ldif --vo astro --source ldap --to config', 'both files together'],
      [
        'guildhall import ldif all.ldif --vo astro --login eduPersonPrincipalName --to config',
        'another login than uid',
      ],
    ],
  })
    .requiredOption(...voOption)
    .option(...sourceOption('directory'))
    .option('--login <attribute>', 'attribute with the login', named('an attribute'), 'uid')
  return writeWith<LdifOptions>(command, shell, async (paths, options) => {
    const { dnKey, readLdifInput } = await import('../../connectors/config-repo/read-ldif-input.ts')
    const { importLdif } = await import('../../core/import/ldif/import-ldif.ts')
    const entries = await Promise.all(paths.map(async (path) => readLdifInput(path, await readInputFile(shell, path))))
    return importLdif(entries.flat(), { ...options, keyOf: dnKey })
  })
}
