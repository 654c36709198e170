import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { freePort, hasServer, quickFolder, runWithInput, untilOpen } from './server-process.ts'
import { baseDn, makeConfiguration, passwords, pidFileIn } from './slapd-configuration.ts'

const program = '/usr/sbin/slapd'

/** Whether tests with a real slapd run: where it is missing they are skipped, but not where servers are required. */
export const hasSlapd = hasServer(program)

/** A slapd of our own, with a database below `baseDn`. */
export interface Slapd {
  /** Without encryption; StartTLS is offered. */
  readonly url: string
  readonly secureUrl: string
  /** In PEM, of the authority that signed the server's certificate (for `localhost` and 127.0.0.1). */
  readonly ca: string
  readonly baseDn: string
  /** Whom sources bind as: reads everything until `allow` says otherwise. */
  readonly reader: { readonly dn: string; readonly password: string }
  readonly pid: number
  /** Holds the number of the process while it runs. */
  readonly pidFile: string
  /** Adds entries in LDIF by slapadd, with slapd stopped meanwhile: for many. */
  load(ldif: string | Iterable<string>): Promise<void>
  /** Changes entries, by LDIF for ldapmodify, as the administrator, whom no access rule binds. */
  change(ldif: string): Promise<void>
  /** Replaces the access rules, such as `to dn.subtree="ou=astro,…" by * none`; without any, everybody reads everything. */
  allow(...rules: readonly string[]): Promise<void>
  /** Changes the server's own configuration, by LDIF for ldapmodify of entries below `cn=config`. */
  configure(ldif: string): Promise<void>
  /** What slapd logged (`-d stats`) since it was asked last, or since the beginning. */
  newLog(): Promise<string>
  stop(): Promise<void>
  /** As `kill -9` does. */
  kill(): Promise<void>
  /** On the same ports, with the same entries. */
  start(): Promise<void>
  /** Ends it and removes everything. */
  remove(): Promise<void>
}

/** Starts slapd on free ports, with its configuration and entries in a folder of its own, in memory where there is room. */
export async function startSlapd(): Promise<Slapd> {
  const folder = await quickFolder('slapd-')
  const ports = { plain: await freePort(), secure: await freePort() }
  await makeConfiguration(folder)
  const server = new SlapdProcess(folder, ports)
  await server.start()
  const modify = (dn: string, ldif: string): Promise<void> =>
    runWithInput('ldapmodify', ['-x', '-a', '-H', server.url, '-D', dn, '-w', passwords.admin], ldif)
  return {
    url: server.url,
    secureUrl: `ldaps://localhost:${ports.secure}`,
    ca: await readFile(join(folder, 'ca.pem'), 'utf8'),
    baseDn,
    reader: { dn: `cn=reader,${baseDn}`, password: passwords.reader },
    get pid() {
      return server.pid
    },
    pidFile: pidFileIn(folder),
    load: (ldif) => server.load(typeof ldif === 'string' ? [ldif] : ldif),
    change: (ldif) => modify(`cn=admin,${baseDn}`, ldif),
    allow: (...rules) => modify('cn=config', accessChange(rules)),
    configure: (ldif) => modify('cn=config', ldif),
    newLog: () => server.newLog(),
    stop: () => server.end('SIGTERM'),
    kill: () => server.end('SIGKILL'),
    start: () => server.start(),
    async remove() {
      await server.end('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function accessChange(rules: readonly string[]): string {
  const own = [`to attrs=userPassword by anonymous auth by * none`, ...(rules.length > 0 ? rules : ['to * by * read'])]
  const lines = own.map((rule, index) => `olcAccess: {${index}}${rule}`)
  return `dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcAccess\n${lines.join('\n')}\n`
}

class SlapdProcess {
  readonly #folder: string
  readonly #ports: { readonly plain: number; readonly secure: number }
  #child: ChildProcess | undefined
  #logRead = 0

  constructor(folder: string, ports: { readonly plain: number; readonly secure: number }) {
    this.#folder = folder
    this.#ports = ports
  }

  get url(): string {
    return `ldap://127.0.0.1:${this.#ports.plain}`
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  async start(): Promise<void> {
    const log = await open(join(this.#folder, 'log'), 'a')
    const urls = `${this.url}/ ldaps://127.0.0.1:${this.#ports.secure}/`
    const args = ['-F', join(this.#folder, 'config'), '-h', urls, '-d', 'stats']
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', log.fd] })
    await log.close()
    this.#child = child
    await untilOpen(this.#ports.plain, child, async () => `slapd ended: ${await this.newLog()}`)
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await exit
  }

  async load(ldif: Iterable<string>): Promise<void> {
    await this.end('SIGTERM')
    const file = join(this.#folder, 'load.ldif')
    await pipeline(Readable.from(ldif), createWriteStream(file))
    await runWithInput('/usr/sbin/slapadd', ['-q', '-n', '1', '-F', join(this.#folder, 'config'), '-l', file], '')
    await rm(file)
    await this.start()
  }

  async newLog(): Promise<string> {
    const text = await readFile(join(this.#folder, 'log'), 'utf8')
    const fresh = text.slice(this.#logRead)
    this.#logRead = text.length
    return fresh
  }
}
