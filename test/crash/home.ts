import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere, waitUntil } from '../../worker/embedded/processes.ts'
import { hasConverged } from './outcome.ts'
import { commit, makeRepository, type Beginning } from './commits.ts'
import { startSystem, type System } from './system.ts'

/** A home in which the beginning is in force, stopped, beside its repository. */
export interface Template {
  readonly folder: string
  /** How many deliveries its documents ask for. */
  readonly deliveries: number
}

export interface Places {
  readonly home: string
  readonly repository: string
}

export const patienceMs = 120_000

/** Makes the home that runs begin from. */
export async function makeTemplate(folder: string, { step, deliveries }: Beginning): Promise<Template> {
  const { home, repository } = placesIn(folder)
  await makeRepository(repository)
  const first = await commit(repository, step)
  const system = startSystem({ home, repository })
  const isThere = await converge(home, { commit: first, deliveries })
  await system.stop()
  if (!isThere) throw new Error(`The beginning did not come into force:\n${system.output()}`)
  return { folder, deliveries }
}

export function copyTemplate(template: Template, folder: string): Places {
  mkdirSync(folder, { mode: 0o755 })
  execFileSync('cp', ['-a', `${template.folder}/.`, folder])
  return placesIn(folder)
}

function placesIn(folder: string): Places {
  return { home: join(folder, 'home'), repository: join(folder, 'repository') }
}

/** True once the commit is in force and delivered, and stays so for a moment. */
export async function converge(
  home: string,
  wanted: { readonly commit: string; readonly deliveries: number },
): Promise<boolean> {
  const isThere = await waitUntil(async () => hasConverged(home, wanted), patienceMs)
  await new Promise((resolve) => setTimeout(resolve, 200))
  return isThere && (await hasConverged(home, wanted))
}

/** What the processes had to say before a trial failed. */
export function lastLinesOf(home: string, system: System): string[] {
  const lastOf = (text: string, count: number) => text.trim().split('\n').slice(-count).join('\n')
  const logs = ['temporal/temporal.log', 'postgres/postgres.log'].map((name) => {
    return `${name} ends with:\n${lastOf(readIfThere(join(home, name)) ?? '', 15)}`
  })
  return [`the process printed:\n${lastOf(system.output(), 60)}`, ...logs]
}

/** Halves of files, wherever the process writes any. */
export function leftovers(home: string): string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('postgres/') && /\.(?:new|part|tmp)$|\/\.guildhall\/\d/.test(name))
    .map((name) => `left behind: ${name}`)
}
