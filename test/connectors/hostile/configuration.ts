import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { validateFolder } from '../../../connectors/config-repo/validate-folder.ts'
import { destinationOptions, generatorOptions, sourceOptions } from '../../../connectors/registry.ts'
import { base, writeFilesTo, type TestFile } from '../config-repo/write-files.ts'
import type { HostileInput, Refusal } from './input.ts'

interface Case {
  readonly files: Readonly<Record<string, TestFile>>
  readonly expect: readonly Refusal[]
}

/** A configuration of the corpus. */
export interface HostileConfiguration {
  readonly name: string
  readonly files: Readonly<Record<string, TestFile>>
  readonly refused: readonly Refusal[]
}

/** What the program itself can make and deliver to. */
export const abilities = { generatorOptions, destinationOptions, sourceOptions }

const corpus = new URL('../config-repo/hostile/', import.meta.url)

/** Reads the configurations of one folder of the corpus. */
export function configurationsOf(area: string): HostileConfiguration[] {
  const folder = new URL(`${area}/`, corpus)
  return readdirSync(folder).map((file) => {
    const parsed: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
    if (!isCase(parsed)) throw new Error(`${file} is no case`)
    const name = file.replace(/\.json$/, '')
    return { name, files: { 'base.yaml': base, ...parsed.files }, refused: parsed.expect }
  })
}

/** The configurations of one folder of the corpus, as folders that are validated. */
export function hostileFolders(area: string): HostileInput[] {
  return configurationsOf(area).map(({ name, files, refused }) => ({
    name: `${name} in a folder`,
    refused,
    async prepare({ root }) {
      const folder = join(root, 'configuration')
      await mkdir(folder)
      await writeFilesTo(folder, files)
      return async () => {
        const { valid, findings } = await validateFolder(folder, abilities)
        return valid ? [] : findings.filter(({ severity }) => severity === 'error')
      }
    },
  }))
}

function isCase(value: unknown): value is Case {
  return typeof value === 'object' && value !== null && 'files' in value && 'expect' in value
}
