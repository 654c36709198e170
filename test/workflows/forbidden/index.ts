import { readFileSync } from 'node:fs'

/** What no workflow may do: a replay elsewhere would read another file. */
export async function forbidden(): Promise<string> {
  return readFileSync('/etc/hostname', 'utf8')
}
