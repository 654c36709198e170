import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { readIfThere, waitUntil } from '../../../worker/embedded/processes.ts'
import { runCli, startSystem, type System } from '../../crash/system.ts'
import { askApi } from '../../support/ask-api.ts'
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
    - { name: mail, type: verified-email, label: { en: E-mail } }
`

/** What people write, which only the database and their mails may hold: a word that JSON may escape, and an address. */
const marked = (place: string) => `Žluť-${place}-marker`
const addressed = (place: string) => `${place}-marker@example.org`

/** Where people write words. */
const wordy = [
  ...(['answer', 'area', 'request', 'other-answer', 'approval', 'rejection', 'value', 'ban', 'member'] as const),
  ...(['inviting', 'greeting', 'message', 'decline', 'file-name', 'file-message', 'revocation'] as const),
  ...(['delegation', 'delegation-end', 'review', 'decision', 'closing'] as const),
]
/** Where people write an address. */
const addressing = ['verification', 'invitation', 'file'] as const
type Place = (typeof wordy)[number] | (typeof addressing)[number]
const places: readonly Place[] = [...wordy, ...addressing]

/** What stands there, each of which is looked for. */
const textsOf = (place: Place | 'control'): readonly string[] =>
  addressing.some((one) => one === place) ? [addressed(place)] : [marked(place), addressed(place)]

describe('what people write', () => {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-markers-'))
  let smtp: TestSmtp
  let system: System
  let logs = ''
  let keys: readonly string[] = []
  beforeAll(async () => {
    // The server's account has to reach its data.
    chmodSync(home, 0o755)
    smtp = await startSmtp()
    system = startSystem({
      home,
      repository: makeRepository(home),
      env: { GUILDHALL_ROLES: 'api,worker', GUILDHALL_SMTP_URL: smtp.url, GUILDHALL_LOG_LEVEL: 'trace' },
    })
    const isReady = () => readIfThere(join(home, 'endpoints.json')) !== undefined
    expect(await waitUntil(isReady, 120_000)).toBe(true)
    await runCli(home, ['apply'])
    keys = await live(home, smtp)
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

  const foundIn = (bytes: Buffer, texts: readonly string[]) => texts.map((text) => found(bytes, text))

  it('is in the database', () => {
    const database = readAll(join(home, 'postgres'))

    expect([system.deaths(), logs === '']).toEqual([0, false])
    expect(places.filter((place) => foundIn(database, textsOf(place)).includes(false))).toEqual([])
  })

  it('is in the database of Temporal only where a workflow was told', () => {
    const temporal = readAll(join(home, 'temporal'))

    expect(places.filter((place) => foundIn(temporal, textsOf(place)).includes(true))).toEqual([])
    expect(foundIn(temporal, textsOf('control'))).toEqual([true, true])
  })

  it('is in no log', () => {
    const all = Buffer.concat([Buffer.from(logs), readAll(home, /\.log$/)])

    expect(places.filter((place) => foundIn(all, textsOf(place)).includes(true))).toEqual([])
  })

  it('gets keys by mail, which are nowhere else', () => {
    const all = Buffer.concat([Buffer.from(logs), readAll(home)])

    expect([keys, foundIn(all, keys)]).toEqual([
      [expect.any(String), expect.any(String)],
      [false, false],
    ])
  })
})

const words = (place: Place) => `${marked(place)} ${addressed(place)}`

/** Does everything that takes words or addresses, by the command line and by HTTP, as whoever may; gives the keys that came by mail. */
async function live(home: string, smtp: TestSmtp): Promise<readonly string[]> {
  await act(home)
  const ask = async (path: string, body: object): Promise<void> => {
    const asked = await askApi({ socketPath: join(home, 'api.sock'), path, body })
    expect([path, asked.body, asked.status]).toEqual([path, asked.body, 200])
  }
  const asBoss = (place: Place) => ({ as: 'idp/boss', reason: words(place) })
  const keyTo = async (place: Place, command: RegExp): Promise<string> => {
    const find = () => smtp.taken.find(({ recipient }) => recipient === addressed(place))
    expect([place, await waitUntil(() => find() !== undefined, 30_000)]).toEqual([place, true])
    return command.exec(find()?.content.replace(/=\r?\n/g, '') ?? '')?.[1] ?? ''
  }
  await ask('/invitations/create', {
    ...{ vo: 'astro', ...asBoss('inviting') },
    invitations: [{ address: addressed('invitation'), name: words('greeting'), message: words('message') }],
  })
  const answers = { motto: 'none', mail: addressed('verification') }
  await ask('/applications/submit', { vo: 'astro', as: 'idp/second', answers })
  await ask('/delegations/add', { delegator: 'idp/boss', delegate: 'idp/other', vo: 'astro', ...asBoss('delegation') })
  await ask('/delegations/end', { delegation: 1, ...asBoss('delegation-end') })
  await ask('/reviews/start', { place: 'astro', ...asBoss('review') })
  const decision = { user: 'idp/other', decision: 'keep', reason: words('decision') }
  await ask('/reviews/decide', { review: 1, decisions: [decision], as: 'idp/boss' })
  await ask('/reviews/close', { review: 1, ...asBoss('closing') })
  await ask('/invitations/revoke', { invitation: 1, ...asBoss('revocation') })
  const confirming = await keyTo('verification', /application verify (\w{40})/)
  await ask('/verifications', { key: confirming })
  await ask('/applications/reject', { application: 2, ...asBoss('rejection') })
  const invited = await keyTo('invitation', /--key (\w{40})/)
  await ask('/invitations/decline', { key: invited, reason: words('decline') })
  return [confirming, invited]
}

async function act(home: string): Promise<void> {
  const as = async (identity: string, ...command: readonly string[]) => runCli(home, [...command, '--as', identity])
  const because = (place: Place) => ['--reason', words(place)]
  const answering = (motto: Place) => [
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
  const file = join(home, 'people.csv')
  writeFileSync(file, `email,name,message\n${addressed('file')},${words('file-name')},${words('file-message')}\n`)
  await as('idp/boss', 'invitation', 'import', 'astro', file)
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
