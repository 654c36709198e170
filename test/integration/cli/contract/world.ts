import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run, type Ran } from '../../../cli/run-program.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/test-database.ts'
import { applyFolder } from '../sample.ts'
import type { Files } from './config.ts'

/** The program beside a database, with folders to give to it. */
export interface ContractWorld {
  readonly database: TestDatabase
  /** Writes files into a folder of their own and names it. */
  folder(files: Files): string
  guildhall(...args: readonly string[]): Promise<Ran>
  /** What the command prints with --json, and its exit code. */
  answer(...args: readonly string[]): Promise<Answered>
  /** Brings files into force as one commit. */
  apply(files: Files, commit?: string): Promise<void>
  close(): Promise<void>
}

export async function openContractWorld(): Promise<ContractWorld> {
  const work = mkdtempSync(join(tmpdir(), 'guildhall-contract-'))
  const database = await createTestDatabase()
  const guildhall = async (...args: readonly string[]): Promise<Ran> =>
    run(args, { cwd: work, env: { DATABASE_URL: database.url } })
  const folder = (files: Files): string => {
    const made = mkdtempSync(join(work, 'folder-'))
    writeFiles(made, files)
    return made
  }
  return {
    database,
    folder,
    guildhall,
    answer: async (...args) => parse(await guildhall(...args, '--json')),
    apply: async (files, commit) => applyFolder(database.pool, folder(files), commit === undefined ? {} : { commit }),
    close: async () => {
      await database.drop()
      rmSync(work, { recursive: true, force: true })
    },
  }
}

/** JSON that a command printed. */
export interface Answered {
  readonly exitCode: number
  readonly json: unknown
}

/** Reads the JSON a command printed; what it complained of instead is the error. */
export function parse({ exitCode, stdout, stderr }: Ran): Answered {
  if (stdout === '') throw new Error(stderr)
  return { exitCode, json: JSON.parse(stdout) }
}

function writeFiles(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}
