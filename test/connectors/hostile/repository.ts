import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { openMirror, type Mirror } from '../../../connectors/config-repo/mirror.ts'
import { desireReading } from '../../../connectors/config-repo/validate-folder.ts'
import { abilities } from './configuration.ts'
import type { HostileWorld, Refusal } from './input.ts'

const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'commit.gpgsign=false']

/** Makes an empty repository `source` in a world and gives what runs git there. */
export function makeSource({ root }: HostileWorld): (words: readonly string[], input?: string | Buffer) => string {
  const source = join(root, 'source')
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', source])
  return (words, input) =>
    execFileSync('git', ['-C', source, ...author, ...words], { input, stdio: 'pipe', maxBuffer: 1e9 })
      .toString()
      .trim()
}

/** The mirror of the repository `source` of a world; it lies in the target. */
export function mirrorIn({ root, target }: HostileWorld, url = `file://${root}/source`, branch = 'main'): Mirror {
  return openMirror({ url, branch, allowsFiles: true, folder: join(target, 'mirror.git'), environment })
}

/** Fetches the branch and tells what is wrong with the configuration at its head. */
export async function faultsOfHead(mirror: Mirror): Promise<readonly Refusal[]> {
  const reading = await mirror.readCommit(await mirror.fetch())
  const { findings } = desireReading(reading, abilities)
  return findings.filter(({ severity }) => severity === 'error').map(({ code, at }) => ({ code, ...at }))
}
