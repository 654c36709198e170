import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whether tests with certificates run: where openssl is missing they are skipped, but not where servers are required. */
export const hasOpenssl =
  existsSync('/usr/bin/openssl') ||
  process.env['CI'] !== undefined ||
  process.env['GUILDHALL_REQUIRE_SERVERS'] !== undefined

/** A certificate and its key, in PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

/** An authority of a test, and what it signed. */
export interface Certificates {
  readonly ca: string
  /** For `localhost`, `people.example` and 127.0.0.1. */
  readonly server: KeyPair
  /** Of `/C=EX/O=Example/CN=guildhall`. */
  readonly client: KeyPair
}

/** Makes an authority, a server's certificate and a client's. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'))
  try {
    const at = (name: string): string => join(folder, name)
    await makeKey(at('ca'), '/CN=Authority of a test', ['-x509', '-days', '30'])
    await sign(folder, 'server', { subject: '/CN=localhost', extension: names })
    await sign(folder, 'client', { subject: '/C=EX/O=Example/CN=guildhall', extension: 'extendedKeyUsage=clientAuth' })
    const [server, client] = await Promise.all([pairOf(at('server')), pairOf(at('client'))])
    return { ca: await readFile(at('ca.pem'), 'utf8'), server, client }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes an authority, `ca.pem`, and a certificate of it for a server, `server.pem` with `server.key`. */
export async function writeCertificates(folder: string): Promise<void> {
  const { ca, server } = await makeCertificates()
  await writeFile(join(folder, 'ca.pem'), ca)
  await writeFile(join(folder, 'server.pem'), server.certificate)
  await writeFile(join(folder, 'server.key'), server.key, { mode: 0o600 })
}

const names = 'subjectAltName=DNS:localhost,DNS:people.example,IP:127.0.0.1'

async function makeKey(path: string, subject: string, more: readonly string[]): Promise<void> {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await run('openssl', ['req', ...curve, ...more, '-subj', subject, '-keyout', `${path}.key`, '-out', `${path}.pem`])
}

interface Wanted {
  readonly subject: string
  readonly extension: string
}

async function sign(folder: string, name: string, { subject, extension }: Wanted): Promise<void> {
  const at = (file: string): string => join(folder, file)
  await makeKey(at(name), subject, [])
  await writeFile(at(`${name}.extension`), extension)
  const authority = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '30']
  const request = at(`${name}.request`)
  await run('mv', [at(`${name}.pem`), request])
  await run('openssl', [
    ...['x509', '-req', '-in', request, ...authority],
    ...['-extfile', at(`${name}.extension`), '-out', at(`${name}.pem`)],
  ])
}

async function pairOf(path: string): Promise<KeyPair> {
  return { certificate: await readFile(`${path}.pem`, 'utf8'), key: await readFile(`${path}.key`, 'utf8') }
}
