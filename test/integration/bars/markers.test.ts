import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { readIfThere, waitUntil } from '../../../worker/embedded/processes.ts'
import { runCli, startSystem, type System } from '../../crash/system.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'

jest.setTimeout(300_000)

const documents = `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { admins: [{ user: idp/boss }] }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 1 }
---
apiVersion: guildhall/v1
kind: User
metadata: { name: boss }
spec: { identities: [idp/boss] }
---
apiVersion: guildhall/v1
kind: Attribute
metadata: { name: user.motto }
spec: { type: string, read: [self], write: [self, vo-managers] }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec: { managers: [{ user: idp/boss }] }
---
apiVersion: guildhall/v1
kind: Form
metadata: { vo: astro, name: join }
spec:
  for: initial
  items:
    - { name: motto, type: text, label: { en: Motto }, required: true, fills: user.motto }
    - { name: why, type: area, label: { en: Why } }
`

/** What people write, which only the database and their mails may hold: a word that JSON may escape, and an address. */
const marked = (place: string) => `Žluť-${place}-marker`
const addressed = (place: string) => `${place}-marker@example.org`

/** Where people write. */
const places = ['answer', 'area', 'request', 'other-answer', 'approval', 'value', 'ban', 'member'] as const

describe('what people write', () => {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-markers-'))
  let smtp: TestSmtp
  let system: System
  let logs = ''
  beforeAll(async () => {
    // The server's account has to reach its data.
    chmodSync(home, 0o755)
    smtp = await startSmtp()
    system = startSystem({
      home,
      repository: makeRepository(home),
      env: { GUILDHALL_SMTP_URL: smtp.url, GUILDHALL_LOG_LEVEL: 'trace' },
    })
    const isReady = () => readIfThere(join(home, 'endpoints.json')) !== undefined
    expect(await waitUntil(isReady, 120_000)).toBe(true)
    await runCli(home, ['apply'])
    await live(home)
    logs = await leave()
  })
  afterAll(async () => {
    await system.stop()
    await smtp.close()
    rmSync(home, { recursive: true, force: true })
  })

  /** Starts a workflow that tells too much, and ends everything; answers what was printed. */
  async function leave(): Promise<string> {
    const connection = await Connection.connect({ address: addressOf(home) })
    await new Client({ connection }).workflow.start('control', {
      ...{ taskQueue: 'nobody', workflowId: 'control', args: [marked('control'), addressed('control')] },
    })
    await connection.close()
    expect(await system.stop()).toEqual([])
    return system.output()
  }

  it('is in the database', async () => {
    expect([system.deaths(), logs === '']).toEqual([0, false])
    for (const place of places)
      expect([place, found(readAll(join(home, 'postgres')), marked(place))]).toEqual([place, true])
  })

  it.each([...places, 'control'])('of %s is in the database of Temporal only where a workflow was told', (place) => {
    const temporal = readAll(join(home, 'temporal'))
    expect([found(temporal, marked(place)), found(temporal, addressed(place))]).toEqual([
      place === 'control',
      place === 'control',
    ])
  })

  it.each(places)('of %s is in no log', (place) => {
    const all = Buffer.concat([Buffer.from(logs), readAll(home, /\.log$/)])
    expect([found(all, marked(place)), found(all, addressed(place))]).toEqual([false, false])
  })
})

const words = (place: (typeof places)[number]) => `${marked(place)} ${addressed(place)}`

/** Everything that takes words, by the command line, as whoever may. */
async function live(home: string): Promise<void> {
  const as = async (identity: string, ...command: readonly string[]) => runCli(home, [...command, '--as', identity])
  const because = (place: (typeof places)[number]) => ['--reason', words(place)]
  const answering = (motto: (typeof places)[number]) => [
    ...['--answer', `motto=${words(motto)}`],
    ...['--answer', `why=${words('area')}`],
  ]
  await as('idp/new', 'application', 'submit', 'astro', ...answering('answer'))
  await as('idp/boss', 'application', 'request-changes', '1', ...because('request'))
  await as('idp/new', 'application', 'resubmit', '1', ...answering('other-answer'))
  await as('idp/boss', 'application', 'approve', '1', ...because('approval'))
  await as('idp/boss', 'attribute', 'set', 'user:idp/new', 'motto', words('value'))
  await as('idp/boss', 'ban', 'add', 'idp/new', '--vo', 'astro', ...because('ban'))
  await as('idp/boss', 'member', 'add', 'astro', 'idp/other', ...because('member'))
}

function makeRepository(home: string): string {
  const repository = join(home, 'repository')
  mkdirSync(repository)
  writeFileSync(join(repository, 'all.yaml'), documents)
  const git = (...command: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...command], { cwd: repository })
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message=first')
  return repository
}

function addressOf(home: string): string {
  return /"temporal": "([^"]+)"/.exec(readFileSync(join(home, 'endpoints.json'), 'utf8'))?.[1] ?? ''
}

/** The bytes of all files below a folder. */
function readAll(folder: string, name = /./): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (one) => one.isFile() && name.test(one.name),
  )
  return Buffer.concat(files.map((one) => readFileSync(join(one.parentPath, one.name))))
}

/** Tells whether bytes hold a text as it stands, escaped as in JSON, in UTF-16, or in base64 wherever it begins in its triple. */
function found(bytes: Buffer, text: string): boolean {
  const utf8 = Buffer.from(text)
  const escaped = text.replaceAll(
    /[^\x20-\x7e]/g,
    (one) => String.raw`\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const wide = Buffer.from(text, 'utf16le')
  return [
    utf8,
    Buffer.from(escaped),
    wide,
    Buffer.from(wide).swap16(),
    ...[0, 1, 2].map((offset) => inBase64(utf8, offset)),
  ].some((form) => bytes.includes(form))
}

/** The letters of base64 that are of these bytes alone, where so many others come before them in their triple. */
function inBase64(bytes: Buffer, offset: number): Buffer {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes])
  const letters = whole.subarray(0, whole.length - (whole.length % 3)).toString('base64')
  return Buffer.from(letters.slice(offset === 0 ? 0 : 4))
}
