import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { choosePort } from './embedded/ports.ts'

/** The port the API of this home had last time if it is still free, else a new one: a bookmark outlives a restart. */
export async function keptApiPort(home: string): Promise<number> {
  const path = join(home, 'api-port')
  const last = Number(await readFile(path, 'utf8').catch(() => ''))
  const port = await choosePort(last > 0 ? last : undefined)
  await writeFile(path, `${port}\n`)
  return port
}
