import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where everything is while it runs; the command line finds it here. */
export interface Endpoints {
  readonly api?: string
  /** Where the API knows the operator without a token. */
  readonly socket?: string
  readonly temporal: string
  readonly temporalUi?: string
  readonly database: string
  readonly configRepo: string
  readonly instance: string
  readonly namespace: string
  readonly pids: Readonly<Record<string, number>>
}

/** Writes the home's endpoints.json whole; it names the database's password, so nobody else may read it. */
export async function writeEndpoints(home: string, endpoints: Endpoints): Promise<void> {
  const file = join(home, 'endpoints.json')
  await writeFile(`${file}.new`, `${JSON.stringify(endpoints, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

export async function removeEndpoints(home: string): Promise<void> {
  await rm(join(home, 'endpoints.json'), { force: true })
}
