import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pino } from 'pino'
import { readConfig } from '../../../worker/config.ts'
import { openDependencies, type Dependencies } from '../../../worker/dependencies.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import type { TestDatabase } from '../../support/test-database.ts'

/** Where a worker of a test finds what it works on. */
interface Surroundings {
  /** The folder of a test; the worker's own home is `home` in it, the repository `repo`. */
  readonly folder: string
  readonly database: Pick<TestDatabase, 'url'>
  readonly temporal: Pick<TestTemporal, 'address' | 'namespace'>
  /** Further variables of the process, which say how it runs. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Makes the repository of a test: a folder under git, with nothing in it. */
export function makeRepository(folder: string): string {
  const repo = join(folder, 'repo')
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', repo])
  return repo
}

/** Commits whatever lies in the repository of a test, also where nothing changed; gives the commit. */
export function commitAll(repo: string): string {
  const git = (...args: string[]): string => execFileSync('git', ['-C', repo, ...args], { encoding: 'utf8' }).trim()
  git('add', '--all')
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  git(...who, 'commit', '--quiet', '--allow-empty', '--message', 'change')
  return git('rev-parse', 'HEAD')
}

/** Opens everything a worker is made of, on the repository, the database and the Temporal of a test. */
export async function openParts({ folder, database, temporal, settings = {} }: Surroundings): Promise<Dependencies> {
  const env = {
    ...process.env,
    GUILDHALL_HOME: join(folder, 'home'),
    GUILDHALL_MODE: 'dev',
    TEMPORAL_NAMESPACE: temporal.namespace,
    ...settings,
  }
  const config = readConfig(env, folder)
  const configRepo = join(folder, 'repo')
  const addresses = { database: database.url, temporal: temporal.address, configRepo, branch: 'main' }
  return openDependencies({ config, addresses, log: pino({ level: 'silent' }), env })
}
