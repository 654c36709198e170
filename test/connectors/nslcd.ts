import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasServer } from './server-process.ts'

/** Whether tests with nslcd run: where it is missing they are skipped, but not where servers are required. */
export const hasNslcd = hasServer('/usr/sbin/nslcd')

interface Tree {
  readonly url: string
  readonly people: string
  readonly groups: string
}

/**
 * Runs a script of bash where accounts and groups come from a directory too, through nslcd, and gives what it printed. Mounts
 * that no other process sees put the configuration in place, so the machine itself stays as it is.
 */
export async function onHostOf(tree: Tree, script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nslcd-'))
  try {
    await writeFile(join(folder, 'nsswitch.conf'), 'passwd: files ldap\ngroup: files ldap\nhosts: files\n')
    await writeFile(join(folder, 'nslcd.conf'), configuration(folder, tree), { mode: 0o600 })
    const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user']
    const args = ['--mount', ...asRoot, 'bash', '-c', `${withNslcd}\n${script}`, 'host', folder]
    const { stdout } = await promisify(execFile)('unshare', args, { maxBuffer: 2 ** 26 })
    return stdout
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function configuration(folder: string, { url, people, groups }: Tree): string {
  return `uri ${url}\nbase passwd ${people}\nbase group ${groups}\nlog ${join(folder, 'log')}\n`
}

const withNslcd = `set -eu
for file in nsswitch.conf nslcd.conf; do mount --bind "$1/$file" "/etc/$file"; done
mount -t tmpfs tmpfs /run
mkdir /run/nslcd
nslcd --nofork &
nslcd=$!
trap 'kill $nslcd; wait $nslcd || true' EXIT
until [ -S /run/nslcd/socket ]; do
  kill -0 $nslcd || { cat "$1/log" >&2; exit 1; }
  sleep 0.05
done`
